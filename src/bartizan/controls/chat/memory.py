"""The state of one worker, in its own memory: bounded, and forgotten when the worker ends."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from bartizan.controls.chat.state import State

MOST_KEYS = 100_000
"""Keys that are kept; the one that was longest unused goes first. A flood of new callers cannot fill the memory."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


@dataclass(slots=True)
class _Window:
    start: float = 0.0
    last: float = 0.0
    running: float = 0.0


@dataclass(slots=True)
class _Kept:
    until: float
    texts: list[str] = field(default_factory=list)


class Memory(State):
    """State in a dictionary. No operation waits, so each is atomic within a worker."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._things: OrderedDict[str, Any] = OrderedDict()
        self._most = most_keys

    def _thing(self, key: str) -> Any:
        found = self._things.get(key)
        if found is not None:
            self._things.move_to_end(key)
        return found

    def _keep(self, key: str, thing: Any) -> None:
        self._things[key] = thing
        if len(self._things) > self._most:
            self._things.popitem(last=False)

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
        return (amount - bucket.level) / rate if rate > 0 else float("inf")

    async def count(self, key: str, amount: float, *, window: float, limit: float | None, now: float) -> float:
        """See `State.count`."""
        seen = self._thing(key)
        if seen is None:
            seen = _Window(start=now // window * window)
            self._keep(key, seen)
        start = now // window * window
        if start > seen.start:
            seen.last = seen.running if start - seen.start < 1.5 * window else 0.0
            seen.running, seen.start = 0.0, start
        share = 1.0 - min(1.0, max(0.0, now - seen.start) / window)
        total = float(seen.last * share + seen.running + amount)
        if limit is None or total <= limit:
            seen.running += amount
        return total

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
        return kept.texts[-1] if kept is not None and kept.until > now else None

    async def put(self, key: str, text: str, *, within: float, now: float) -> None:
        """See `State.put`."""
        self._keep(key, _Kept(until=now + within, texts=[text]))

    async def push(self, key: str, text: str, *, most: int, within: float, now: float) -> list[str]:
        """See `State.push`."""
        kept: _Kept | None = self._thing(key)
        if kept is None or kept.until <= now:
            kept = _Kept(until=now + within)
            self._keep(key, kept)
        kept.until = now + within
        kept.texts = [*kept.texts, text][-most:]
        return list(kept.texts)
