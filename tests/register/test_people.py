"""Users, roles, sessions, links, attempts and tokens, on both databases."""

from __future__ import annotations

import pytest

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.moments import later
from bartizan.core.people import Attempts, Grant
from bartizan.register import logins, people, systems, tokens
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from tests.register.databases import Clock

HASH = "$argon2id$not-a-real-one"


@pytest.fixture
def ada(register: Register) -> Register:
    with register.change("test") as change:
        people.add(change, "ada", shown="Ada Lovelace", password=HASH)
        systems.add(change, name="Mail agent", wanted="mail")
    return register


def test_a_user_has_a_role_on_one_system_or_on_all(ada: Register) -> None:
    with ada.change("test") as change:
        people.grant(change, "ada", "viewer")
        people.grant(change, "ada", "approver", "mail")
    with ada.read() as connection:
        held = people.user(connection, "ada").grants
    assert held == (Grant(user="ada", role="viewer"), Grant(user="ada", system="mail", role="approver"))


def test_a_second_role_on_the_same_system_takes_the_place_of_the_first(ada: Register) -> None:
    with ada.change("test") as change:
        people.grant(change, "ada", "viewer", "mail")
        people.grant(change, "ada", "assessor", "mail")
    with ada.read() as connection:
        assert [grant.role for grant in people.user(connection, "ada").grants] == ["assessor"]


def test_no_role_can_be_had_on_a_system_that_is_not_there(ada: Register) -> None:
    with pytest.raises(NotFound, match="no system 'male'"), ada.change("test") as change:
        people.grant(change, "ada", "viewer", "male")


def test_two_users_cannot_have_one_name_and_one_identity_is_one_user(ada: Register) -> None:
    with pytest.raises(Conflict), ada.change("test") as change:
        people.add(change, "ada")
    with ada.change("test") as change:
        people.add(change, "bob")
        people.set_subject(change, "ada", "https://id.example 42")
    with pytest.raises(Conflict, match="'ada'"), ada.change("test") as change:
        people.set_subject(change, "bob", "https://id.example 42")


def test_nobody_is_found_by_an_empty_subject(ada: Register) -> None:
    with ada.read() as connection:
        assert people.find_by_subject(connection, "") is None


def test_the_audit_never_repeats_a_password_or_the_digest_of_a_token(ada: Register) -> None:
    with ada.change("ada") as change:
        people.set_password(change, "ada", "$argon2id$the-next-one")
        tokens.add(change, "t1", digest="d" * 64, user="ada", shown="CI", role="viewer", until=later(change.at, 60))
    with ada.read() as connection:
        told = [entry.body for entry in log(connection, Filter())]
    text = repr(told)
    assert "user.password" in text
    assert "$argon2id$" not in text
    assert "d" * 64 not in text


def test_who_is_disabled_is_no_administrator_any_more(ada: Register) -> None:
    with ada.change("test") as change:
        people.grant(change, "ada", "administrator")
        assert people.administrators(change.connection) == ("ada",)
        people.set_disabled(change, "ada", True)
        assert people.administrators(change.connection) == ()


def test_a_stale_revision_of_a_user_is_a_conflict(ada: Register) -> None:
    with ada.read() as connection:
        read = people.user(connection, "ada").revision
    with ada.change("ada") as change:
        people.describe(change, "ada", shown="Ada", email="", notify=True, revision=read)
    with pytest.raises(Conflict), ada.change("bob") as change:
        people.describe(change, "ada", shown="Countess", email="", notify=True, revision=read)


def test_a_session_ends_on_its_own_or_with_all_but_one(ada: Register, clock: Clock) -> None:
    with ada.change("ada") as change:
        for digest in ("a" * 64, "b" * 64, "c" * 64):
            logins.start_session(change, digest, "ada", later(change.at, 3600), "Firefox" * 100)
    with ada.change("ada") as change:
        assert not logins.end_session(change, "a" * 64, "bob")
        assert logins.end_session(change, "a" * 64, "ada")
        assert logins.end_sessions(change, "ada", keep="c" * 64) == 1
    clock.forward(hours=2)
    with ada.change("ada") as change:
        assert [s.digest[0] for s in logins.sessions(change.connection, "ada")] == ["c"]
        logins.start_session(change, "d" * 64, "ada", later(change.at, 3600))
        assert [s.digest[0] for s in logins.sessions(change.connection, "ada")] == ["d"]


def test_a_link_works_once_and_not_after_its_time(ada: Register, clock: Clock) -> None:
    with ada.change("ada") as change:
        logins.add_link(change, "a" * 64, "password", "ada", later(change.at, 60))
        assert logins.use_link(change, "a" * 64)
        assert not logins.use_link(change, "a" * 64)
        logins.add_link(change, "b" * 64, "password", "ada", later(change.at, 60))
        assert logins.find_link(change.connection, "a" * 64) is None
    clock.forward(seconds=60)
    with ada.change("ada") as change:
        assert not logins.use_link(change, "b" * 64)


def test_old_attempts_are_forgotten(register: Register, clock: Clock) -> None:
    with register.change("(login)") as change:
        logins.keep_attempts(change, Attempts(key="name x", failures=3, last_at=change.at), later(change.at, -60))
    clock.forward(minutes=2)
    with register.change("(login)") as change:
        logins.keep_attempts(change, Attempts(key="name y", failures=1, last_at=change.at), later(change.at, -60))
        assert set(logins.attempts(change.connection, "name x", "name y")) == {"name y"}


def test_a_token_is_revoked_once_and_its_use_is_no_news(ada: Register) -> None:
    with ada.change("ada") as change:
        tokens.add(change, "t1", digest="d" * 64, user="ada", shown="CI", role="viewer", until=later(change.at, 60))
    with ada.change("ada") as change:
        tokens.used(change, "t1")
        tokens.revoke(change, "t1")
        tokens.revoke(change, "t1")
    with ada.read() as connection:
        told = [entry.body.action for entry in log(connection, Filter())]
        assert tokens.token(connection, "t1").last_used == ada.now()
    assert told.count("token.revoke") == 1
