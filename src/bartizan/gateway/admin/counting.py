"""Counts of the last hour, guard by guard, for who looks at the gateway now.

They are made of the events on the disk, which all workers write, and only while somebody looks; so exchanges pay
nothing for it. Without a folder for events, a worker counts what it did itself. Memory is bounded either way.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from bartizan.gateway.admin.values import Counts, GuardCount
from bartizan.gateway.events.event import Entry, Event, Judged
from bartizan.gateway.events.latency import Latencies
from bartizan.gateway.events.making import moment
from bartizan.gateway.events.reading import Follower
from bartizan.gateway.events.recent import Recent

MINUTES = 60
BACK = 8 << 20
"""Bytes of each chain that are read when somebody begins to look."""
LOOK_EVERY = 0.5
"""Seconds within which whoever looks is told the same."""
FORGOTTEN_AFTER = 120.0
"""Seconds after which nobody looks any more: then counting begins anew with the last bytes."""
MOST_GUARDS = 100
MOST_NEWEST = 500
_MOST_READS = 50
_FAILED = frozenset({"crashed", "timed_out", "skipped"})
_COLUMN = {"replaced": "changed", "blocked": "blocked", "asked": "asked"}


class _Guard:
    """What one guard did in a minute."""

    __slots__ = ("counts", "seen", "took")

    def __init__(self) -> None:
        self.seen = 0
        self.counts: dict[str, int] = {}
        self.took = Latencies()

    def take_in(self, other: _Guard) -> None:
        self.seen += other.seen
        self.took.take_in(other.took)
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def told(self, name: str) -> GuardCount:
        p50, p95 = (round(self.took.quantile(share) * 1e6, 1) for share in (0.5, 0.95))
        return GuardCount(guard=name, seen=self.seen, p50_us=p50, p95_us=p95, **self.counts)


def _column(one: Judged) -> str:
    if one.outcome in _FAILED:
        return "failed"
    column = _COLUMN.get(one.outcome, "")
    return column if one.enforced or not column else "watched"


class _Guards:
    """What guards did, minute by minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._minutes: dict[str, dict[str, _Guard]] = {}

    def see(self, event: Event) -> None:
        at = event.at[:16]
        if not self._first() <= at <= moment(self._clock() + 60)[:16]:
            return
        guards = self._minutes.setdefault(at, {})
        took: dict[str, int] = {}
        columns: set[tuple[str, str]] = set()
        for one in event.judged:
            took[one.guard] = took.get(one.guard, 0) + one.nanoseconds
            columns.add((one.guard, _column(one)))
        for name, nanoseconds in took.items():
            guard = guards.get(name)
            if guard is None:
                if len(guards) >= MOST_GUARDS:
                    continue
                guard = guards[name] = _Guard()
            guard.seen += 1
            guard.took.add(nanoseconds)
        for name, column in columns:
            if column and name in guards:
                counts = guards[name].counts
                counts[column] = counts.get(column, 0) + 1

    def _first(self) -> str:
        return moment(self._clock() - 60 * (MINUTES - 1))[:16]

    def told(self) -> tuple[GuardCount, ...]:
        first, sums = self._first(), dict[str, _Guard]()
        for at in [at for at in self._minutes if at < first]:
            del self._minutes[at]
        for guards in self._minutes.values():
            for name, one in guards.items():
                sums.setdefault(name, _Guard()).take_in(one)
        return tuple(sums[name].told(name) for name in sorted(sums))


class Counting:
    """Counts for whoever looks. Thread-safe; `look` reads files, so call it in a thread."""

    def __init__(
        self,
        root: Path | None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root, self._clock, self._monotonic = root, clock, monotonic
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._follower: Follower | None = None
        self.newest: deque[Event] = deque(maxlen=MOST_NEWEST)
        """The last that were seen, where there is no folder to read them from."""
        self._begin()

    def _begin(self) -> None:
        self._recent, self._guards = Recent(MINUTES, self._clock), _Guards(self._clock)
        self._currency = ""
        self._since = "" if self._root is not None else moment(self._clock())

    def see(self, event: Event) -> None:
        """Count one."""
        self._recent.see(event)
        self._guards.see(event)
        self._currency = event.currency or self._currency

    def see_own(self, event: Event) -> None:
        """Count one of this worker's, and keep it among the newest: for a worker without a folder."""
        with self._lock:
            self.see(event)
            self.newest.appendleft(event)

    def look(self) -> Counts:
        """The counts as they are now. Raises OSError where the folder cannot be read."""
        with self._lock:
            if self._root is not None:
                self._catch_up(self._root)
            minutes = self._recent.minutes()
            return Counts(
                of="all workers" if self._root is not None else "this worker",
                since=max(self._since, minutes[0].at),
                minutes=tuple(minutes),
                total=self._recent.total(),
                guards=self._guards.told(),
                currency=self._currency,
            )

    def _catch_up(self, root: Path) -> None:
        now = self._monotonic()
        if self._follower is not None and now - self._looked < LOOK_EVERY:
            return
        is_fresh = self._follower is None or now - self._looked > FORGOTTEN_AFTER
        if self._follower is None or is_fresh:
            self._begin()
            self._follower = Follower(root, back=BACK)
        self._looked = now
        begun: dict[str, Entry] = {}
        for _ in range(_MOST_READS):
            entries = self._follower.read()
            for one in entries:
                begun.setdefault(one.chain, one)
                if isinstance(one, Event):
                    self.see(one)
            if not entries:
                break
        if is_fresh:
            # A chain that was not read from its beginning is counted from the first entry that was.
            self._since = max((one.at for one in begun.values() if one.seq > 1), default="")
