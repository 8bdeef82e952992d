"""The ledger that writes: one event for each exchange, into a chain on disk, and to whoever watches.

It loses nothing silently. What cannot be written waits in memory, is counted, and is written when there is room again;
meanwhile, as the settings say, no exchange begins (closed), or exchanges go on (open).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.pipeline import Watch
from bartizan.core.errors import InputError, printable
from bartizan.gateway.events.chains import Chain, open_chain
from bartizan.gateway.events.content import MOST_KEPT, Content, Vault, drop_content
from bartizan.gateway.events.event import Event, Kept, Notice, NoticeOf
from bartizan.gateway.events.ledger import NO_HEADERS, Ledger, Trail
from bartizan.gateway.events.making import event_of, moment, session_digest
from bartizan.gateway.settings import EventsSpec, ModelSpec

MOST_WAITING = 1000
"""Events that wait in memory while they cannot be written; more are lost, and counted."""
MOST_BEHIND = 512
"""Events that a loss of power may take at most: beyond, whoever writes waits for the disk."""
MEND_SECONDS = 1.0
MOST_LEAPT = 6 * 3600.0
"""Seconds by which the wall clock may be set while it runs, and old things are still deleted by it."""
log = logging.getLogger("bartizan.gateway.events")

Watcher = Callable[[Event, Trail], None]


class Recorder(Ledger):
    """See `Ledger`. One per worker. Without a folder, events reach only those who watch."""

    def __init__(  # noqa: PLR0913  it is what an event knows besides the exchange
        self,
        spec: EventsSpec,
        *,
        seal_key: Callable[[], bytes] = bytes,
        content_key: bytes = b"",
        session_key: bytes = b"",
        price: Callable[[str], ModelSpec | None] = lambda model: None,
        currency: str = "",
        policy: str = "",
        version: str = "",
        watchers: Sequence[Watcher] = (),
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.root = Path(spec.folder) if spec.folder else None
        self.price, self.currency, self.policy, self.version = price, currency, policy, version
        self.watchers = list(watchers)
        self.beginners: list[Callable[[Trail, Mapping[str, str]], None]] = []
        """Called when an exchange begins; they raise nothing."""
        self.lost = 0
        """Events that were not written and never will be."""
        self.refused = 0
        """Exchanges that did not begin because events could not be written."""
        self.failure = ""
        """Why events cannot be written now; empty: they can."""
        self._told_lost = self._told_refused = 0
        self._seal_key, self._session_key, self._clock = seal_key, session_key, clock
        self._vault = Vault(self.root, content_key) if self.root and spec.content == "encrypted" else None
        self._chain: Chain | None = None
        self._waiting: deque[Event] = deque()
        self._tried = float("-inf")
        self._closed = False
        self._monotonic, self._began = monotonic, (clock(), monotonic())
        if self.root is not None:
            self._mend()

    @property
    def chain(self) -> Chain | None:
        """The chain that is written to; None while there is none."""
        return self._chain

    @property
    def waiting(self) -> int:
        """Events that wait in memory for room on the disk."""
        return len(self._waiting)

    def trail(self, came: bytes, headers: Mapping[str, str] = NO_HEADERS) -> Trail:
        """See `Ledger.trail`."""
        trail = Trail(came, keeps=MOST_KEPT if self._vault is not None else 0, policy=self.policy)
        for begin in self.beginners:
            begin(trail, headers)
        return trail

    def refuses(self) -> str:
        """See `Ledger.refuses`. While it fails, it tries again once a second."""
        if self.is_well() or self.spec.when_full == "open":
            return ""
        self.refused += 1
        return "exchanges cannot be written down at the moment"

    def is_well(self) -> bool:
        """Whether events can be written, after another try where that is due."""
        if self.root is None:
            return True
        if self._chain is not None and self._chain.failure and not self.failure:
            self._fail(self._chain.failure)
        if self.failure and time.monotonic() - self._tried >= MEND_SECONDS:
            self._mend()
        return not self.failure

    async def write(
        self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int, trail: Trail | None = None
    ) -> None:
        """See `Ledger.write`."""
        trail = trail or Trail()
        try:
            event = self._event(exchange, watch, status, began, first_byte, trail)
        except Exception as error:  # whatever it is, an event is missing, and that is said
            self.lost += 1
            log.error("an event could not be made: %s", type(error).__name__)
            return
        event = self._written(event, trail)
        for watcher in self.watchers:
            try:
                watcher(event, trail)
            except Exception as error:  # one that watches must not keep the others from it
                log.error("an event was not taken in: %s", type(error).__name__)
        if self._chain is not None and self._chain.behind > MOST_BEHIND and not self.failure:
            with contextlib.suppress(OSError):  # its failure is noted in the chain
                await asyncio.to_thread(self._chain.sync)

    def _event(self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int, trail: Trail) -> Event:
        hashes = self.spec.content != "none"
        spec = self.price(exchange.model) if not exchange.cost else None
        usage = exchange.usage
        cost = exchange.cost * 1e9
        if spec is not None:
            cost = (usage.input_tokens * spec.input_price + usage.output_tokens * spec.output_price) * 1e3
        money = round(min(max(cost, 0.0), 9e15)) if cost == cost else 0  # noqa: PLR0124  an upstream's number may be none
        return event_of(
            exchange,
            watch,
            status,
            began,
            first_byte,
            trail,
            session=session_digest(exchange.session, self._session_key),
            cost=money,
            currency=self.currency if money else "",
            input_sha256=hashlib.sha256(trail.came).hexdigest() if hashes and trail.came else "",
            output_sha256=trail.left_sha256.hexdigest() if hashes and trail.left_bytes else "",
            policy=trail.policy or self.policy,
            version=self.version,
        )

    def _written(self, event: Event, trail: Trail) -> Event:
        """The event as it stands in the chain, or as it waits."""
        if self.root is None:
            return event
        if self.is_well() and self._chain is not None:
            try:
                if self._vault is not None:
                    event = msgspec.structs.replace(event, content=self._kept(self._vault, event, trail))
                self._chain.append(event)
                return event
            except OSError as error:
                self._fail(error.strerror or type(error).__name__)
        if len(self._waiting) < MOST_WAITING and not self._closed:
            self._waiting.append(event)
        else:
            self.lost += 1
            if self._closed:
                log.error("an event came after the ledger was closed")
        return event

    def _kept(self, vault: Vault, event: Event, trail: Trail) -> Kept:
        assert self._chain is not None
        content = Content(
            came=trail.came[:MOST_KEPT],
            left=b"".join(trail.kept),
            came_bytes=len(trail.came),
            left_bytes=trail.left_bytes,
        )
        day = moment(self._clock())[:10]
        return vault.keep(event.id, day, self._chain.name, content)

    def _fail(self, why: str) -> None:
        self.failure = why
        self._tried = time.monotonic()
        log.error("events cannot be written: %s", why)

    def _mend(self) -> None:
        """Try to write again: what waits, and how much was lost and refused meanwhile."""
        assert self.root is not None
        self._tried = time.monotonic()
        try:
            if self._chain is not None and self._chain.is_lost:
                self._chain.close()
                self._chain = None
            if self._chain is None:
                self._chain = open_chain(self.root, self._seal_key(), clock=self._clock)
            while self._waiting:
                self._chain.append(self._waiting[0])
                self._waiting.popleft()
            self._tell_what_is_lost(self._chain)
            if self.failure:
                self._chain.sync()
        except (OSError, InputError) as error:
            self._fail(getattr(error, "strerror", None) or str(error))
            return
        self._chain.failure = ""
        if self.failure:
            log.warning("events can be written again; %s were lost, %s exchanges refused", self.lost, self.refused)
        self.failure = ""

    def _tell_what_is_lost(self, chain: Chain) -> None:
        lost, refused = self.lost - self._told_lost, self.refused - self._told_refused
        if lost or refused:
            what = f"{lost} events could not be written, {refused} exchanges were refused for it"
            chain.append(Notice(at=moment(self._clock()), of="lost", what=what, count=lost))
            self._told_lost, self._told_refused = self.lost, self.refused

    def _knows_the_day(self) -> bool:
        """Whether the wall clock went as fast as the other one since the start: one that leapt must delete nothing."""
        leapt = (self._clock() - self._began[0]) - (self._monotonic() - self._began[1])
        if abs(leapt) > MOST_LEAPT:
            log.error("nothing is deleted by its age: the clock leapt by %s hours", round(leapt / 3600))
            return False
        return True

    async def note(self, of: NoticeOf, what: str) -> None:
        """Write down what a person did, on the disk before this returns; in the log in any case.

        Raises OSError where it cannot be written.
        """
        log.info("%s", printable(what, 2_000), extra={"fields": {"notice": of}})
        if self.root is None:
            return
        if not self.is_well() or self._chain is None:
            raise OSError(0, self.failure or "the ledger is closed")
        self._chain.append(Notice(at=moment(self._clock()), of=of, what=printable(what, 2_000)))
        await asyncio.to_thread(self._chain.sync)

    def sweep(self) -> list[str]:
        """Delete content whose time is over, and say so in the chain; the days that went. For once an hour or so."""
        if self.root is None or self._chain is None or not self._knows_the_day():
            return []
        try:
            gone = drop_content(self.root, moment(self._clock())[:10], self.spec.retention_days)
            for day in gone:
                what = f"the content of {day} was deleted: it was kept for {self.spec.retention_days} days"
                self._chain.append(
                    Notice(at=moment(self._clock()), of="dropped", what=what, file=f"content/{day}", count=1)
                )
        except (OSError, ValueError) as error:
            log.error("content could not be deleted in time: %s", type(error).__name__)
            return []
        return gone

    def forget(self) -> int:
        """Delete entries of its chain whose time is over, and say so in it; how many. For once an hour or so."""
        if self._chain is None or not self.spec.keep_days or not self._knows_the_day():
            return 0
        before = moment(self._clock() - 86_400 * self.spec.keep_days)
        try:
            gone = self._chain.forget(before)
            if gone:
                what = f"{gone} entries were deleted: all were older than {self.spec.keep_days} days"
                self._chain.append(Notice(at=moment(self._clock()), of="dropped", what=what, count=gone))
        except OSError as error:
            log.error("events could not be deleted in time: %s", error.strerror)
            return 0
        return gone

    async def close(self) -> None:
        """See `Ledger.close`."""
        self._closed = True
        self.is_well()
        chain, self._chain = self._chain, None
        if chain is not None:
            with contextlib.suppress(OSError):
                self._tell_what_is_lost(chain)
                chain.append(Notice(at=moment(self._clock()), of="closed", what="the worker ended"))
            await asyncio.to_thread(chain.close)
        if self._vault is not None:
            self._vault.close()
        if self._waiting:
            log.error("%s events were never written: %s", len(self._waiting), self.failure)
            self.lost += len(self._waiting)
            self._waiting.clear()
