"""Alerts: something was counted more often than the settings allow, within a while; and it is over again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from bartizan.gateway.events.event import Event
from bartizan.gateway.events.making import moment
from bartizan.gateway.settings import AlertOf, AlertSpec

_SLOTS = 60
_LEVELS: frozenset[AlertOf] = frozenset({"lost_events", "breakers_open"})
"""What no event says, so that somebody must tell how it stands."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """That a rule began to fire, or no longer does."""

    id: str
    """The same for both, so that the end is found for a beginning."""
    name: str
    state: Literal["firing", "resolved"]
    of: AlertOf
    guard: str
    rule: str
    value: float
    above: float
    within: float
    at: str

    def __str__(self) -> str:
        return f"{self.name}: {self.state}; {self.of} {self.value:g} in {self.within:g} s, allowed is {self.above:g}"


class _Window:
    """A sum over the last seconds, in slots: what is counted leaves it a sixtieth of the time late at most."""

    def __init__(self, seconds: float) -> None:
        self._slot = max(seconds, 0.001) / _SLOTS
        self._sums = [0.0] * _SLOTS
        self._at = 0

    def add(self, amount: float, now: float) -> None:
        self._turn(now)
        self._sums[self._at % _SLOTS] += amount

    def total(self, now: float) -> float:
        self._turn(now)
        return sum(self._sums)

    def _turn(self, now: float) -> None:
        at = int(now / self._slot)
        for passed in range(self._at + 1, min(at, self._at + _SLOTS) + 1):
            self._sums[passed % _SLOTS] = 0.0
        self._at = max(at, self._at)


class Rule:
    """One rule of the settings, and what it has counted."""

    def __init__(self, spec: AlertSpec) -> None:
        self.spec = spec
        self.firing = ""
        """The id of what fires; empty: nothing does."""
        self._window = _Window(spec.within)
        self._before: float | None = None

    def see(self, event: Event, now: float) -> None:
        """Count what an event brings."""
        amount = amount_of(self.spec, event)
        if amount:
            self._window.add(amount, now)

    def value(self, levels: Mapping[str, float], now: float) -> float:
        """What it comes to. ``lost_events`` is told as a running total, and counts by how much it grew."""
        level = levels.get(self.spec.of, 0.0)
        if self.spec.of == "breakers_open":
            return level
        if self.spec.of == "lost_events":
            grown = level - (self._before if self._before is not None else 0.0)
            self._before = level
            self._window.add(max(grown, 0.0), now)
        return self._window.total(now)


def amount_of(spec: AlertSpec, event: Event) -> float:
    """How much an event adds to what a rule counts."""
    match spec.of:
        case "requests":
            return 1.0
        case "errors":
            return float(event.ending == "failed")
        case "refused_credentials":
            return float(event.block == "credentials")
        case "spend":
            return event.cost / 1e9
        case "blocks":
            return float(bool(event.blocked_by) and fnmatchcase(event.blocked_by, spec.guard))
        case "failures":
            failed = {"crashed", "timed_out", "skipped"}
            return float(
                sum(one.times for one in event.judged if one.outcome in failed and fnmatchcase(one.guard, spec.guard))
            )
        case "findings" | "canary_leaks":
            return float(_found(spec, event))
    return 0.0


def _found(spec: AlertSpec, event: Event) -> int:
    pattern = "*canary*" if spec.of == "canary_leaks" else spec.rule
    return sum(
        fnmatchcase(found.rule, pattern)
        for one in event.judged
        if one.found and fnmatchcase(one.guard, spec.guard)
        for found in one.found
    )


class Alerts:
    """All rules. Feed it events, ask it every second or so what changed."""

    def __init__(
        self,
        rules: tuple[AlertSpec, ...],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rules = [Rule(one) for one in rules]
        self._clock, self._monotonic = clock, monotonic
        self._count = 0

    def see(self, event: Event) -> None:
        """Count what an event brings. By when it is seen, not by what it says: clocks differ, and go back."""
        now = self._monotonic()
        for rule in self.rules:
            if rule.spec.of not in _LEVELS:
                rule.see(event, now)

    def changed(self, levels: Mapping[str, float]) -> list[Alert]:
        """What began to fire since the last call, and what no longer does. ``levels``: lost_events (since the start),
        breakers_open (now).
        """
        now, out = self._monotonic(), []
        for rule in self.rules:
            value = rule.value(levels, now)
            fires = value > rule.spec.above
            if fires == bool(rule.firing):
                continue
            if fires:
                self._count += 1
                rule.firing = f"{moment(self._clock())}-{self._count}"
            out.append(self._alert(rule, value, fires))
            if not fires:
                rule.firing = ""
        return out

    def _alert(self, rule: Rule, value: float, fires: bool) -> Alert:
        spec = rule.spec
        return Alert(
            id=rule.firing,
            name=spec.name,
            state="firing" if fires else "resolved",
            of=spec.of,
            guard=spec.guard,
            rule=spec.rule,
            value=value,
            above=spec.above,
            within=spec.within,
            at=moment(self._clock()),
        )

    @property
    def firing(self) -> tuple[str, ...]:
        """The names of the rules that fire now."""
        return tuple(rule.spec.name for rule in self.rules if rule.firing)
