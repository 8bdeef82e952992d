"""What changed between two assessments, and why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.assess.assessment import Assessor, assess
from bartizan.assess.compare import Assessed, compare
from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.core.comparison import Comparison
from bartizan.core.terms import EDITIONS, ComponentId, ControlId, ControlStatus, Edition, Outcome
from bartizan.system.graph import System
from bartizan.system.renames import match, new_names
from tests.assess.described import described
from tests.strategies import Plain, as_system, descriptions, systems, with_order

TODAY = "2026-11-22"
OPEN = "trusted: yes, crowd: few, motive: no -> trusted: no, crowd: public, motive: yes"
RENAMED = "id: bot\n -> id: helper\n    renamed_from: [bot]\n"
USERS = "uses: [bot] -> uses: [helper]"


def assessed(system: System, edition: Edition | None = None) -> Assessed:
    catalog = load_catalog()
    return Assessed(system, catalog, assess(system, catalog, today=TODAY, edition=edition))


def compared(before: System, after: System) -> Comparison:
    return compare(assessed(before), assessed(after))


def test_nothing_changed_is_said_of_the_same_description() -> None:
    found = compared(described(), described())
    assert found.is_same
    assert not found.is_worse


def test_a_verdict_that_turned_names_the_fact_that_turned_it() -> None:
    found = compared(described(), described(people=OPEN))
    change = next(v for v in found.verdicts if (v.threat, v.component) == ("rag_corpus_poison", "docs"))
    assert (change.before, change.after) == (Outcome.THEORETICAL, Outcome.APPLIES)
    assert [(f.value_before, f.value_after) for f in change.facts] == [(False, True)]
    assert change.facts[0].origins[0].line is not None
    assert change.rules == ()


def test_a_risk_that_went_up_names_the_factor_that_moved() -> None:
    found = compared(described(), described(people=OPEN))
    moved = [r for r in found.risks if r.move in {"up", "shifted"}]
    assert moved
    assert found.is_worse
    assert any("Number of potential attackers 2 → 5" in why for r in moved for why in r.why)


def test_the_way_back_goes_down() -> None:
    forth, back = (
        compared(*pair) for pair in ((described(), described(people=OPEN)), (described(people=OPEN), described()))
    )
    opposite = {"new": "gone", "gone": "new", "up": "down", "down": "up", "shifted": "shifted"}
    assert {(r.id, opposite[r.move]) for r in forth.risks} == {(r.id, r.move) for r in back.risks}


def test_an_impact_that_moved_says_so() -> None:
    found = compared(described(), described(harm="behaviour: medium -> behaviour: very_high"))
    assert any(why.startswith("impact 3 → 5") for r in found.risks for why in r.why)


def test_renaming_a_component_changes_nothing_but_its_name() -> None:
    found = compared(described(), described(model=RENAMED, people=USERS))
    assert (found.verdicts, found.risks, found.controls, found.asked, found.answered) == ((), (), (), (), ())
    assert [(c.id, c.before, c.change) for c in found.components] == [("helper", "bot", "renamed")]
    assert not found.is_worse


def test_renaming_is_followed_whichever_description_tells_of_it() -> None:
    found = compared(described(model=RENAMED, people=USERS), described())
    assert (found.verdicts, found.risks) == ((), ())


def test_without_renamed_from_a_component_is_gone_and_another_is_new() -> None:
    found = compared(described(), described(model="id: bot\n -> id: helper\n", people=USERS))
    assert {(c.id, c.change) for c in found.components} == {("bot", "removed"), ("helper", "added")}
    assert {"the component is new", "the component is gone"} <= {v.why for v in found.verdicts}


def test_what_a_renamed_model_implied_is_renamed_with_it() -> None:
    system = described(model=RENAMED, people=USERS)
    assert ComponentId("helper.training-data") in system.implied
    assert new_names(system)[ComponentId("bot.training-data")] == "helper.training-data"
    assert match(described(), system)[ComponentId("bot.training-data")] == "helper.training-data"


def test_a_control_that_got_further_is_a_change_at_its_place() -> None:
    some = "controls:\n  - {control: oversight, status: %s, at: [bot]}\nincidents: no"
    first = described(end=f"incidents: no -> {some % 'implemented'}")
    second = described(end=f"incidents: no -> {some % 'verified'}")
    found = compared(first, second)
    assert [(c.control, c.before, c.after, c.components) for c in found.controls] == [
        ("oversight", ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED, ("bot",))
    ]


def test_a_control_of_the_whole_system_names_no_place(catalog: Catalog) -> None:
    second = described(
        end="incidents: no -> incidents: no\ncontrols:\n  - {control: runtime_model_integrity, status: verified}"
    )
    found = compared(described(), second)
    assert [(c.before, c.after, c.components) for c in found.controls] == [
        (ControlStatus.NOT_STARTED, ControlStatus.VERIFIED, ())
    ]
    assert [(r.id, r.why) for r in found.risks] == [
        ("runtime_model_poison@bot", (f"{catalog.controls[ControlId('runtime_model_integrity')].title}: verified",))
    ]


def test_an_answer_that_was_given_is_no_longer_missing() -> None:
    answered = described(model="output_goes_to -> input_sensitive: no\n    output_goes_to")
    found = compared(described(), answered)
    assert ("bot", "input_sensitive") in {(s.component, s.field) for s in found.answered}
    assert any((v.threat, v.before) == ("input_data_leak", Outcome.UNKNOWN) for v in found.verdicts)
    back = compared(answered, described())
    assert ("bot", "input_sensitive") in {(s.component, s.field) for s in back.asked}


INPUT = "output_goes_to -> input_sensitive: yes\n    output_goes_to"
NO_DOCS = "  - {id: docs, kind: data, role: retrieval, sensitive: no, written_by: [staff], source: us}\n -> "


def test_a_risk_whose_answer_was_deleted_is_no_longer_decided_and_not_gone() -> None:
    found = compared(described(model=INPUT), described())
    change = next(r for r in found.risks if r.threat == "input_data_leak")
    assert (change.move, change.after) == ("undecided", None)
    assert [(need.component, need.field) for need in change.missing] == [("bot", "input_sensitive")]


def test_a_risk_whose_place_may_still_be_there_is_no_longer_decided() -> None:
    before = described(people=OPEN)
    after = described(people=OPEN, model="reads: [docs] -> reads: unknown", docs=NO_DOCS)
    change = next(r for r in compared(before, after).risks if r.id == "augmentation_data_manipulation@docs")
    assert change.move == "undecided"
    assert [(need.component, need.field) for need in change.missing] == [("bot", "reads")]


def test_a_risk_whose_place_was_taken_out_is_gone() -> None:
    before = described(people=OPEN)
    after = described(people=OPEN, model="reads: [docs] -> reads: []", docs=NO_DOCS)
    change = next(r for r in compared(before, after).risks if r.id == "augmentation_data_manipulation@docs")
    assert (change.move, change.missing) == ("gone", ())


@pytest.mark.parametrize("above", [True, False])
def test_what_is_no_longer_decided_is_worse_if_it_was_above_appetite(above: bool) -> None:
    found = compared(described(model=INPUT), described())
    change = next(r for r in found.risks if r.move == "undecided")
    alone = msgspec.structs.replace(change, above_before=above)
    assert msgspec.structs.replace(found, risks=(alone,)).is_worse is above


@settings(max_examples=60)
@given(systems(), systems())
def test_a_risk_is_never_gone_where_its_verdict_is_unknown_now(before: System, after: System) -> None:
    found = compared(before, after)
    unknown = {v.id for v in assessed(after).assessment.verdicts if v.outcome is Outcome.UNKNOWN}
    for change in found.risks:
        assert change.move != "gone" or change.id not in unknown
        assert bool(change.missing) <= (change.move == "undecided")


def test_a_verdict_that_two_editions_see_otherwise_shows_both_rules() -> None:
    found = compare(assessed(described(), 2023), assessed(described(), 2026))
    both = [v for v in found.verdicts if v.before and v.after]
    assert both
    assert all(rule.before != rule.after for v in both for rule in v.rules)
    assert any(v.rules for v in both)


def test_a_threat_that_an_edition_does_not_judge_says_so() -> None:
    found = compare(assessed(described(people=OPEN), 2023), assessed(described(people=OPEN), 2026))
    change = next(v for v in found.verdicts if v.threat == "augmentation_data_manipulation")
    assert change.before is None
    assert change.why == "the edition of 2023 does not judge this threat"


def test_names_that_changed_between_editions_are_told_and_capitals_are_no_change(catalog: Catalog) -> None:
    found = compare(assessed(described(), 2023), assessed(described(), 2026))
    assert {n.kind for n in found.names} == {"threat", "control"}
    assert all(n.before.casefold() != n.after.casefold() for n in found.names)
    assert compare(assessed(described()), assessed(described())).names == ()


def test_scales_that_differ_are_a_reason(catalog: Catalog) -> None:
    steeper = tuple(tuple(min(5, cell + 1) for cell in row) for row in catalog.scales.matrix)
    other = msgspec.structs.replace(catalog, scales=msgspec.structs.replace(catalog.scales, matrix=steeper))
    system = described()
    found = compare(assessed(system), Assessed(system, other, Assessor(other).assess(system, today=TODAY)))
    assert found.risks
    assert all(r.move == "up" and r.why == ("the scales differ",) for r in found.risks)


@settings(max_examples=100)
@given(systems(), st.sampled_from(EDITIONS))
def test_no_system_differs_from_itself(system: System, edition: Edition) -> None:
    assert compare(assessed(system, edition), assessed(system, edition)).is_same


@settings(max_examples=100)
@given(systems(), systems())
def test_any_two_systems_can_be_compared_and_every_turn_has_a_reason(before: System, after: System) -> None:
    for change in compared(before, after).verdicts:
        assert change.facts or change.rules or change.why


@settings(max_examples=60)
@given(systems(), st.sampled_from(EDITIONS), st.sampled_from(EDITIONS))
def test_any_two_editions_can_be_compared(system: System, first: Edition, second: Edition) -> None:
    found = compare(assessed(system, first), assessed(system, second))
    old = {r.id for r in assessed(system, first).assessment.risks}
    new = {r.id for r in assessed(system, second).assessment.risks}
    assert {r.id for r in found.risks if r.move in {"gone", "undecided"}} == old - new
    assert {r.id for r in found.risks if r.move == "new"} == new - old


@settings(max_examples=60)
@given(descriptions(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_is_no_change(data: Plain, random: Any) -> None:
    other = with_order(data, lambda entries: list(random.sample(entries, len(entries))))
    assert compared(as_system(data), as_system(other)).is_same
