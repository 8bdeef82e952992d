"""Accounts: the first administrator, invitations and new passwords by links that work once, tokens, one's own data."""

from __future__ import annotations

import re
import secrets

from bartizan.core.errors import Conflict, InputError, Problem, Refused
from bartizan.core.moments import later
from bartizan.core.people import EVERYWHERE, ROLES, Link, Purpose, Token, User
from bartizan.register import logins, people, tokens
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.workflows import passwords
from bartizan.workflows.access import Person, person_of, refuse, require
from bartizan.workflows.sessions import digest_of, new_secret, start

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,120}")
_HOURS: dict[Purpose, int] = {"first": 1, "invitation": 7 * 24, "password": 24}
TOKEN_PREFIX = "bzn_"  # noqa: S105  a mark by which scanners for secrets know one
LONGEST_TOKEN_DAYS = 366
_LONGEST_SUBJECT = 200


class LinkSpent(Refused):
    """A link that works once does not work (any more)."""

    def __init__(self) -> None:
        super().__init__(_SPENT)


_SPENT = "this link does not work: it was used before, has expired, or was replaced by a newer one"


def first_link(register: Register) -> str:
    """The secret of a link for the first administrator; empty where there is one already, or somebody was."""
    with register.read() as connection:
        if people.has_users(connection):
            return ""
    return _link(register, "(console)", "first", "")


def make_first(register: Register, secret: str, *, name: str, shown: str, password: str, again: str) -> str:
    """Make the first administrator by their link, and log them in. Gives the secret of the session.

    Raises InputError, Refused where the link is spent or there are users already.
    """
    chosen = name.strip().casefold()
    if problems := [*_problems_of_name(chosen), *passwords.problems_of(password, again, chosen)]:
        raise InputError(problems)
    kept = passwords.hashed(password)
    with register.change(chosen) as change:
        _spend(change, secret, "first")
        if people.has_users(change.connection):
            raise LinkSpent
        people.add(change, chosen, shown=shown.strip()[:100], password=kept)
        people.grant(change, chosen, "administrator")
        return start(change, chosen)


def log_in_elsewhere(register: Register, *, subject: str, name: str, shown: str, email: str, agent: str = "") -> str:
    """The secret of a new session for whom an identity provider knows. Who is new here becomes a user without roles.

    `subject` is what the provider always calls them; `name` is only wished for. Raises Refused.
    """
    kept = subject if len(subject) <= _LONGEST_SUBJECT else f"sha256 {digest_of(subject)}"
    with register.change("(login)") as change:
        if not people.administrators(change.connection):
            raise Refused("there is no administrator yet; the first one is made by the link that the server printed")
        user = people.find_by_subject(change.connection, kept)
        if user is not None and user.disabled:
            raise Refused("this account may not log in; ask an administrator")
        if user is None:
            mail = email if _EMAIL.fullmatch(email) else ""
            user = people.add(change, _free(change, name), shown=shown[:100], email=mail, subject=kept)
        return start(change, user.id, agent)


def _free(change: Change, wanted: str) -> str:
    """A name that nobody has, as near to the wanted one as can be."""
    plain = re.sub(r"[^a-z0-9._@+-]+", "-", wanted.casefold()).strip("-._@+")[:80] or "user"
    number, chosen = 1, plain
    while people.find(change.connection, chosen) is not None:
        number += 1
        chosen = f"{plain}-{number}"
    return chosen


def look_up(register: Register, secret: str) -> tuple[Link, User | None]:
    """What a link is for, and for whom, without spending it. Raises Refused where it does not work (any more)."""
    with register.read() as connection:
        link = logins.find_link(connection, digest_of(secret))
        if link is None or link.used_at or link.expires_at <= register.now():
            raise LinkSpent
        user = people.find(connection, link.user) if link.user else None
    if link.purpose != "first" and (user is None or user.disabled):
        raise LinkSpent
    return link, user


def choose_password(register: Register, secret: str, *, password: str, again: str) -> str:
    """Set the password that a link is for, end other sessions, and log in. Gives the secret of the session."""
    link, user = look_up(register, secret)
    if user is None:
        raise LinkSpent
    passwords.check(password, again, user.id)
    kept = passwords.hashed(password)
    with register.change(user.id) as change:
        _spend(change, secret, link.purpose)
        people.set_password(change, user.id, kept)
        logins.end_sessions(change, user.id)
        logins.drop_links(change, user.id)
        return start(change, user.id)


def change_password(register: Register, person: Person, *, old: str, password: str, again: str, keep: str) -> None:
    """Change one's own password; all other sessions end. `keep` is the digest of the session that asks."""
    with register.read() as connection:
        kept = people.password_of(connection, person.id)
    problems = passwords.problems_of(password, again, person.id)
    if kept and not passwords.matches(kept, old):
        problems.append(Problem(file="old", finding="this is not your present password"))
    if problems:
        raise InputError(problems)
    made = passwords.hashed(password)
    with register.change(person.id) as change:
        people.set_password(change, person.id, made)
        logins.end_sessions(change, person.id, keep)


def account(register: Register, person: Person) -> User:
    """What is kept of a person."""
    with register.read() as connection:
        return people.user(connection, person.id)


def describe_oneself(
    register: Register, person: Person, *, shown: str, email: str, notify: bool, revision: int | None
) -> None:
    """Change one's own name, address, and whether mail comes. Raises InputError, Conflict."""
    check_email(email)
    with register.change(person.id) as change:
        people.describe(
            change, person.id, shown=shown.strip()[:100], email=email.strip(), notify=notify, revision=revision
        )


def invite(
    register: Register, by: Person, *, name: str, shown: str, email: str, role: str = "", system: str = EVERYWHERE
) -> tuple[User, str]:
    """Make a user and the secret of a link by which they choose a password. Raises InputError, Conflict, Refused."""
    require(register, by, "administrator", what="invite a user")
    chosen = name.strip().casefold()
    problems = [*_problems_of_name(chosen), *_problems_of_email(email)]
    if role and role not in ROLES:
        problems.append(Problem(file="role", finding=f"there is no role '{role}'"))
    if problems:
        raise InputError(problems)
    secret = new_secret()
    with register.change(by.id) as change:
        if people.find(change.connection, chosen) is not None:
            raise InputError(
                [Problem(file="name", finding=f"there is a user '{chosen}' already", fix="choose another")]
            )
        people.add(change, chosen, shown=shown.strip()[:100], email=email.strip())
        for known in ROLES:
            if known == role:
                people.grant(change, chosen, known, system)
        logins.add_link(change, digest_of(secret), "invitation", chosen, later(change.at, _HOURS["invitation"] * 3600))
        return people.user(change.connection, chosen), secret


def reset_link(register: Register, by: Person, name: str) -> str:
    """The secret of a link by which a user chooses a new password; older links of theirs work no more."""
    require(register, by, "administrator", what="make a link for a new password")
    with register.read() as connection:
        user = people.user(connection, name)
    if user.disabled:
        raise Conflict(f"'{user.id}' may not log in; let them in again first")
    return _link(register, by.id, "password" if user.has_password else "invitation", user.id)


def make_token(
    register: Register, person: Person, *, shown: str, role: str, system: str = EVERYWHERE, days: int
) -> tuple[Token, str]:
    """A key for the API with at most the person's own role. Gives it and its text, to be shown once."""
    chosen = next((known for known in ROLES if known == role), None)
    problems = []
    if not shown.strip():
        problems.append(Problem(file="name", finding="the token has no name", fix="say what will use it"))
    if chosen is None:
        problems.append(Problem(file="role", finding="this is no role", fix=f"use one of: {', '.join(ROLES)}"))
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        problems.append(Problem(file="days", finding=f"a token lasts from 1 to {LONGEST_TOKEN_DAYS} days"))
    if chosen is None or problems:
        raise InputError(problems)
    if not (person.may(chosen, system) or (not system and person.may_somewhere(chosen))):
        refuse(register, person, chosen, system, "make a token with more than one's own role")
    secret = TOKEN_PREFIX + new_secret()
    with register.change(person.id) as change:
        until = later(change.at, days * 86_400)
        made = tokens.add(
            change,
            secrets.token_hex(8),
            digest=digest_of(secret),
            user=person.id,
            shown=shown.strip()[:100],
            role=chosen,
            system=system,
            until=until,
        )
    return made, secret


def tokens_of(register: Register, person: Person) -> tuple[Token, ...]:
    """A person's tokens, the newest first."""
    with register.read() as connection:
        return tokens.tokens(connection, person.id)


def revoke_token(register: Register, by: Person, name: str) -> Token:
    """Let a token work no more: one's own, or as an administrator anybody's. Raises NotFound, Refused."""
    with register.read() as connection:
        token = tokens.token(connection, name)
    if token.user != by.id:
        require(register, by, "administrator", what="revoke a token of somebody else")
    with register.change(by.id) as change:
        tokens.revoke(change, name)
    return token


def person_of_token(register: Register, secret: str) -> Person | None:
    """Who a token's text stands for, limited to what it allows; None where it does not work (any more)."""
    if not secret.startswith(TOKEN_PREFIX) or len(secret) > 200:
        return None
    now = register.now()
    with register.read() as connection:
        token = tokens.find(connection, digest_of(secret))
        user = people.find(connection, token.user) if token else None
    if token is None or user is None or user.disabled or token.revoked_at or token.expires_at <= now:
        return None
    if token.last_used[:13] != now[:13]:  # once an hour is enough to see whether it is in use
        with register.change(user.id) as change:
            tokens.used(change, token.id)
    return person_of(user, token)


def _link(register: Register, by: str, purpose: Purpose, user: str) -> str:
    secret = new_secret()
    with register.change(by) as change:
        logins.add_link(change, digest_of(secret), purpose, user, later(change.at, _HOURS[purpose] * 3600))
    return secret


def _spend(change: Change, secret: str, purpose: Purpose) -> None:
    digest = digest_of(secret)
    link = logins.find_link(change.connection, digest)
    if link is None or link.purpose != purpose or not logins.use_link(change, digest):
        raise LinkSpent


def _problems_of_name(name: str) -> list[Problem]:
    if _NAME.fullmatch(name):
        return []
    fix = "letters a to z, digits, and . _ @ + - after the first; at most 100"
    return [Problem(file="name", finding="nobody can log in by this name", fix=fix)]


def check_email(email: str) -> None:
    """Raise InputError for what is no e-mail address; none at all will do."""
    if problems := _problems_of_email(email):
        raise InputError(problems)


def _problems_of_email(email: str) -> list[Problem]:
    if not email.strip() or _EMAIL.fullmatch(email.strip()):
        return []
    return [
        Problem(file="email", finding="this is no e-mail address", fix="write it as ann@example.org, or leave it empty")
    ]
