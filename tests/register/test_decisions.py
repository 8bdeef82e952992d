"""Decisions and acceptances: every state and everything that can be done in it, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.kept import DecisionState, KeptDecision
from bartizan.core.terms import Treatment
from bartizan.register import decisions
from bartizan.register.change import Change
from bartizan.register.opening import Register
from tests.register.databases import Clock
from tests.register.seeds import SYSTEM, a_state, seeded, whole

NOW = a_state()


def mitigated(change: Change, treatment: Treatment = Treatment.MITIGATE) -> KeptDecision:
    return decisions.decide(change, SYSTEM, 1, treatment, reason="r", by="anna", on=change.day, due="2026-12-24")


def requested(change: Change) -> KeptDecision:
    return decisions.request(change, SYSTEM, 1, NOW, reason="small", by="anna", until="2026-12-31", owner="olaf")


def accepted(change: Change) -> KeptDecision:
    return approve(change, requested(change))


def rejected(change: Change) -> KeptDecision:
    return reject(change, requested(change))


def lapsed(change: Change) -> KeptDecision:
    return lapse(change, accepted(change))


def withdrawn(change: Change) -> KeptDecision:
    return withdraw(change, mitigated(change))


def replaced(change: Change) -> KeptDecision:
    first = mitigated(change)
    mitigated(change, Treatment.AVOID)
    return decisions.decision(change.connection, SYSTEM, first.number)


def approve(change: Change, one: KeptDecision) -> KeptDecision:
    return decisions.approve(change, SYSTEM, one.number, NOW, by="ben")


def reject(change: Change, one: KeptDecision) -> KeptDecision:
    return decisions.reject(change, SYSTEM, one.number, by="ben", why="too much")


def withdraw(change: Change, one: KeptDecision) -> KeptDecision:
    return decisions.withdraw(change, SYSTEM, one.number, by="anna", why="a mistake")


def lapse(change: Change, one: KeptDecision) -> KeptDecision:
    return decisions.lapse(change, one, "its last day was 2026-12-31")


Step = Callable[[Change], KeptDecision]
Act = Callable[[Change, KeptDecision], KeptDecision]
STATES: tuple[Step, ...] = (mitigated, requested, accepted, rejected, lapsed, withdrawn, replaced)
ACTS: tuple[Act, ...] = (approve, reject, withdraw, lapse)
ALLOWED: dict[tuple[Step, Act], DecisionState] = {
    (mitigated, withdraw): "withdrawn",
    (requested, approve): "held",
    (requested, reject): "rejected",
    (requested, withdraw): "withdrawn",
    (accepted, withdraw): "withdrawn",
    (accepted, lapse): "lapsed",
}
"""What may be done in which state, and what comes of it; all else is refused."""


@pytest.mark.parametrize("act", ACTS, ids=lambda a: a.__name__)
@pytest.mark.parametrize("state", STATES, ids=lambda s: s.__name__)
def test_in_each_state_exactly_this_can_be_done(state: Step, act: Act, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        before = state(change)
    kept = whole(register)
    wanted = ALLOWED.get((state, act))
    if wanted is None:
        with pytest.raises(Conflict), register.change("ben") as change:
            act(change, before)
        assert whole(register) == kept
        return
    with register.change("ben") as change:
        after = act(change, before)
    assert after.state == wanted
    assert after.revision == before.revision + 1
    whole(register)


@pytest.mark.parametrize("state", STATES, ids=lambda s: s.__name__)
def test_a_new_decision_replaces_what_holds_and_leaves_a_request_waiting(state: Step, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        before = state(change)
        new = mitigated(change, Treatment.TRANSFER)
        after = decisions.decision(change.connection, SYSTEM, before.number)
        held = [d for d in decisions.decisions(change.connection, SYSTEM, 1) if d.state == "held"]
    assert held == [new]
    assert after.state == ("replaced" if before.state == "held" else before.state)


@pytest.mark.parametrize("state", STATES, ids=lambda s: s.__name__)
def test_only_one_request_waits_at_a_time(state: Step, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        before = state(change)
        if before.state == "requested":
            with pytest.raises(Conflict, match=f"D-{before.number} of R-1 waits"):
                requested(change)
        else:
            assert requested(change).state == "requested"


def test_an_acceptance_remembers_who_asked_who_approved_and_what_it_is_bound_to(
    register: Register, clock: Clock
) -> None:
    with register.change("anna") as change:
        seeded(change)
        asked = requested(change)
    assert (asked.by, asked.requested_by, asked.on, asked.owner) == ("anna", "anna", "2026-11-22", "olaf")
    assert (asked.bound, asked.digest, asked.settled_by) == (NOW.text, NOW.digest, "")
    clock.forward(days=1)
    with register.change("ben") as change:
        held = approve(change, asked)
    assert (held.settled_by, held.settled_at, held.until) == ("ben", "2026-11-23T09:00:00Z", "2026-12-31")
    clock.forward(days=60)
    with register.change("robot") as change:
        gone = lapse(change, held)
    assert (gone.settled_by, gone.settled_why) == ("ben", "its last day was 2026-12-31")


def test_who_asked_cannot_approve_unless_policy_lets_one_person_accept(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        asked = requested(change)
        with pytest.raises(Conflict, match="anna asked for this acceptance"):
            decisions.approve(change, SYSTEM, asked.number, NOW, by="anna")
        held = decisions.approve(change, SYSTEM, asked.number, NOW, by="anna", four_eyes=False)
    assert held.state == "held"


@pytest.mark.parametrize("name", ["Anna", " anna ", "an na", "\uff41nna", "an\u200bna", "ANNA\n"])
def test_another_spelling_of_a_name_is_nobody_else(name: str, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        asked = requested(change)
        with pytest.raises(Conflict, match="somebody else must approve"):
            decisions.approve(change, SYSTEM, asked.number, NOW, by=name)
        assert decisions.approve(change, SYSTEM, asked.number, NOW, by="hanna").state == "held"


@pytest.mark.parametrize(("days", "allowed"), [(39, True), (40, False)])
def test_approving_after_the_last_day_is_refused(days: int, allowed: bool, register: Register, clock: Clock) -> None:
    with register.change("anna") as change:
        seeded(change)
        asked = requested(change)
    clock.forward(days=days)
    with register.change("ben") as change:
        if allowed:
            assert approve(change, asked).state == "held"
        else:
            with pytest.raises(Conflict, match="its last day, 2026-12-31, has passed"):
                approve(change, asked)


def test_approving_what_has_changed_is_refused_and_says_what_changed(register: Register) -> None:
    worse = a_state(controls={"monitor_use": "planned", "rate_limit": "verified"}, current=(3, 4, 4))
    with register.change("anna") as change:
        seeded(change)
        asked = requested(change)
    with pytest.raises(Conflict) as refusal, register.change("ben") as change:
        decisions.approve(change, SYSTEM, asked.number, worse, by="ben")
    said = str(refusal.value)
    assert "the control monitor_use was implemented and is planned" in said
    assert "the current level rose from 3 to 4" in said


def _approve_old(change: Change, one: KeptDecision) -> None:
    decisions.approve(change, SYSTEM, one.number, NOW, by="ben", revision=one.revision + 1)


def _reject_old(change: Change, one: KeptDecision) -> None:
    decisions.reject(change, SYSTEM, one.number, by="ben", why="no", revision=one.revision + 1)


def _withdraw_old(change: Change, one: KeptDecision) -> None:
    decisions.withdraw(change, SYSTEM, one.number, by="ben", why="no", revision=one.revision + 1)


@pytest.mark.parametrize("act", [_approve_old, _reject_old, _withdraw_old])
def test_who_read_another_revision_is_told(act: Callable[[Change, KeptDecision], None], register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        asked = requested(change)
    kept = whole(register)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        act(change, asked)
    assert whole(register) == kept


def test_requests_come_oldest_first_and_of_the_systems_that_are_wanted(register: Register, clock: Clock) -> None:
    with register.change("anna") as change:
        seeded(change)
        decisions.request(change, SYSTEM, 2, NOW, reason="b", by="anna", until="2026-12-31")
    clock.forward(hours=1)
    with register.change("anna") as change:
        requested(change)
        assert [d.risk_number for d in decisions.requests(change.connection)] == [2, 1]
        assert decisions.requests(change.connection, ["other"]) == ()
        assert len(decisions.requests(change.connection, [SYSTEM])) == 2


def test_a_decision_that_is_not_there_is_said_to_be_missing(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        with pytest.raises(NotFound, match="no decision 7"):
            decisions.approve(change, SYSTEM, 7, NOW, by="ben")
