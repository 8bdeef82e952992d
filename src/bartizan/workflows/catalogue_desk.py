"""The catalogue beside the register: how a system stands to each threat, and which systems a threat concerns now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bartizan.core.kept import KeptRisk, KeptSystem
from bartizan.core.records import Assessment
from bartizan.core.terms import ControlId, ControlStatus, Edition, Outcome, ThreatId
from bartizan.register import portfolio, systems
from bartizan.register.portfolio import Filters, RiskFilters
from bartizan.workflows.desk import Desk, kept_system

CHOICES = 200
"""Systems that a page offers to choose from; of more, the worst."""
_RISKS = 200
"""Risks of one threat that are looked at, the worst first."""
_STRONGEST = (Outcome.APPLIES, Outcome.UNKNOWN, Outcome.THEORETICAL, Outcome.DOES_NOT_APPLY)
_WEAKEST = (
    ControlStatus.NOT_STARTED,
    ControlStatus.PLANNED,
    ControlStatus.IMPLEMENTED,
    ControlStatus.VERIFIED,
    ControlStatus.NOT_APPLICABLE,
)


def choices(desk: Desk, only: frozenset[str] | None) -> portfolio.Page[KeptSystem]:
    """The systems that a person may choose from, and how many there are in all."""
    with desk.register.read() as connection:
        return portfolio.systems(connection, Filters(only=only), sort="worst", limit=CHOICES)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one system stands to the catalogue."""

    system: str
    name: str
    outcomes: Mapping[ThreatId, Outcome]
    """The strongest verdict on each threat over all components; a threat that is not judged here is not in it."""
    statuses: Mapping[tuple[ThreatId, ControlId], ControlStatus]
    """How far a control is against a threat: as far as where it is least far."""


def standing(desk: Desk, name: str, edition: Edition) -> Standing:
    """How a kept system stands to the threats of an edition today. Raises NotFound."""
    with desk.register.read() as connection:
        kept = kept_system(desk, connection, name, edition)
    made = kept.assessment
    return Standing(
        system=name, name=kept.holding.system.name, outcomes=outcomes_of(made), statuses=dict(_statuses(made))
    )


def outcomes_of(made: Assessment) -> dict[ThreatId, Outcome]:
    """The strongest verdict on each threat."""
    found: dict[ThreatId, Outcome] = {}
    for verdict in made.verdicts:
        held = found.get(verdict.threat, Outcome.DOES_NOT_APPLY)
        found[verdict.threat] = min(held, verdict.outcome, key=_STRONGEST.index)
    return found


def _statuses(made: Assessment) -> dict[tuple[ThreatId, ControlId], ControlStatus]:
    found: dict[tuple[ThreatId, ControlId], ControlStatus] = {}
    for risk in made.risks:
        for advice in risk.controls:
            pair = risk.threat, advice.control
            found[pair] = min(found.get(pair, advice.status), advice.status, key=_WEAKEST.index)
    return found


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """A system with open risks of some threats, the worst of them first."""

    system: KeptSystem
    risks: tuple[KeptRisk, ...]


def concerned(desk: Desk, threats: Iterable[ThreatId], only: frozenset[str] | None) -> tuple[Concerned, ...]:
    """The systems that a person may see and that have risks of these threats now, the worst first."""
    found: dict[str, list[KeptRisk]] = {}
    with desk.register.read() as connection:
        for threat in dict.fromkeys(threats):
            wanted = RiskFilters(threat=threat, only=only)
            for risk in portfolio.risks(connection, wanted, limit=_RISKS, count=False).items:
                found.setdefault(risk.system, []).append(risk)
        held = {name: systems.system(connection, name) for name in found}
    for risks in found.values():
        risks.sort(key=lambda r: (-r.current_level, r.number))
    ordered = sorted(found, key=lambda name: (-found[name][0].current_level, -len(found[name]), held[name].name, name))
    return tuple(Concerned(system=held[name], risks=tuple(found[name])) for name in ordered)
