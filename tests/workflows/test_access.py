"""Roles: who may do what, what a token leaves of it, and that every refusal is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import Refused
from bartizan.core.people import ROLES, Grant, Role, Token, User, at_least
from bartizan.register.audit.reading import Filter, log
from bartizan.register.opening import Register
from bartizan.workflows.access import Person, at_the_console, person_of, require

SYSTEMS = ("", "mail", "shop")
GRANTS = st.lists(
    st.builds(Grant, user=st.just("ada"), system=st.sampled_from(SYSTEMS), role=st.sampled_from(ROLES)),
    max_size=3,
    unique_by=lambda grant: grant.system,
).map(tuple)


def ada(*grants: tuple[Role, str]) -> Person:
    return Person(id="ada", grants=tuple(Grant(user="ada", role=role, system=system) for role, system in grants))


def test_a_role_on_one_system_is_none_on_another_and_none_on_all() -> None:
    person = ada(("assessor", "mail"))
    assert person.may("viewer", "mail")
    assert person.may("assessor", "mail")
    assert not person.may("approver", "mail")
    assert not person.may("viewer", "shop")
    assert not person.may("viewer")
    assert person.systems() == frozenset({"mail"})


def test_a_role_on_all_systems_is_one_on_each() -> None:
    person = ada(("viewer", ""), ("approver", "mail"))
    assert person.systems() is None
    assert person.systems("approver") == frozenset({"mail"})
    assert person.may("viewer", "shop")
    assert not person.may("approver", "shop")


def test_an_administrator_of_one_system_administers_nothing_else() -> None:
    assert not ada(("administrator", "mail")).may("administrator")


def test_a_refusal_names_what_is_needed_and_is_told_to_the_audit(register: Register) -> None:
    with pytest.raises(Refused, match="an approver on the system 'mail'"):
        require(register, ada(("viewer", "")), "approver", "mail", "accept R-4")
    with register.read() as connection:
        told = log(connection, Filter(action="access"))[0].body
    assert (told.actor, told.action, told.subject) == ("ada", "access.refused", "systems/mail")
    assert told.note == "needs approver: accept R-4"


def test_a_refusal_is_told_whatever_the_system_was_called(register: Register) -> None:
    with pytest.raises(Refused):
        require(register, ada(("viewer", "mail")), "viewer", "nul \0 and half \ud800")
    with register.read() as connection:
        assert log(connection, Filter(action="access"))[0].body.subject == r"systems/nul \x00 and half \ud800"


def test_who_sits_at_the_console_may_do_everything(register: Register) -> None:
    require(register, at_the_console("root"), "administrator")


@given(GRANTS, st.sampled_from(ROLES), st.sampled_from(SYSTEMS), st.sampled_from(ROLES), st.sampled_from(SYSTEMS))
def test_a_token_never_allows_more_than_its_user_its_role_and_its_system(
    grants: tuple[Grant, ...], role: Role, system: str, wanted: Role, at: str
) -> None:
    user = User(id="ada", grants=grants)
    token = Token(id="t", user="ada", name="CI", role=role, system=system)
    whole, limited = person_of(user), person_of(user, token)
    allowed = whole.may(wanted, at) and at_least(role, wanted) and system in {"", at}
    assert limited.may(wanted, at) == allowed
