"""What the register says of controls, and that it follows components."""

from __future__ import annotations

import pytest

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.terms import ComponentId, ControlStatus
from bartizan.register import controls, systems
from bartizan.register.change import Change
from bartizan.register.opening import Register
from tests.register.databases import Clock
from tests.register.seeds import HOSTILE, SYSTEM, seeded, whole

PLANNED, VERIFIED = ControlStatus.PLANNED, ControlStatus.VERIFIED


def words(register: Register) -> dict[str, str]:
    """Reason -> place, of all words on controls."""
    with register.read() as connection:
        return {one.reason: one.component for one in controls.controls(connection, SYSTEM)}


def say(change: Change, component: str, reason: str, control: str = "oversight") -> None:
    controls.set_status(change, SYSTEM, control, PLANNED, component=component, reason=reason)


def test_a_word_on_a_control_is_kept_with_who_said_it_and_when(register: Register, clock: Clock) -> None:
    with register.change("anna") as change:
        seeded(change)
        controls.set_status(change, SYSTEM, "oversight", PLANNED, reason="r", owner="o", due="2026-12-24")
    clock.forward(days=1)
    with register.change("ben") as change:
        made = controls.set_status(change, SYSTEM, "oversight", VERIFIED)
        assert controls.control(change.connection, SYSTEM, "oversight") == made
        assert controls.control(change.connection, SYSTEM, "oversight", "agent") is None
    assert (made.status, made.changed_by, made.changed_at) == (VERIFIED, "ben", "2026-11-23T09:00:00Z")
    assert (made.reason, made.owner, made.due) == ("", "", "")
    whole(register)


def test_saying_the_same_again_changes_nothing(register: Register, clock: Clock) -> None:
    with register.change("anna") as change:
        seeded(change)
        made = controls.set_status(change, SYSTEM, "oversight", PLANNED, reason="r")
    before = whole(register)
    clock.forward(days=1)
    with register.change("ben") as change:
        assert controls.set_status(change, SYSTEM, "oversight", PLANNED, reason="r", revision=made.revision) == made
    assert whole(register) == before


@pytest.mark.parametrize("revision", [-1, 1, 7])
def test_two_editors_do_not_overwrite_each_other(revision: int, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        first = controls.set_status(change, SYSTEM, "oversight", PLANNED, revision=-1)
    assert first.revision == 0
    before = whole(register)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        controls.set_status(change, SYSTEM, "oversight", VERIFIED, revision=revision)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        controls.forget(change, SYSTEM, "oversight", revision=revision)
    with pytest.raises(Conflict, match="in the meantime"), register.change("ben") as change:
        controls.set_status(change, SYSTEM, "rate_limit", VERIFIED, revision=0)
    assert whole(register) == before


def test_what_is_forgotten_is_gone_and_told(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        say(change, "agent", "r")
        controls.forget(change, SYSTEM, "oversight", "agent", revision=0)
        assert controls.controls(change.connection, SYSTEM) == ()
        with pytest.raises(NotFound):
            controls.forget(change, SYSTEM, "oversight", "agent")
    whole(register)


def test_words_follow_their_components_and_of_two_that_become_one_none_is_lost(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        for place, reason in (("a", "of a"), ("b", "of b"), ("c", "of c"), ("", "of all")):
            say(change, place, reason)
        moves = {ComponentId("a"): ComponentId("b"), ComponentId("b"): ComponentId("c")}
        controls.rename(change, SYSTEM, moves, lambda place: f"{place}~2")
    assert words(register) == {"of a": "b", "of b": "b~2", "of c": "c", "of all": ""}
    with register.change("anna") as change:
        swap = {ComponentId("b"): ComponentId("c"), ComponentId("c"): ComponentId("b")}
        controls.rename(change, SYSTEM, swap, lambda place: f"{place}~3")
    assert words(register) == {"of a": "c", "of b": "b~2", "of c": "b", "of all": ""}
    whole(register)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_come_out_as_they_went_in(text: str, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
        made = controls.set_status(change, SYSTEM, "oversight", PLANNED, reason=text * 50, owner=text)
    assert (made.reason, made.owner) == (text * 50, text)
    whole(register)


def test_an_owner_that_does_not_fit_is_refused(register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
    before = whole(register)
    with pytest.raises(InputError, match=r"controls\.owner"), register.change("anna") as change:
        controls.set_status(change, SYSTEM, "oversight", PLANNED, owner="o" * 10_000)
    assert whole(register) == before


def test_the_longest_names_fit_on_both_databases(register: Register) -> None:
    with register.change("anna") as change:
        name = systems.add(change, name="x", wanted="s" * 64).id
        controls.set_status(change, name, "k" * 64, PLANNED, component="c" * 64 + "~123.training-data")
    whole(register)
