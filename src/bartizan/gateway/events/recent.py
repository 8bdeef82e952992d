"""Counts of the last minutes, for a page that looks at the gateway now. Bounded memory, whatever events say."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from bartizan.gateway.events.event import Event, Judged
from bartizan.gateway.events.latency import Latencies
from bartizan.gateway.events.making import moment

MOST_NAMES = 200
"""Different guards and outcomes that a minute counts apart; the others count as "other"."""


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a minute, or in several together."""

    at: str
    """Its beginning: 2026-11-23T09:00."""
    requests: int = 0
    endings: dict[str, int] = {}
    """passed, changed, blocked, refused, failed, gone."""
    guards: dict[str, dict[str, int]] = {}
    """Guard -> outcome other than allowed -> how many; what is only watched counts as "would" and the outcome."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    p50: float = 0.0
    """Seconds of whole exchanges."""
    p95: float = 0.0
    p99: float = 0.0
    first_byte_p50: float = 0.0
    first_byte_p95: float = 0.0
    guards_p50: float = 0.0
    guards_p95: float = 0.0


@dataclass(slots=True)
class _Counts:
    requests: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    guards: dict[tuple[str, str], int] = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    total: Latencies = field(default_factory=Latencies)
    first_byte: Latencies = field(default_factory=Latencies)
    checked: Latencies = field(default_factory=Latencies)

    def see(self, event: Event) -> None:
        self.requests += 1
        self.endings[event.ending] = self.endings.get(event.ending, 0) + 1
        self.input_tokens += event.input_tokens
        self.output_tokens += event.output_tokens
        self.cost += event.cost
        self.total.add(event.total_ns)
        self.checked.add(event.guards_ns)
        if event.first_byte_ns:
            self.first_byte.add(event.first_byte_ns)
        for one in event.judged:
            if one.outcome != "allowed":
                self._guard(one)

    def _guard(self, one: Judged) -> None:
        key = (one.guard, one.outcome if one.enforced else f"would {one.outcome}")
        if key not in self.guards and len(self.guards) >= MOST_NAMES:
            key = ("other", "other")
        self.guards[key] = self.guards.get(key, 0) + one.times

    def take_in(self, other: _Counts) -> None:
        self.requests += other.requests
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.cost += other.cost
        for ending, count in other.endings.items():
            self.endings[ending] = self.endings.get(ending, 0) + count
        for key, count in other.guards.items():
            self.guards[key] = self.guards.get(key, 0) + count
        self.total.take_in(other.total)
        self.first_byte.take_in(other.first_byte)
        self.checked.take_in(other.checked)

    def told(self, at: str) -> Minute:
        guards: dict[str, dict[str, int]] = {}
        for (guard, outcome), count in sorted(self.guards.items()):
            guards.setdefault(guard, {})[outcome] = count
        return Minute(
            at=at,
            requests=self.requests,
            endings=dict(sorted(self.endings.items())),
            guards=guards,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost=self.cost / 1e9,
            p50=self.total.quantile(0.5),
            p95=self.total.quantile(0.95),
            p99=self.total.quantile(0.99),
            first_byte_p50=self.first_byte.quantile(0.5),
            first_byte_p95=self.first_byte.quantile(0.95),
            guards_p50=self.checked.quantile(0.5),
            guards_p95=self.checked.quantile(0.95),
        )


class Recent:
    """The last minutes. Feed it events in any order: from a worker's ledger, or from a `Follower` over all workers."""

    def __init__(self, minutes: int = 60, clock: Callable[[], float] = time.time) -> None:
        self._most = minutes
        self._clock = clock
        self._minutes: dict[str, _Counts] = {}

    def see(self, event: Event) -> None:
        """Count one. Those that are older than what is kept are left out."""
        at = event.at[:16]
        counts = self._minutes.get(at)
        if counts is None:
            if at < self._first() or at > moment(self._clock() + 60)[:16]:
                return
            counts = self._minutes[at] = _Counts()
            self._forget()
        counts.see(event)

    def _first(self) -> str:
        return moment(self._clock() - 60 * (self._most - 1))[:16]

    def _forget(self) -> None:
        first = self._first()
        for at in [at for at in self._minutes if at < first]:
            del self._minutes[at]

    def minutes(self) -> list[Minute]:
        """All that are kept, the oldest first, those without a request too."""
        self._forget()
        now = self._clock()
        names = [moment(now - 60 * back)[:16] for back in range(self._most - 1, -1, -1)]
        return [self._minutes[at].told(at) if at in self._minutes else Minute(at=at) for at in names]

    def total(self) -> Minute:
        """All of them together."""
        self._forget()
        all_of_them = _Counts()
        for one in self._minutes.values():
            all_of_them.take_in(one)
        return all_of_them.told(self._first())
