"""What is due, worked out from what is kept and the day; reviews that people do; assessing anew."""

from __future__ import annotations

import pytest

from bartizan.core.due import Due
from bartizan.core.errors import InputError
from bartizan.core.evidence import Evidence
from bartizan.core.kept import Review
from bartizan.core.terms import ControlId, ControlStatus, Treatment
from bartizan.register import events as kept_events
from bartizan.register import risks, systems, tables
from bartizan.register.opening import Register
from bartizan.workflows import events, reviews, suppliers
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import add_evidence, decide, keep, refresh, set_control
from tests.register.databases import Clock
from tests.workflows.desks import AGENT, accept, desk_with, kept, worst


def of_kind(desk: Desk, kind: str, within: int = 30) -> list[Due]:
    return [one for one in reviews.list_due(desk, within=within) if one.kind == kind]


def test_nothing_is_due_of_a_system_that_was_just_kept(register: Register) -> None:
    desk = desk_with(register)
    assert {one.kind for one in reviews.list_due(desk)} <= {"unknown"}


def test_a_system_is_to_be_reviewed_some_time_after_it_was_looked_at(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    clock.forward(days=149)
    assert not of_kind(desk, "review")
    clock.forward(days=1)
    (found,) = of_kind(desk, "review")
    assert found.due == "2027-05-21"
    refresh(desk, "agent", by="nightly")  # no look of a person
    assert of_kind(desk, "review")
    reviews.done(desk, "agent", "all as it was", by="anna")
    assert not of_kind(desk, "review")


def test_a_day_that_was_set_comes_before_the_policy(register: Register) -> None:
    desk = desk_with(register)
    reviews.done(desk, "agent", "look again soon", by="anna", next_on="2026-12-05")
    assert [one.due for one in of_kind(desk, "review")] == ["2026-12-05"]
    reviews.done(desk, "agent", "looked early", by="anna")
    (newest, _) = done_ones(desk)
    assert (newest.due, newest.outcome, newest.done_by) == ("2026-12-05", "looked early", "anna")
    assert not of_kind(desk, "review")


def done_ones(desk: Desk) -> tuple[Review, ...]:
    return tuple(one for one in kept(desk).holding.reviews if one.done_at)


def test_a_review_says_what_came_of_it_and_is_not_in_the_past(register: Register) -> None:
    desk = desk_with(register)
    with pytest.raises(InputError) as raised:
        reviews.done(desk, "agent", " ", by="anna", next_on="2026-11-22")
    assert len(raised.value.problems) == 2
    assert not kept(desk).holding.reviews


def test_an_acceptance_is_due_before_it_ends_and_once_it_lapsed(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    number = worst(desk)
    accept(desk, number, "2027-01-01")
    assert not of_kind(desk, "acceptance")
    clock.forward(days=20)
    (ends,) = of_kind(desk, "acceptance")
    assert (ends.due, ends.risk_number) == ("2027-01-01", number)
    clock.forward(days=30)
    refresh(desk, "agent", by="nightly")
    assert not of_kind(desk, "acceptance")
    (lapsed,) = of_kind(desk, "lapsed")
    assert lapsed.risk_number == number
    assert lapsed == reviews.list_due(desk)[0]
    decide(desk, "agent", number, Choice(treatment=Treatment.MITIGATE, reason="we fix it"), by="anna")
    assert not of_kind(desk, "lapsed")


def test_a_request_waits_for_approval(register: Register) -> None:
    desk = desk_with(register)
    choice = Choice(treatment=Treatment.ACCEPT, reason="we can bear it", until="2027-06-01")
    decide(desk, "agent", worst(desk), choice, by="anna")
    (found,) = of_kind(desk, "request")
    assert "anna asks" in found.what


def test_days_of_decisions_controls_and_risks_become_due(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    number = worst(desk)
    decide(desk, "agent", number, Choice(treatment=Treatment.MITIGATE, reason="x", due="2027-01-10"), by="anna")
    planned = Standing(status=ControlStatus.PLANNED, due="2027-01-11", owner="Bo")
    set_control(desk, "agent", "monitor_use", planned, by="anna")
    with register.change("anna") as change:
        risks.set_review(change, "agent", number, "2027-01-12")
    reviews.plan(desk, "agent", "2027-01-13", by="anna", risk=number, why="after the pilot")
    assert not {"treatment", "control", "risk"} & {one.kind for one in reviews.list_due(desk)}
    clock.forward(days=30)
    found = [(one.kind, one.due) for one in reviews.list_due(desk) if one.kind in {"treatment", "control", "risk"}]
    assert found == [
        ("treatment", "2027-01-10"),
        ("control", "2027-01-11"),
        ("risk", "2027-01-12"),
        ("risk", "2027-01-13"),
    ]
    set_control(desk, "agent", "monitor_use", Standing(status=ControlStatus.IMPLEMENTED), by="anna")
    assert not of_kind(desk, "control")


def proof(held_on: str, until: str = "", **more: object) -> Evidence:
    said = {"control": ControlId("oversight"), "what": "we looked", "kind": "review", "passed": True}
    return Evidence(**said, held_on=held_on, valid_until=until, **more)  # type: ignore[arg-type]


def test_evidence_is_due_when_it_grows_stale_unless_newer_is_there(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    add_evidence(desk, "agent", proof("2026-11-01", "2026-12-30"), by="anna")
    assert not of_kind(desk, "evidence", within=10)
    clock.forward(days=39)
    (found,) = of_kind(desk, "evidence")
    assert found.due == "2026-12-30"
    add_evidence(desk, "agent", proof("2026-12-20"), by="anna")
    assert not of_kind(desk, "evidence")


def test_evidence_is_due_when_its_target_changed(register: Register) -> None:
    digests = "    digests: {model: " + "a" * 64 + "}\n"
    text = AGENT.replace("    trained_by: supplier\n", f"    trained_by: supplier\n{digests}")
    desk = desk_with(register, text)
    seen = proof("2026-11-01", component="agent", digests={"model": "a" * 64})
    add_evidence(desk, "agent", seen, by="anna")
    assert not of_kind(desk, "evidence")
    keep(desk, text.replace("a" * 64, "b" * 64), file="system.yaml", by="anna", system="agent")
    (found,) = of_kind(desk, "evidence")
    assert "has changed since" in found.what


def test_a_silent_supplier_and_an_answer_that_expires_are_due(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    sent = suppliers.send(desk, "agent", "Northwind AI", by="anna")
    given = suppliers.Given(system="agent", supplier="northwind-ai", control=sent[0].control)
    suppliers.record_answer(desk, given, "Yes.", by="anna", valid_until="2027-01-15")
    assert not of_kind(desk, "supplier")
    clock.forward(days=30)
    silent, expires = of_kind(desk, "supplier")
    assert f"{len(sent) - 1} questions since 22 Nov 2026" in silent.what
    assert expires.due == "2027-01-15"


def test_events_are_due_until_somebody_looked(register: Register) -> None:
    desk = desk_with(register)
    happened = '{"kind": "blocked", "at": "2026-11-21T23:30:00-05:00", "count": 7, "risk": "R-1"}'
    with register.change("gateway") as change:
        kept_events.add(change, "agent", events.read_events(happened, "e.jsonl", {"R-1": 1}))
    (found,) = of_kind(desk, "event")
    assert (found.risk_number, found.due) == (1, "2026-11-22")
    assert "7 times" in found.what
    assert kept(desk).holding.events
    assert events.see(desk, "agent", by="anna") == 1
    assert not of_kind(desk, "event")


def test_another_catalogue_and_another_edition_are_due(register: Register) -> None:
    desk = desk_with(register, f"edition: 2025\n{AGENT}")
    assert [one.about for one in of_kind(desk, "edition")] == ["2026"]
    with register.change("anna") as change:
        key = {"system": "agent", "number": 1}
        change.update(tables.assessments, key, {"catalog_digest": "of before"}, "assessment.renew")
    assert of_kind(desk, "catalogue")
    refresh(desk, "agent", by="anna")
    assert not of_kind(desk, "catalogue")


def test_what_has_passed_comes_first_then_what_comes_then_what_stands(register: Register, clock: Clock) -> None:
    unsure = AGENT.replace("    input_sensitive: yes\n", "    input_sensitive: yes\n    output_can_harm: unknown\n")
    desk = desk_with(register, f"edition: 2025\n{unsure}")
    for day in ("2026-12-01", "2026-12-20"):
        reviews.plan(desk, "agent", day, by="anna", risk=1)
    clock.forward(days=15)
    found = reviews.list_due(desk)
    assert [one.due for one in found[:2]] == ["2026-12-01", "2026-12-20"]
    assert {one.kind for one in found[2:]} == {"edition", "unknown"}


def test_what_is_put_away_is_not_due_and_a_person_sees_their_own(register: Register, clock: Clock) -> None:
    desk = desk_with(register)
    keep(desk, AGENT.replace("Mail agent", "Other"), file="system.yaml", by="anna", system="other")
    clock.forward(days=400)
    assert {one.system for one in reviews.list_due(desk)} == {"agent", "other"}
    assert {one.system for one in reviews.list_due(desk, only=["other"])} == {"other"}
    assert reviews.list_due(desk, only=[]) == ()
    with register.change("anna") as change:
        systems.archive(change, "other", True)
    assert {one.system for one in reviews.list_due(desk)} == {"agent"}


def test_one_system_that_cannot_be_assessed_keeps_no_other_from_it(register: Register) -> None:
    desk = desk_with(register)
    keep(desk, AGENT.replace("Mail agent", "Other"), file="system.yaml", by="anna", system="other")
    broken = AGENT.replace("rate_limit", "no_such_control")
    with register.change("anna") as change:
        change.update(tables.versions, {"system": "agent", "number": 1}, {"description": broken}, "version.change")
    first, second = reviews.refresh_all(desk, ["agent", "other"], by="nightly")
    assert "no_such_control" in first.error
    assert (second.system, second.error) == ("other", "")
