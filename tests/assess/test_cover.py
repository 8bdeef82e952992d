"""How the system stands to the other lists that the framework maps to."""

from __future__ import annotations

import pytest

from bartizan.assess.assessment import assess
from bartizan.assess.cover import Item, checklist, cover
from bartizan.assess.select import Statuses
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Assessment, Coverage, Risk, Verdict
from bartizan.core.terms import EDITIONS, ComponentId, ControlId, ControlStatus, Edition, Outcome, Party, ThreatId
from bartizan.system.description import ControlInPlace
from tests.assess.described import described

EVASION, POISON = ThreatId("evasion"), ThreatId("data_poison")
RATE, OVERSIGHT = ControlId("rate_limit"), ControlId("oversight")


def verdict(threat: ThreatId, outcome: Outcome, at: str = "m") -> Verdict:
    return Verdict(
        id=f"{threat}@{at}",
        threat=threat,
        component=ComponentId(at),
        outcome=outcome,
        edition=2026,
        facts=(),
        rule="",
        party=Party.US,
        party_why="",
    )


def stands(
    *verdicts: Verdict,
    threats: tuple[ThreatId, ...] = (),
    controls: tuple[ControlId, ...] = (),
    declared: tuple[ControlInPlace, ...] = (),
    risks: tuple[Risk, ...] = (),
) -> Coverage:
    return cover([Item("list", "1", "One", threats, controls)], verdicts, risks, Statuses(declared))[0]


def test_an_item_is_of_concern_when_any_of_its_threats_applies() -> None:
    found = stands(
        verdict(EVASION, Outcome.DOES_NOT_APPLY), verdict(POISON, Outcome.APPLIES), threats=(EVASION, POISON)
    )
    assert found.state == "concerned"


def test_an_item_is_of_no_concern_only_when_none_of_its_threats_is_open() -> None:
    shut, idle = verdict(EVASION, Outcome.DOES_NOT_APPLY), verdict(EVASION, Outcome.THEORETICAL, "n")
    assert stands(shut, idle, threats=(EVASION,)).state == "not_concerned"
    assert stands(shut, verdict(EVASION, Outcome.UNKNOWN, "n"), threats=(EVASION,)).state == "unknown"


def test_an_item_whose_threats_are_not_judged_is_unknown() -> None:
    assert stands(threats=(EVASION,)).state == "unknown"
    assert stands().state == "unknown"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), "concerned"),
        ((ControlStatus.PLANNED,), "concerned"),
        ((ControlStatus.IMPLEMENTED,), "partly"),
        ((ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED), "covered"),
    ],
)
def test_an_item_of_controls_is_covered_as_far_as_they_are(statuses: tuple[ControlStatus, ...], expected: str) -> None:
    both = (RATE, OVERSIGHT)
    declared = tuple(ControlInPlace(control=c, status=s) for c, s in zip(both, statuses, strict=False))
    assert stands(controls=both, declared=declared).state == expected


def test_a_control_at_one_component_does_not_cover_a_list() -> None:
    declared = (ControlInPlace(control=RATE, status=ControlStatus.VERIFIED, at=(ComponentId("m"),)),)
    found = stands(controls=(RATE,), declared=declared)
    assert (found.state, found.controls_missing) == ("concerned", (RATE,))


def test_an_item_names_the_risks_of_its_threats(catalog: Catalog) -> None:
    made = assess(described(), catalog, today="2026-11-22")
    for found in made.coverage:
        if found.risks:
            assert found.state == "concerned"


@pytest.mark.parametrize("edition", EDITIONS)
def test_each_edition_has_its_own_numbering_of_the_llm_top_10(catalog: Catalog, edition: Edition) -> None:
    items = checklist(catalog, edition)
    names = {item.list for item in items}
    assert f"owasp_llm_top10_{edition}" in names
    assert not {f"owasp_llm_top10_{other}" for other in EDITIONS if other != edition} & names
    assert sum(item.list == f"owasp_llm_top10_{edition}" for item in items) == 10


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_list_is_answered_item_by_item(catalog: Catalog, edition: Edition) -> None:
    made: Assessment = assess(described(), catalog, today="2026-11-22", edition=edition)
    assert [(c.list, c.item) for c in made.coverage] == [(i.list, i.id) for i in checklist(catalog, edition)]
