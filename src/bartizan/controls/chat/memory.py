"""The state of one worker, in its own memory: bounded, and forgotten when the worker ends."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from bartizan.controls.chat.state import State

MOST_KEYS = 100_000
"""Keys that are kept; the one that was longest unused goes first. A flood of new callers cannot fill the memory."""
MOST_TEXT = 8_000_000
"""Characters of texts that are kept under them, in the same way."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


@dataclass(slots=True)
class _Window:
    start: float = 0.0
    last: float = 0.0
    running: float = 0.0

    def turn(self, window: float, now: float) -> None:
        """Begin the window in which now lies, where that is a later one."""
        start = now // window * window
        if start > self.start:
            self.last = self.running if start - self.start < 1.5 * window else 0.0
            self.running, self.start = 0.0, start

    def sum(self, window: float, now: float) -> float:
        """What counts now."""
        share = 1.0 - min(1.0, max(0.0, now - self.start) / window)
        return self.last * share + self.running


@dataclass(slots=True)
class _Kept:
    until: float
    texts: list[str] = field(default_factory=list)
    size: int = 0


def waiting(
    last: float, running: float, start: float, amount: float, *, window: float, limit: float, now: float
) -> float:
    """See `State.wait`, of a window that began at ``start``."""
    if amount > limit:
        return float("inf")
    room = limit - amount - running
    if room >= 0:
        # The last window fades to `room` within this one.
        until = start + window * (1.0 - room / last) if last > 0 else now
    else:
        # The running one becomes the last, and fades in turn.
        until = start + window * (2.0 - (limit - amount) / running)
    return max(0.0, until - now)


class Memory(State):
    """State in a dictionary. No operation waits, so each is atomic within a worker."""

    waits = False

    def __init__(self, most_keys: int = MOST_KEYS, most_text: int = MOST_TEXT) -> None:
        self._things: OrderedDict[str, Any] = OrderedDict()
        self._most = most_keys
        self._most_text = most_text
        self._text = 0

    def _thing(self, key: str) -> Any:
        found = self._things.get(key)
        if found is not None:
            self._things.move_to_end(key)
        return found

    def _keep(self, key: str, thing: Any) -> None:
        self._things[key] = thing
        if len(self._things) > self._most:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, thing = self._things.popitem(last=False)
        if type(thing) is _Kept:
            self._text -= thing.size

    def _hold(self, kept: _Kept, texts: list[str]) -> None:
        """Give a key its texts, and forget others where they are too many."""
        size = sum(map(len, texts))
        self._text += size - kept.size
        kept.texts, kept.size = texts, size
        while self._text > self._most_text and len(self._things) > 1:
            self._drop_oldest()

    async def take(self, key: str, amount: float, *, rate: float, burst: float, now: float) -> float:
        """See `State.take`."""
        bucket = self._thing(key)
        if bucket is None:
            bucket = _Bucket(level=burst, at=now)
            self._keep(key, bucket)
        bucket.level = min(burst, bucket.level + max(0.0, now - bucket.at) * rate)
        bucket.at = max(bucket.at, now)
        if bucket.level >= amount:
            bucket.level -= amount
            return 0.0
        return (amount - bucket.level) / rate if rate > 0 and amount <= burst else float("inf")

    async def count(self, key: str, amount: float, *, window: float, limit: float | None, now: float) -> float:
        """See `State.count`."""
        seen = self._thing(key)
        if seen is None:
            seen = _Window(start=now // window * window)
            self._keep(key, seen)
        seen.turn(window, now)
        total = seen.sum(window, now) + amount
        if limit is None or total <= limit:
            seen.running = max(0.0, seen.running + amount)
        return float(max(0.0, total))

    async def wait(self, key: str, amount: float, *, window: float, limit: float, now: float) -> float:
        """See `State.wait`."""
        seen: _Window = self._thing(key) or _Window(start=now // window * window)
        seen.turn(window, now)
        return waiting(seen.last, seen.running, seen.start, amount, window=window, limit=limit, now=now)

    async def enter(self, key: str, holder: str, *, most: int, within: float, now: float) -> bool:
        """See `State.enter`."""
        places: dict[str, float] | None = self._thing(key)
        if places is None:
            places = {}
            self._keep(key, places)
        for one in [one for one, until in places.items() if until <= now]:
            del places[one]
        if len(places) >= most and holder not in places:
            return False
        places[holder] = now + within
        return True

    async def leave(self, key: str, holder: str) -> None:
        """See `State.leave`."""
        places: dict[str, float] | None = self._things.get(key)
        if places is not None:
            places.pop(holder, None)

    async def get(self, key: str, *, now: float) -> str | None:
        """See `State.get`."""
        kept: _Kept | None = self._thing(key)
        return kept.texts[-1] if kept is not None and kept.texts and kept.until > now else None

    async def put(self, key: str, text: str, *, within: float, now: float) -> None:
        """See `State.put`."""
        kept: _Kept | None = self._thing(key)
        if kept is None:
            kept = _Kept(until=now + within)
            self._keep(key, kept)
        kept.until = now + within
        self._hold(kept, [text])

    async def push(self, key: str, text: str, *, most: int, within: float, now: float) -> list[str]:
        """See `State.push`."""
        kept: _Kept | None = self._thing(key)
        if kept is None:
            kept = _Kept(until=now + within)
            self._keep(key, kept)
        earlier = kept.texts if kept.until > now else []
        kept.until = now + within
        self._hold(kept, [*earlier, text][-most:])
        return list(kept.texts)
