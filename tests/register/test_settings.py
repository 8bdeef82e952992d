"""The rules that an organisation chose, and what people said."""

from __future__ import annotations

import pytest

from bartizan.core.errors import InputError
from bartizan.register import comments, settings
from bartizan.register.opening import Register
from bartizan.register.settings import Policy
from tests.register.databases import Clock
from tests.register.seeds import HOSTILE, SYSTEM, seeded, whole


def test_without_a_choice_the_careful_rules_hold(register: Register) -> None:
    with register.read() as connection:
        found = settings.policy(connection)
    assert found == Policy(four_eyes=True, longest_acceptance_days=366, review_days=180, evidence_days=180)


def test_rules_that_were_chosen_hold_and_choosing_again_is_told_once(register: Register) -> None:
    wanted = Policy(four_eyes=False, longest_acceptance_days=90)
    with register.change("anna") as change:
        settings.set_policy(change, Policy())
        settings.set_policy(change, wanted)
        assert settings.policy(change.connection) == wanted
        assert settings.read(change.connection, "other") == ""
    whole(register)


@pytest.mark.parametrize("text", [*HOSTILE, "long " * 2000])
def test_what_was_said_stays_as_it_was_said(text: str, register: Register, clock: Clock) -> None:
    with register.change("anna") as change:
        seeded(change)
        comments.say(change, SYSTEM, text, 1)
        comments.say(change, SYSTEM, "of all")
        both = comments.comments(change.connection, SYSTEM)
        (first,) = comments.comments(change.connection, SYSTEM, 1)
    assert [one.text for one in both] == [text, "of all"]
    assert (first.by, first.at, first.number) == ("anna", "2026-11-22T09:00:00Z", 1)
    whole(register)


@pytest.mark.parametrize("text", ["nul \0", "half \udfff"])
def test_a_text_that_no_database_takes_is_refused(text: str, register: Register) -> None:
    with register.change("anna") as change:
        seeded(change)
    before = whole(register)
    with pytest.raises(InputError, match=r"comments\.text"), register.change("anna") as change:
        comments.say(change, SYSTEM, text)
    assert whole(register) == before
