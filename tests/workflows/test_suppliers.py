"""What suppliers must answer, how far that is, and what is done meanwhile."""

from __future__ import annotations

import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.kept import SupplierAnswer
from bartizan.register import suppliers as kept_suppliers
from bartizan.register.opening import Register
from bartizan.report.questionnaire import open_points
from bartizan.workflows import suppliers
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import keep
from bartizan.workflows.suppliers import Given
from tests.register.databases import Clock
from tests.workflows.desks import AGENT, desk_with, kept

OURS = AGENT.replace(
    "trained_by: supplier\n    run_by: supplier\n    supplier: Northwind AI", "trained_by: us\n    run_by: us"
)


def one(desk: Desk, control: str) -> SupplierAnswer:
    return next(a for a in kept(desk).holding.answers if a.control == control)


def some_control(desk: Desk) -> str:
    return str(kept(desk).assessment.open_points[0].control)


def given(control: str) -> Given:
    return Given(system="agent", supplier="northwind ai", control=control)


def test_each_open_point_of_the_assessment_is_a_question_to_the_supplier(register: Register) -> None:
    found = kept(desk_with(register))
    assert {a.control for a in found.holding.answers} == {p.control for p in found.assessment.open_points}
    assert {a.state for a in found.holding.answers} == {"open"}
    assert [s.name for s in found.holding.suppliers] == ["Northwind AI"]


def test_a_question_goes_from_open_to_verified(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    sent = suppliers.send(desk, "agent", "Northwind AI", by="anna")
    assert {a.control for a in sent} == {a.control for a in kept(desk).holding.answers}
    assert suppliers.record_answer(desk, given(control), "Yes.", by="anna").state == "answered"
    verified = suppliers.verify(desk, given(control), by="bo")
    assert (verified.state, verified.answered_on, verified.verified_on) == ("verified", "2026-11-22", "2026-11-22")
    assert verified.valid_until == "2027-05-21"
    assert verified.changed_by == "bo"


def test_nothing_is_sent_twice(register: Register) -> None:
    desk = desk_with(register)
    suppliers.send(desk, "agent", "Northwind AI", by="anna")
    with pytest.raises(Conflict, match="no question is open"):
        suppliers.send(desk, "agent", "Northwind AI", by="anna")


def test_an_answer_expires_on_its_day_and_is_asked_again(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    suppliers.send(desk, "agent", "Northwind AI", by="anna")
    suppliers.record_answer(desk, given(control), "Yes.", by="anna", valid_until="2026-12-01")
    clock.forward(days=9)
    assert not one(desk, control).expired(desk.today)
    clock.forward(days=1)
    assert one(desk, control).expired(desk.today)
    again = suppliers.send(desk, "agent", "Northwind AI", by="anna")
    assert [(a.control, a.state, a.valid_until) for a in again] == [(control, "sent", "")]


def test_a_question_that_no_risk_waits_for_is_settled_and_comes_back_as_it_was(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    suppliers.record_answer(desk, given(control), "Yes.", by="anna")
    keep(desk, OURS, file="system.yaml", by="anna", system="agent")
    assert {a.state for a in kept(desk).holding.answers} == {"settled"}
    keep(desk, AGENT, file="system.yaml", by="anna", system="agent")
    assert one(desk, control).state == "answered"
    assert one(desk, control).answer == "Yes."


def test_answers_survive_the_renaming_of_a_component(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    suppliers.record_answer(desk, given(control), "Yes.", by="anna")
    renamed = AGENT.replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]}", "[helper]}")
    keep(desk, renamed, file="system.yaml", by="anna", system="agent")
    assert one(desk, control).state == "answered"
    assert len(kept(desk).holding.suppliers) == 1


def test_a_supplier_is_known_by_the_name_that_was_given_last(register: Register) -> None:
    desk = desk_with(register)
    suppliers.send(desk, "agent", "Northwind AI", by="anna")
    suppliers.rename(desk, "northwind-ai", name="Northwind & Sons", by="anna", contact="ask@northwind.example")
    named = AGENT.replace("supplier: Northwind AI", "supplier: Northwind & Sons")
    keep(desk, named, file="system.yaml", by="anna", system="agent")
    found = kept(desk).holding
    assert [s.id for s in found.suppliers] == ["northwind-ai"]
    assert {a.state for a in found.answers} == {"sent"}


def test_suppliers_whose_names_make_the_same_id_are_two(register: Register) -> None:
    desk = desk_with(register, AGENT.replace("Northwind AI", "Яндекс"))
    keep(desk, AGENT.replace("Northwind AI", "百度"), file="system.yaml", by="anna", system="other")
    with desk.register.read() as connection:
        assert len(kept_suppliers.suppliers(connection)) == 2


def test_a_supplier_without_a_name_is_asked_all_the_same(register: Register) -> None:
    desk = desk_with(register, AGENT.replace("    supplier: Northwind AI\n", ""))
    (found,) = suppliers.asked(desk, "agent")
    assert found.supplier.name == kept_suppliers.NAMELESS
    assert all(line.risks for line in found.answers)
    assert suppliers.send(desk, "agent", found.supplier.id, by="anna")


def test_the_letter_asks_what_is_open_and_nothing_else(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    suppliers.record_answer(desk, given(control), "Yes.", by="anna")
    asked = {point.control for point in open_points(suppliers.letter(desk, "agent", "Northwind AI"))}
    assert asked == {p.control for p in kept(desk).assessment.open_points} - {control}


def test_to_accept_meanwhile_needs_a_reason(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    with pytest.raises(InputError, match="why it can be borne"):
        suppliers.set_meanwhile(desk, given(control), "accept", " ", by="anna")
    said = suppliers.set_meanwhile(desk, given(control), "accept", "a test system", by="anna")
    assert (said.meanwhile, said.meanwhile_why) == ("accept", "a test system")
    suppliers.record_answer(desk, given(control), "Yes.", by="anna")
    assert suppliers.verify(desk, given(control), by="anna").meanwhile == ""
    with pytest.raises(Conflict, match="nothing is waited for"):
        suppliers.set_meanwhile(desk, given(control), "avoid", "", by="anna")


def test_what_makes_no_sense_is_refused_and_changes_nothing(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    with pytest.raises(Conflict, match="is open"):
        suppliers.verify(desk, given(control), by="anna")
    with pytest.raises(InputError, match="has passed"):
        suppliers.record_answer(desk, given(control), "Yes.", by="anna", valid_until="2026-11-21")
    with pytest.raises(InputError, match="nothing is written"):
        suppliers.refuse(desk, given(control), "", by="anna")
    with pytest.raises(NotFound, match="nothing was asked"):
        suppliers.refuse(desk, given("no_such_control"), "no", by="anna")
    with pytest.raises(NotFound, match="did you mean 'Northwind AI'"):
        suppliers.send(desk, "agent", "Northwynd AI", by="anna")
    assert one(desk, control).state == "open"


def test_a_supplier_who_refuses_may_answer_after_all(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    refused = suppliers.refuse(desk, given(control), "that is a secret of ours", by="anna")
    assert refused.waits(desk.today)
    assert suppliers.record_answer(desk, given(control), "Here it is.", by="anna").state == "answered"


def test_two_people_never_overwrite_each_other(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    read = one(desk, control).revision
    suppliers.record_answer(desk, given(control), "Yes.", by="anna")
    late = Given(system="agent", supplier="northwind-ai", control=control, revision=read)
    with pytest.raises(Conflict, match="in the meantime"):
        suppliers.refuse(desk, late, "no", by="bo")


def test_the_overview_counts_what_is_in_each_state(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    suppliers.record_answer(desk, given(control), "Yes.", by="anna", valid_until="2026-11-23")
    clock.forward(days=2)
    (line,) = suppliers.overview(desk)
    assert line.states == {"open": len(kept(desk).holding.answers) - 1, "expired": 1}
    assert suppliers.overview(desk, only=frozenset({"another"})) == ()


def test_a_supplier_that_is_renamed_before_the_description_is_keeps_its_answers_and_contact(register: Register) -> None:
    desk = desk_with(register)
    control = some_control(desk)
    suppliers.rename(desk, "Northwind AI", name="Northwind AI", contact="desk@northwind.example", by="anna")
    suppliers.record_answer(desk, given(control), "Yes.", by="anna")
    suppliers.rename(desk, "Northwind AI", name="Northwind Holding", by="anna")
    keep(desk, AGENT.replace("Northwind AI", "Northwind Holding"), file="x", by="anna", system="agent")
    assert one(desk, control).state == "answered"
    assert [(s.name, s.contact) for s in kept(desk).holding.suppliers] == [
        ("Northwind Holding", "desk@northwind.example")
    ]
