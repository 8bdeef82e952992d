"""Rows of risks: what an assessment does to them, and how they follow a component to another name."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.records import Assessment
from bartizan.core.terms import ComponentId
from bartizan.register import risks, systems
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.register.risks import Labels, Moves
from bartizan.workflows.assess import Options, make_dossier
from tests.contracts.test_docs import SYSTEM as EXAMPLE
from tests.register.databases import Clock
from tests.register.seeds import HOSTILE, SYSTEM, seeded, whole

NONE = Labels(threats={}, components={})


@pytest.fixture(scope="module")
def made() -> Assessment:
    return make_dossier(EXAMPLE, Options(today="2026-11-22")).assessment


def moved(change: Change, moves: dict[str, str]) -> tuple[int, ...]:
    found: Moves = {ComponentId(a): ComponentId(b) for a, b in moves.items()}
    return risks.rename(change, SYSTEM, found, {}, lambda place: f"{place}~9")


def named(register: Register) -> dict[int, str]:
    with register.read() as connection:
        return {row.number: row.risk for row in risks.risks(connection, SYSTEM)}


def add(change: Change, number: int, risk: str, state: str = "open") -> None:
    threat, _, component = risk.partition("@")
    values = {"system": SYSTEM, "number": number, "risk": risk, "threat": threat, "component": component}
    change.insert(t.risks, {**values, "party": "us", "state": state}, "risk.add")


def test_an_assessment_gives_rows_and_the_same_one_changes_nothing(made: Assessment, register: Register) -> None:
    with register.change("anna") as change:
        systems.add(change, name="x", wanted=SYSTEM)
        found = risks.reconcile(change, SYSTEM, made, NONE)
    assert found.new == tuple(range(1, len(made.risks) + 1))
    assert set(named(register).values()) == {risk.id for risk in made.risks}
    before = whole(register)
    with register.change("anna") as change:
        assert risks.reconcile(change, SYSTEM, made, NONE) == risks.Reconciled()
    assert whole(register) == before


def test_what_applies_no_more_stays_with_the_reason_and_comes_back_as_the_same(
    made: Assessment, register: Register, clock: Clock
) -> None:
    less = msgspec.structs.replace(made, risks=made.risks[1:], verdicts=made.verdicts)
    gone = made.risks[0].id
    with register.change("anna") as change:
        systems.add(change, name="x", wanted=SYSTEM)
        risks.reconcile(change, SYSTEM, made, NONE)
        number = risks.risk(change.connection, SYSTEM, gone).number
        left = risks.reconcile(change, SYSTEM, less, NONE)
        row = risks.risk(change.connection, SYSTEM, number)
    assert left.left == (number,)
    assert (row.state, row.above_appetite) == ("gone", False)
    assert row.state_why
    clock.forward(days=3)
    with register.change("anna") as change:
        back = risks.reconcile(change, SYSTEM, made, NONE)
        row = risks.risk(change.connection, SYSTEM, number)
    assert back == risks.Reconciled(returned=(number,))
    assert (row.state, row.state_why, row.risk, row.first_seen, row.last_seen) == (
        "open",
        "",
        gone,
        "2026-11-22",
        "2026-11-25",
    )
    whole(register)


@pytest.mark.parametrize("label", [*HOSTILE, "long " * 2000, "nul \0 nul"])
def test_labels_of_any_kind_are_kept_as_far_as_they_fit(label: str, made: Assessment, register: Register) -> None:
    labels = Labels(threats={r.threat: label for r in made.risks}, components={r.component: label for r in made.risks})
    with register.change("anna") as change:
        systems.add(change, name="x", wanted=SYSTEM)
        risks.reconcile(change, SYSTEM, made, labels)
        found = risks.risks(change.connection, SYSTEM)
    fits = len(label) <= 200
    for row in found:
        assert row.label == row.name == (label.replace("\0", "") if fits else f"{label[:199]}…")
    whole(register)


def test_two_components_may_swap_their_names(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        add(change, 3, "data_poison@other")
        add(change, 4, "evasion@other")
        assert set(moved(change, {"agent": "other", "other": "agent"})) == {1, 2, 3, 4}
    assert named(register) == {
        1: "prompt_injection@other",
        2: "data_poison@other",
        3: "data_poison@agent",
        4: "evasion@agent",
    }
    whole(register)


def test_names_that_move_in_a_row_all_arrive(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        add(change, 3, "data_poison@b")
        add(change, 4, "data_poison@c")
        moved(change, {"agent": "b", "b": "c", "c": "d"})
    assert named(register) == {1: "prompt_injection@b", 2: "data_poison@b", 3: "data_poison@c", 4: "data_poison@d"}


def test_of_components_that_become_one_each_risk_is_one_row_and_the_other_is_set_aside(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        add(change, 3, "data_poison@b")
        add(change, 4, "evasion@b")
        moved(change, {"agent": "c", "b": "c"})
    assert named(register) == {1: "prompt_injection@c", 2: "data_poison@c", 3: "data_poison@b~9", 4: "evasion@c"}


def test_the_row_of_the_component_that_stays_is_not_moved_out_by_one_that_is_merged_in(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        add(change, 3, "data_poison@b")
        add(change, 4, "data_poison@c")
        moved(change, {"agent": "b", "b": "c"})
    assert named(register) == {1: "prompt_injection@b", 2: "data_poison@b", 3: "data_poison@b~9", 4: "data_poison@c"}
    whole(register)


def test_an_open_risk_has_the_name_before_one_that_is_gone(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        add(change, 3, "evasion@agent", "gone")
        add(change, 4, "evasion@b")
        moved(change, {"agent": "c", "b": "c"})
    assert named(register)[4] == "evasion@c"
    assert named(register)[3] == "evasion@agent~9"


def test_an_owner_and_a_review_are_kept_and_two_editors_do_not_overwrite_each_other(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        row = risks.assign_owner(change, SYSTEM, 1, "olaf", revision=0)
        assert risks.set_review(change, SYSTEM, 1, "2027-01-01", revision=row.revision).review_due == "2027-01-01"
    before = whole(register)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        risks.assign_owner(change, SYSTEM, 1, "zoe", revision=row.revision)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        risks.set_review(change, SYSTEM, 1, "", revision=row.revision)
    with pytest.raises(InputError, match=r"risks\.owner"), register.change("ben") as change:
        risks.assign_owner(change, SYSTEM, 1, "o" * 201)
    assert whole(register) == before


@pytest.mark.parametrize("which", [9, "nothing@nowhere", "x" * 5000])
def test_a_risk_that_is_not_there_is_said_to_be_missing(which: int | str, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        with pytest.raises(NotFound, match="has no risk") as missing:
            risks.risk(change.connection, SYSTEM, which)
    assert len(str(missing.value)) < 300
