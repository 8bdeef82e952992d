"""What administrators do with people: roles, letting in and out, ending sessions, the rules of the register."""

from __future__ import annotations

import msgspec

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.core.people import EVERYWHERE, ROLES, Session, Token, User
from bartizan.register import logins, people, systems, tokens
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.register.settings import Policy, policy, set_policy
from bartizan.workflows.access import Person, require
from bartizan.workflows.accounts import check_email
from bartizan.workflows.sessions import SessionRules, session_rules, set_session_rules


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A user with everything that an administrator sees of them."""

    user: User
    sessions: tuple[Session, ...]
    tokens: tuple[Token, ...]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a register: how decisions are made, how long sessions last."""

    policy: Policy = Policy()
    sessions: SessionRules = SessionRules()


def users(register: Register, by: Person) -> tuple[User, ...]:
    """Everybody. Raises Refused."""
    require(register, by, "administrator", what="list the users")
    with register.read() as connection:
        return people.users(connection)


def profile(register: Register, by: Person, name: str) -> Profile:
    """One user. Raises NotFound, Refused."""
    require(register, by, "administrator", what="look at a user")
    now = register.now()
    with register.read() as connection:
        found = people.user(connection, name)
        open_ = tuple(s for s in logins.sessions(connection, name) if s.expires_at > now)
        return Profile(user=found, sessions=open_, tokens=tokens.tokens(connection, name))


def system_names(register: Register, by: Person) -> tuple[tuple[str, str], ...]:
    """The ids and names of all systems, to give roles on. Raises Refused."""
    require(register, by, "administrator", what="list the systems")
    with register.read() as connection:
        return tuple((one.id, one.name or one.id) for one in systems.systems(connection))


def every_session(register: Register, by: Person) -> tuple[Session, ...]:
    """All sessions that have not ended, the latest used first. Raises Refused."""
    require(register, by, "administrator", what="list the sessions")
    now = register.now()
    with register.read() as connection:
        return tuple(s for s in logins.sessions(connection) if s.expires_at > now)


def every_token(register: Register, by: Person) -> tuple[Token, ...]:
    """All tokens, the newest first. Raises Refused."""
    require(register, by, "administrator", what="list the tokens")
    with register.read() as connection:
        return tokens.tokens(connection)


def describe(
    register: Register, by: Person, name: str, *, shown: str, email: str, notify: bool, revision: int | None
) -> None:
    """Change what is said of a user. Raises InputError, NotFound, Conflict, Refused."""
    require(register, by, "administrator", what="change a user")
    check_email(email)
    with register.change(by.id) as change:
        people.describe(change, name, shown=shown.strip()[:100], email=email.strip(), notify=notify, revision=revision)


def grant(register: Register, by: Person, name: str, role: str, system: str = EVERYWHERE) -> None:
    """Give a user a role on a system, or on all. Raises InputError, NotFound, Conflict, Refused."""
    require(register, by, "administrator", what="give a role")
    chosen = next((known for known in ROLES if known == role), None)
    if chosen is None:
        raise InputError([Problem(file="role", finding="this is no role", fix=f"use one of: {', '.join(ROLES)}")])
    with register.change(by.id) as change:
        people.grant(change, name, chosen, system)
        _keep_an_administrator(change)


def withdraw(register: Register, by: Person, name: str, system: str = EVERYWHERE) -> None:
    """Take a role away. Raises NotFound, Refused, Conflict where nobody would be left to administer."""
    require(register, by, "administrator", what="take a role away")
    with register.change(by.id) as change:
        people.withdraw(change, name, system)
        _keep_an_administrator(change)


def shut_out(register: Register, by: Person, name: str) -> None:
    """Let a user in no more: sessions, links and tokens end at once. What they did stays. Raises as `withdraw`."""
    require(register, by, "administrator", what="shut a user out")
    with register.change(by.id) as change:
        people.set_disabled(change, name, True)
        _keep_an_administrator(change)
        logins.end_sessions(change, name)
        logins.drop_links(change, name)
        for token in tokens.tokens(change.connection, name):
            tokens.revoke(change, token.id)


def let_in(register: Register, by: Person, name: str) -> None:
    """Let a user in again; tokens stay revoked. Raises NotFound, Refused."""
    require(register, by, "administrator", what="let a user in again")
    with register.change(by.id) as change:
        people.set_disabled(change, name, False)


def end_session(register: Register, by: Person, digest: str) -> None:
    """End anybody's session. Raises Refused."""
    require(register, by, "administrator", what="end a session")
    with register.change(by.id) as change:
        found = logins.find_session(change.connection, digest)
        logins.end_session(change, digest, found.user if found else "")


def end_sessions(register: Register, by: Person, name: str) -> int:
    """End all sessions of a user. Gives how many. Raises NotFound, Refused."""
    require(register, by, "administrator", what="end the sessions of a user")
    with register.change(by.id) as change:
        people.user(change.connection, name)
        return logins.end_sessions(change, name)


def rules(register: Register) -> Rules:
    """The rules in force."""
    with register.read() as connection:
        return Rules(policy=policy(connection), sessions=session_rules(connection))


def set_rules(register: Register, by: Person, wanted: Rules, *, read: Rules) -> None:
    """Choose the rules; `read` are those that the person had before them. Raises InputError, Conflict, Refused."""
    require(register, by, "administrator", what="change the rules")
    bounds = (
        ("longest_acceptance_days", wanted.policy.longest_acceptance_days, 3660),
        ("review_days", wanted.policy.review_days, 3660),
        ("evidence_days", wanted.policy.evidence_days, 3660),
        ("idle_hours", wanted.sessions.idle_hours, 24 * 30),
        ("days", wanted.sessions.days, 90),
    )
    if problems := [
        Problem(file=name, finding=f"{value} is out of bounds", fix=f"write a number from 1 to {most}")
        for name, value, most in bounds
        if not 1 <= value <= most
    ]:
        raise InputError(problems)
    with register.change(by.id) as change:
        if Rules(policy=policy(change.connection), sessions=session_rules(change.connection)) != read:
            raise Conflict("somebody changed the rules in the meantime; read them again")
        set_policy(change, wanted.policy)
        set_session_rules(change, wanted.sessions)


def _keep_an_administrator(change: Change) -> None:
    if not people.administrators(change.connection):
        raise Conflict("nobody would be left who may administer everything; make somebody else an administrator first")
