"""Events back from the disk: in a span of time, of a caller, a guard, an ending; and new ones as they are written.

Reading does not verify (see `verifying`), and needs no key.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan.gateway.events.event import Ending, Entry, Event, Notice
from bartizan.gateway.events.lines import chain_names, entries_of, raw_lines, read_line, segments

MOST_AT_ONCE = 4 << 20
"""Bytes of one segment that a follower reads in one go."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: all that are named must hold. Moments are compared as text, from ``since`` to before ``until``."""

    since: str = ""
    until: str = ""
    id: str = ""
    caller: str = ""
    tenant: str = ""
    session: str = ""
    """As in the events: the digest."""
    ending: Ending | None = None
    guard: str = ""
    """That did anything but allow, or found something."""
    outcome: str = ""
    """Of that guard, or of any."""

    def takes(self, event: Event) -> bool:
        """Whether it is one of them."""
        if (self.since and event.at < self.since) or (self.until and event.at >= self.until):
            return False
        for want, has in (
            (self.id, event.id),
            (self.caller, event.caller),
            (self.tenant, event.tenant),
            (self.session, event.session),
            (self.ending, event.ending),
        ):
            if want and want != has:
                return False
        return not (self.guard or self.outcome) or any(
            (not self.guard or one.guard == self.guard)
            and (one.outcome == self.outcome if self.outcome else one.outcome != "allowed" or bool(one.found))
            for one in event.judged
        )


ALL = Wanted()


def read_events(root: str | Path, wanted: Wanted = ALL) -> Iterator[Event]:
    """Events of all chains, merged by time as far as clocks went forward. Raises OSError."""
    return heapq.merge(*(_of_chain(Path(root), name, wanted) for name in chain_names(Path(root))), key=lambda e: e.at)


def read_notices(root: str | Path) -> Iterator[Notice]:
    """What the ledger says of itself, chain by chain. Raises OSError."""
    for name in chain_names(Path(root)):
        for _, segment in segments(Path(root) / "chains" / name):
            yield from (one for one in entries_of(raw_lines(segment)) if isinstance(one, Notice))


def _of_chain(root: Path, name: str, wanted: Wanted) -> Iterator[Event]:
    for _, segment in segments(root / "chains" / name):
        for entry in entries_of(raw_lines(segment)):
            if isinstance(entry, Event) and wanted.takes(entry):
                yield entry


class Follower:
    """New entries of all chains as they are written, also by other processes. Call `read` as often as you like."""

    def __init__(self, root: str | Path, *, back: int = 0) -> None:
        """``back``: bytes before the end of each chain's last segment that are read as well."""
        self.root = Path(root)
        self._at: dict[str, tuple[int, int]] = {}
        """Chain -> (the first entry of its segment, the offset in it)."""
        for name in chain_names(self.root):
            found = segments(self.root / "chains" / name)
            if found:
                first, segment = found[-1]
                self._at[name] = (first, _line_at(segment, back))

    def read(self, most: int = 10_000) -> list[Entry]:
        """What is new, about ``most`` entries at once, chain by chain. Raises OSError."""
        out: list[Entry] = []
        for name in chain_names(self.root):
            if len(out) < most:
                self._chain(name, out, most)
        return out

    def _chain(self, name: str, out: list[Entry], most: int) -> None:
        first, offset = self._at.get(name, (0, 0))
        for number, segment in segments(self.root / "chains" / name):
            if number < first:
                continue
            offset = offset if number == first else 0
            for at, raw in raw_lines(segment, offset):
                if not raw.endswith(b"\n") or len(out) >= most:
                    break
                offset = at + len(raw)
                line = read_line(raw[:-1])
                if line is not None:
                    out.append(line.entry)
            self._at[name] = (number, offset)
            if len(out) >= most:
                return


def _line_at(segment: Path, back: int) -> int:
    """The offset of the first whole line in the last ``back`` bytes."""
    size = segment.stat().st_size
    start = max(0, size - back)
    with open(segment, "rb") as file:
        if start:
            file.seek(start - 1)
            file.readline()
        return min(file.tell(), size)
