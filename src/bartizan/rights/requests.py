"""What the entries of a log come to: requests, their deadlines, what was done for each; who may not be used."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.span import Span
from bartizan.rights.entries import (
    Begun,
    Changed,
    Closed,
    Confirmed,
    Declined,
    Entry,
    Extended,
    Failed,
    Identified,
    Kept,
    Lifted,
    Opened,
    Recorded,
    Restricted,
)

Stage: TypeAlias = Literal["identity", "to do", "under way", "declined", "done"]
"""Nobody made sure who asks; nothing was done; begun and not ended; the person was told no; answered."""
_MONTH: Final = Span(1, "month")
_EXTENDED: Final = Span(3, "month")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, and all that was done for it."""

    opened: Opened
    entries: tuple[Recorded, ...]
    """In order, with the opening."""

    @property
    def number(self) -> int:
        """What it is called."""
        return self.opened.request

    @property
    def deadline(self) -> str:
        """The last day for the answer: a month after it came, three where it was extended (GDPR Art. 12(3))."""
        received = datetime.date.fromisoformat(self.opened.received)
        return (_EXTENDED if self.last(Extended) else _MONTH).after(received).isoformat()

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.stage not in ("declined", "done")

    @property
    def stage(self) -> Stage:
        """How far it is."""
        if self.last(Closed):
            return "done"
        if self.last(Declined):
            return "declined"
        if any(isinstance(one.entry, Begun | Changed | Failed) for one in self.entries):
            return "under way"
        return "to do" if self.last(Identified) else "identity"

    def is_late(self, day: str) -> bool:
        """Whether it is open, and its last day is over."""
        return self.is_open and day > self.deadline

    def last(self, kind: type[Entry]) -> Recorded | None:
        """The newest entry of a kind."""
        return next((one for one in reversed(self.entries) if isinstance(one.entry, kind)), None)

    def at(self, place: str) -> Recorded | None:
        """The newest entry about a place."""
        of_place = (one for one in reversed(self.entries) if getattr(one.entry, "place", "") == place)
        return next(of_place, None)

    def is_done_at(self, place: str) -> bool:
        """Whether a place was changed, stays by an exception, or somebody says that it was done."""
        newest = self.at(place)
        if newest is None or isinstance(newest.entry, Begun | Failed):
            return False
        return isinstance(newest.entry, Kept | Confirmed) or (
            isinstance(newest.entry, Changed) and newest.entry.left == 0
        )


class Requests:
    """All requests of a log. Entries are taken in order, each refused where it cannot follow those before it."""

    def __init__(self, recorded: Iterable[Recorded] = ()) -> None:
        self._requests: dict[int, Request] = {}
        for one in recorded:
            self.take(one)

    @property
    def all(self) -> tuple[Request, ...]:
        """In the order in which they were opened."""
        return tuple(self._requests.values())

    @property
    def next(self) -> int:
        """The number of the next request."""
        return len(self._requests) + 1

    def of(self, number: int) -> Request:
        """One request. Raises NotFound."""
        if number not in self._requests:
            raise NotFound(f"there is no request {number}: bartizan rights list shows them")
        return self._requests[number]

    def take(self, recorded: Recorded) -> None:
        """Take an entry. Raises Conflict, NotFound."""
        entry = recorded.entry
        if isinstance(entry, Opened):
            if entry.request != self.next:
                raise Conflict(f"request {entry.request} cannot follow request {self.next - 1}")
            self._requests[entry.request] = Request(opened=entry, entries=(recorded,))
            return
        request = self.of(entry.request)
        _refuse(request, entry, recorded.seen[:10])
        self._requests[entry.request] = msgspec.structs.replace(request, entries=(*request.entries, recorded))

    def stopped(self) -> dict[bytes, frozenset[str]]:
        """Pseudonym -> purposes for which the person's data may not be used now; "" stands for all of them."""
        found: dict[bytes, frozenset[str]] = {}
        for request in self._requests.values():
            newest = request.last(Restricted)
            if newest is None or request.last(Lifted) is not None:
                continue
            assert isinstance(newest.entry, Restricted)
            person = bytes.fromhex(request.opened.person)
            found[person] = found.get(person, frozenset()) | {newest.entry.purpose}
        return found


def _refuse(request: Request, entry: Entry, day: str) -> None:
    """Raise Conflict for an entry that cannot follow what is known of its request."""
    number = request.number
    if isinstance(entry, Lifted):
        if request.last(Restricted) is None or request.last(Lifted) is not None:
            raise Conflict(f"request {number} restricts nothing that could be lifted")
        return
    if not request.is_open:
        raise Conflict(f"request {number} is {request.stage}: nothing more is done for it")
    if isinstance(entry, Extended):
        if request.last(Extended):
            raise Conflict(f"request {number} was extended already, and is only once (GDPR Art. 12(3))")
        if day > request.deadline:
            raise Conflict(f"request {number} was due on {request.deadline}: it is too late to extend it")
    elif not isinstance(entry, Identified | Declined) and request.last(Identified) is None:
        fix = "note it with: bartizan rights identified"
        raise Conflict(f"nobody made sure that it is the person who asks in request {number}: {fix}")
