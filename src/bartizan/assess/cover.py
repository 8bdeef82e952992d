"""How the system stands to the other lists that the framework maps to, from the LLM Top 10 to the DSIT principles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bartizan.assess.select import Statuses
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Coverage, CoverageState, Risk, Verdict
from bartizan.core.terms import SYSTEM, ControlId, ControlStatus, Edition, Outcome, ThreatId

_DONE = frozenset({ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED})


class Item(msgspec.Struct, frozen=True):
    """An item of a list with the threats and controls that it comes down to, groups expanded."""

    list: str
    id: str
    name: str
    threats: tuple[ThreatId, ...]
    controls: tuple[ControlId, ...]


def checklist(catalog: Catalog, edition: Edition) -> tuple[Item, ...]:
    """Every item of every list that assessments by this edition hold a system against, made once for many systems."""
    return tuple(_items(catalog, edition))


def _items(catalog: Catalog, edition: Edition) -> Iterator[Item]:
    children: dict[ThreatId, list[ThreatId]] = {}
    for threat in catalog.threats.values():
        if threat.parent is not None and catalog.threats[threat.parent].kind == "group":
            children.setdefault(threat.parent, []).append(threat.id)
    listed = [m for m in catalog.mappings.values() if m.checklist is not None and edition in m.checklist.editions]
    for mapping in sorted(listed, key=lambda m: (m.checklist.place if m.checklist else 0, m.id)):
        for item in mapping.items:
            grouped = (c for g in item.groups for c in catalog.groups[g].members.get(edition, ()))
            threats = [*item.threats, *(child for t in item.threats for child in children.get(t, ()))]
            controls = tuple(dict.fromkeys((*item.controls, *grouped)))
            yield Item(mapping.id, item.id, item.name, tuple(dict.fromkeys(threats)), controls)


def cover(
    items: Iterable[Item], verdicts: Iterable[Verdict], risks: Iterable[Risk], statuses: Statuses
) -> tuple[Coverage, ...]:
    """How the system stands to each item.

    An item with threats is `concerned` when one of them applies here, `not_concerned` when none does, `unknown` while
    one is undecided. An item with controls only is `covered`, `partly` or `concerned` (nothing done) by their status.
    """
    outcomes: dict[ThreatId, set[Outcome]] = {}
    by_threat: dict[ThreatId, list[str]] = {}
    done = {control for control in statuses.declared if statuses.of(control, SYSTEM) in _DONE}
    for verdict in verdicts:
        outcomes.setdefault(verdict.threat, set()).add(verdict.outcome)
    for risk in risks:
        by_threat.setdefault(risk.threat, []).append(risk.id)
    found = []
    for item in items:
        missing = item.controls if done.isdisjoint(item.controls) else tuple(c for c in item.controls if c not in done)
        if item.threats:
            state = _state_of_threats(item.threats, outcomes)
        else:
            state = _state_of_controls(len(item.controls), len(missing))
        risky = tuple(risk for threat in item.threats for risk in by_threat.get(threat, ()))
        found.append(
            Coverage(list=item.list, item=item.id, name=item.name, state=state, risks=risky, controls_missing=missing)
        )
    return tuple(found)


def _state_of_threats(threats: tuple[ThreatId, ...], outcomes: dict[ThreatId, set[Outcome]]) -> CoverageState:
    found = [outcomes[t] for t in threats if t in outcomes]
    if any(Outcome.APPLIES in o for o in found):
        return "concerned"
    return "unknown" if not found or any(Outcome.UNKNOWN in o for o in found) else "not_concerned"


def _state_of_controls(listed: int, missing: int) -> CoverageState:
    if not listed:
        return "unknown"
    if not missing:
        return "covered"
    return "concerned" if missing == listed else "partly"
