"""Which controls matter, how far they are, and in which order to take them."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.assess.assessment import assess
from bartizan.assess.select import Advisor, Statuses
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Assessment, Step
from bartizan.core.terms import EDITIONS, SYSTEM, ComponentId, ControlId, ControlStatus, Edition, Party
from bartizan.system.description import ControlInPlace
from tests.assess.described import described

BOT, DOCS = ComponentId("bot"), ComponentId("docs")
RATE = ControlId("rate_limit")


def declared(status: ControlStatus, *at: ComponentId, control: ControlId = RATE) -> ControlInPlace:
    return ControlInPlace(control=control, status=status, at=at)


def test_a_control_that_nobody_declared_is_not_started() -> None:
    assert Statuses([]).of(RATE, BOT) is ControlStatus.NOT_STARTED


def test_a_control_without_a_place_holds_everywhere() -> None:
    statuses = Statuses([declared(ControlStatus.PLANNED)])
    assert {statuses.of(RATE, at) for at in (BOT, DOCS, SYSTEM)} == {ControlStatus.PLANNED}


def test_a_control_at_one_component_says_nothing_of_another() -> None:
    statuses = Statuses([declared(ControlStatus.VERIFIED, BOT)])
    assert statuses.of(RATE, BOT) is ControlStatus.VERIFIED
    assert statuses.of(RATE, DOCS) is ControlStatus.NOT_STARTED


def test_the_best_of_several_declarations_counts() -> None:
    statuses = Statuses([declared(ControlStatus.PLANNED), declared(ControlStatus.IMPLEMENTED, BOT)])
    assert (statuses.of(RATE, BOT), statuses.of(RATE, DOCS)) == (ControlStatus.IMPLEMENTED, ControlStatus.PLANNED)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_threat_is_advised_each_control_once_and_none_that_is_retired(catalog: Catalog, edition: Edition) -> None:
    advisor = Advisor(catalog, edition)
    for threat in catalog.threats.values():
        found = [advised.control for advised in advisor.against(threat)]
        assert len({c.id for c in found}) == len(found)
        assert all(c.status != "retired" and edition in c.names for c in found)


def test_advice_says_why_it_helps_and_who_says_so(catalog: Catalog) -> None:
    advisor = Advisor(catalog, 2026)
    for threat in catalog.threats.values():
        assert all(advised.why and advised.said_by for advised in advisor.against(threat))


def test_steps_come_planned_first_then_highest_risk_then_cheapest_for_what_they_take_off_it(
    assessment: Assessment,
) -> None:
    risks = {risk.id: risk for risk in assessment.risks}

    def rank(step: Step) -> tuple[bool, int, float]:
        first = min((risks[r] for r in step.risks), key=lambda r: (-r.current.level, r.id))
        advice = next(a for a in first.controls if a.control == step.control)
        return not step.planned, -first.current.level, step.cost / (advice.likelihood + advice.impact)

    ranks = [rank(step) for step in assessment.steps if step.buys]
    assert ranks == sorted(ranks)
    assert [step.order for step in assessment.steps] == list(range(1, len(assessment.steps) + 1))


def test_a_step_counts_what_it_buys_on_all_its_risks(assessment: Assessment) -> None:
    for step in assessment.steps:
        found = [a for r in assessment.risks if r.id in step.risks for a in r.controls if a.control == step.control]
        if step.buys:
            assert step.buys == pytest.approx(sum(a.likelihood + a.impact for a in found), abs=0.01)
        assert step.above_appetite == sum(r.above_appetite for r in assessment.risks if r.id in step.risks)


def test_what_is_verified_or_does_not_apply_or_is_the_suppliers_is_no_step(assessment: Assessment) -> None:
    for step in assessment.steps:
        assert step.status not in {ControlStatus.VERIFIED, ControlStatus.NOT_APPLICABLE}
        assert step.party is not Party.SUPPLIER


def test_governance_carries_every_risk_and_comes_last(assessment: Assessment, catalog: Catalog) -> None:
    advisor = Advisor(catalog, assessment.edition)
    foundation = [control.id for control in advisor.foundation]
    assert [s.control for s in assessment.steps if not s.buys and len(s.risks) == len(assessment.risks)] == foundation


def test_governance_that_is_verified_is_no_step(catalog: Catalog) -> None:
    system = described(end="incidents: no -> controls: [{control: sec_program, status: verified}]")
    made = assess(system, catalog, today="2026-11-22")
    assert "sec_program" not in {step.control for step in made.steps}


def test_a_step_shows_the_status_that_is_least_far(catalog: Catalog) -> None:
    system = described(
        end="incidents: no -> controls: [{control: supply_chain_manage, status: implemented, at: [docs]}]"
    )
    made = assess(system, catalog, today="2026-11-22")
    step = next(s for s in made.steps if s.control == "supply_chain_manage")
    assert len(step.risks) > 1
    assert step.status is ControlStatus.NOT_STARTED


def test_steps_are_values_that_survive_a_round_trip(assessment: Assessment) -> None:
    again = msgspec.json.decode(msgspec.json.encode(assessment.steps), type=tuple[Step, ...])
    assert again == assessment.steps
