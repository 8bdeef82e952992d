"""How the system stands to the other lists that the framework maps to: LLM Top 10, NCSC/CISA, DSIT, responsible AI, ..."""

from __future__ import annotations

from collections.abc import Iterable

from bartizan.assess.select import Statuses
from bartizan.catalog.entries import Catalog, Mapping
from bartizan.core.records import Coverage, CoverageState, Risk, Verdict
from bartizan.core.terms import SYSTEM, ControlId, ControlStatus, Edition, Outcome, ThreatId

_ALWAYS = ("ncsc_cisa_guidelines", "dsit_code_of_practice", "risk_areas_2026", "eu_regulatory_map_2026")
_LISTS: dict[Edition, tuple[str, ...]] = {
    2023: ("owasp_llm_top10_2023", "responsible_ai_2023", *_ALWAYS),
    2025: ("owasp_llm_top10_2025", "responsible_ai_2025", "copyright_2025", *_ALWAYS),
    2026: ("owasp_llm_top10_2026", "responsible_ai_2026", "copyright_2026", *_ALWAYS),
}
_DONE = frozenset({ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED})


def cover(
    verdicts: Iterable[Verdict], risks: Iterable[Risk], statuses: Statuses, catalog: Catalog, edition: Edition
) -> tuple[Coverage, ...]:
    """One entry for each item of each list of the edition that maps to any threat or control.

    An item with threats is `concerned` when one of them applies here, `not_concerned` when none does, `unknown` while
    one is undecided. An item with controls only is `covered`, `partly` or `concerned` (nothing done) by their status.
    """
    outcomes: dict[ThreatId, set[Outcome]] = {}
    by_threat: dict[ThreatId, list[str]] = {}
    for verdict in verdicts:
        outcomes.setdefault(verdict.threat, set()).add(verdict.outcome)
    for risk in risks:
        by_threat.setdefault(risk.threat, []).append(risk.id)
    found = []
    for name in _LISTS[edition]:
        listed = catalog.mappings.get(name)
        for item in listed.items if listed else ():
            found.append(_item(name, item, outcomes, by_threat, statuses, catalog, edition))
    return tuple(found)


def _item(
    name: str,
    item: Mapping,
    outcomes: dict[ThreatId, set[Outcome]],
    by_threat: dict[ThreatId, list[str]],
    statuses: Statuses,
    catalog: Catalog,
    edition: Edition,
) -> Coverage:
    controls = [*item.controls, *(c for g in item.groups for c in catalog.groups[g].members.get(edition, ()))]
    missing = tuple(dict.fromkeys(c for c in controls if statuses.of(c, SYSTEM) not in _DONE))
    threats = _with_children(item.threats, catalog)
    risks = tuple(risk for threat in threats for risk in by_threat.get(threat, ()))
    state = _state_of_threats(threats, outcomes) if threats else _state_of_controls(controls, missing)
    return Coverage(
        list=name, item=item.id, name=item.name, state=state, risks=tuple(dict.fromkeys(risks)), controls_missing=missing
    )


def _with_children(threats: Iterable[ThreatId], catalog: Catalog) -> list[ThreatId]:
    """The threats, and for a group the threats in it."""
    wanted = list(threats)
    for threat in catalog.threats.values():
        if threat.parent in wanted and catalog.threats[threat.parent].kind == "group" and threat.id not in wanted:
            wanted.append(threat.id)
    return wanted


def _state_of_threats(threats: list[ThreatId], outcomes: dict[ThreatId, set[Outcome]]) -> CoverageState:
    found = set().union(*(outcomes.get(t, set()) for t in threats))
    if Outcome.APPLIES in found:
        return "concerned"
    return "unknown" if Outcome.UNKNOWN in found or not found else "not_concerned"


def _state_of_controls(controls: list[ControlId], missing: tuple[ControlId, ...]) -> CoverageState:
    if not controls:
        return "unknown"
    if not missing:
        return "covered"
    return "concerned" if len(missing) == len(set(controls)) else "partly"
