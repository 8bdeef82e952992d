"""Ways out, options in words, and which decision holds."""

from __future__ import annotations

import pytest

from bartizan.assess.assessment import assess
from bartizan.assess.rate import level
from bartizan.assess.treat import options
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Advice, Assessment, Change, Decision, Option, Risk
from bartizan.core.terms import ControlId, ControlStatus, Outcome, Party, Treatment
from bartizan.system.graph import System
from tests.assess.described import described

TODAY = "2026-11-22"
RISK = "runtime_model_poison@bot"
RENAMED = "id: bot\n -> id: helper\n    renamed_from: [bot]\n"
USERS = "uses: [bot] -> uses: [helper]"


def decision(risk: str = RISK, *, on: str = "2026-05-03", until: str = "2027-05-03", **more: Treatment) -> Decision:
    treatment = more.get("treatment", Treatment.ACCEPT)
    return Decision(risk=risk, treatment=treatment, reason="a pilot", by="A. Owner", on=on, until=until)


def made(catalog: Catalog, *decisions: Decision, system: System | None = None) -> Assessment:
    return assess(system or described(), catalog, today=TODAY, decisions=decisions)


def one(assessment: Assessment, risk: str = RISK) -> Risk:
    return next(r for r in assessment.risks if r.id == risk)


# decisions


def test_a_decision_stands_at_its_risk(catalog: Catalog) -> None:
    found = one(made(catalog, decision()))
    assert found.decision == decision()
    assert found.decision_note == ""


def test_an_acceptance_holds_on_its_last_day_and_lapses_after_it(catalog: Catalog) -> None:
    last, lapsed = (made(catalog, decision(until=until)) for until in (TODAY, "2026-11-21"))
    assert one(last).decision_note == ""
    assert one(lapsed).decision_note == "the acceptance lapsed on 21 Nov 2026"
    assert [n.component for n in lapsed.notes if n.kind == "lapsed_decision"] == ["bot"]


def test_an_acceptance_without_an_end_asks_for_one(catalog: Catalog) -> None:
    assert one(made(catalog, decision(until=""))).decision_note == "accepted without an end date; give it one"


def test_a_treatment_that_is_no_acceptance_needs_no_end(catalog: Catalog) -> None:
    assert one(made(catalog, decision(until="", treatment=Treatment.MITIGATE))).decision_note == ""


def test_a_decision_whose_risk_is_gone_is_an_orphan(catalog: Catalog) -> None:
    found = made(catalog, decision("evasion@nowhere"))
    orphans = [n for n in found.notes if n.kind == "orphaned_decision"]
    assert [n.component for n in orphans] == ["nowhere"]
    assert orphans[0].text == "accept by A. Owner on 3 May 2026: evasion at nowhere no longer applies (evasion@nowhere)"


def test_an_orphan_names_its_component_as_people_do(catalog: Catalog) -> None:
    named = described(docs="{id: docs, -> {id: docs, name: House rules,")
    texts = [made(catalog, decision(f"model_theft_use@{at}"), system=named).notes[0].text for at in ("docs", "system")]
    assert "model theft use at House rules no longer applies" in texts[0]
    assert "model theft use at the system as a whole no longer applies" in texts[1]


def test_a_decision_follows_its_component_when_that_is_renamed(catalog: Catalog) -> None:
    found = made(catalog, decision(), system=described(model=RENAMED, people=USERS))
    assert one(found, "runtime_model_poison@helper").decision == decision()
    assert not [n for n in found.notes if n.kind == "orphaned_decision"]


def test_the_latest_of_several_decisions_holds_whatever_its_name(catalog: Catalog) -> None:
    old, new = decision(until="2026-06-01"), decision("runtime_model_poison@helper", on="2026-07-01")
    system = described(model=RENAMED, people=USERS)
    for order in ((old, new), (new, old)):
        found = made(catalog, *order, system=system)
        assert one(found, new.risk).decision == new
        assert not [n for n in found.notes if n.kind == "lapsed_decision"]


def test_a_decision_changes_no_level(catalog: Catalog) -> None:
    with_it, without = made(catalog, decision()), made(catalog)
    assert [(r.id, r.current) for r in with_it.risks] == [(r.id, r.current) for r in without.risks]


# options


def advice(party: Party = Party.US) -> Advice:
    return Advice(
        control=ControlId("rate_limit"),
        status=ControlStatus.NOT_STARTED,
        party=party,
        party_why="",
        likelihood=1.0,
        impact=0.0,
        why="",
        said_by=(),
    )


def treated(
    catalog: Catalog, *found: Advice, likely: int = 5, ways: tuple[Change, ...] = ()
) -> dict[Treatment, Option]:
    current, residual = level(catalog.scales, likely, 5), level(catalog.scales, 1, 2)
    return {o.treatment: o for o in options(current, residual, found, ways, catalog)}


def test_every_risk_has_four_options(catalog: Catalog, assessment: Assessment) -> None:
    for risk in assessment.risks:
        assert [o.treatment for o in risk.options] == list(Treatment)


def test_mitigating_says_where_the_plan_leads(catalog: Catalog) -> None:
    assert treated(catalog, advice())[Treatment.MITIGATE].means == "the plan brings it from very high to very low"


@pytest.mark.parametrize("found", [(), (advice(Party.SUPPLIER),)])
def test_without_a_control_of_yours_there_is_nothing_to_mitigate_with(
    catalog: Catalog, found: tuple[Advice, ...]
) -> None:
    option = treated(catalog, *found)[Treatment.MITIGATE]
    assert not option.possible
    assert "ask the supplier" in option.means


def test_a_risk_with_a_supplier_can_be_agreed_with_them(catalog: Catalog) -> None:
    assert "supplier" in treated(catalog, advice(Party.SHARED))[Treatment.TRANSFER].means
    assert treated(catalog, advice())[Treatment.TRANSFER].means == "insure it"


def test_accepting_above_appetite_needs_a_name_and_an_end(catalog: Catalog) -> None:
    assert "needs a reason, a name and an end date" in treated(catalog, likely=5)[Treatment.ACCEPT].means


def test_avoiding_names_the_smallest_changes(catalog: Catalog) -> None:
    way = Change(facts=("reads_untrusted_data",), acts=("Read nothing",), leads_to=Outcome.DOES_NOT_APPLY)
    found = treated(catalog, ways=(way,))[Treatment.AVOID]
    assert found.possible
    assert found.means == "read nothing"
    assert not treated(catalog)[Treatment.AVOID].possible
