"""What events say of controls: how often each guard was asked, and how often which of its rules found something.

Plain values: a workflow turns them into observations on the risks that a control reduces. They count what was seen, and
not what was missed: they may raise a likelihood and never lower one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from bartizan.core.terms import ControlId
from bartizan.gateway.events.event import Event, Judged

MOST = 10_000
"""Different observations of one go; what comes beyond counts under the rule "other" of its guard."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What one guard's rule did for one model under one policy."""

    guard: str
    control: ControlId
    """The control that the guard carries out."""
    rule: str
    """Empty: all that the guard did, whichever rule."""
    model: str
    supplier: str
    policy: str
    """The digest of the settings that held."""
    version: str
    """Of the gateway."""
    asked: int
    """Segments that the guard judged."""
    found: int
    """Findings of the rule; without a rule: judgements with any."""
    blocked: int
    changed: int
    asked_person: int
    """Blocks that a person lifted."""
    failed: int
    """Times that it crashed, ran out of time or was skipped: it judged nothing then."""
    watched_only: int
    """Times that it would have blocked or changed something, and only watched."""
    exchanges: int
    sessions: int
    """Different sessions; those without one count as one each."""
    first: str
    last: str


@dataclass(slots=True)
class _Count:
    asked: int = 0
    found: int = 0
    blocked: int = 0
    changed: int = 0
    asked_person: int = 0
    failed: int = 0
    watched_only: int = 0
    exchanges: int = 0
    nameless: int = 0
    sessions: set[str] = field(default_factory=set)
    first: str = ""
    last: str = ""

    def see(self, one: Judged, found: int) -> None:
        self.asked += one.times
        self.found += found
        self.failed += one.times if one.outcome in {"crashed", "timed_out", "skipped"} else 0
        acted = one.outcome in {"blocked", "replaced"}
        if not one.enforced:
            self.watched_only += one.times if acted or any(f.rule == "would_block" for f in one.found) else 0
            return
        self.blocked += one.times if one.outcome == "blocked" else 0
        self.changed += one.times if one.outcome == "replaced" else 0
        self.asked_person += one.times if one.outcome == "asked" else 0

    def of(self, event: Event) -> None:
        self.exchanges += 1
        if event.session:
            self.sessions.add(event.session)
        else:
            self.nameless += 1
        self.first = min(self.first or event.at, event.at)
        self.last = max(self.last, event.at)


_Key = tuple[str, str, str, str, str, str]


def observations(events: Iterable[Event]) -> list[Observation]:
    """What these events say, sorted; bounded memory but for the sessions that are told apart."""
    counts: dict[_Key, _Count] = {}
    for event in events:
        touched: dict[_Key, _Count] = {}
        for one in event.judged:
            for rule, found in _rules(one):
                key = _key(event, one.guard, rule, counts)
                count = counts.setdefault(key, _Count())
                count.see(one, found)
                touched[key] = count
        for count in touched.values():
            count.of(event)
    return [_told(key, count) for key, count in sorted(counts.items())]


def _key(event: Event, guard: str, rule: str, counts: dict[_Key, _Count]) -> _Key:
    key = (guard, rule, event.model, event.supplier, event.policy, event.version)
    if key in counts or len(counts) < MOST:
        return key
    return (guard, "other" if rule else "", "other", event.supplier, event.policy, event.version)


def _rules(one: Judged) -> Iterable[tuple[str, int]]:
    yield "", int(bool(one.found))
    seen: dict[str, int] = {}
    for found in one.found:
        seen[found.rule] = seen.get(found.rule, 0) + 1
    yield from seen.items()


def _told(key: _Key, count: _Count) -> Observation:
    guard, rule, model, supplier, policy, version = key
    return Observation(
        guard=guard,
        control=ControlId(guard.partition("/")[0]),
        rule=rule,
        model=model,
        supplier=supplier,
        policy=policy,
        version=version,
        asked=count.asked,
        found=count.found,
        blocked=count.blocked,
        changed=count.changed,
        asked_person=count.asked_person,
        failed=count.failed,
        watched_only=count.watched_only,
        exchanges=count.exchanges,
        sessions=len(count.sessions) + count.nameless,
        first=count.first,
        last=count.last,
    )
