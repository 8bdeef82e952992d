"""Logging in and staying in: throttled attempts, sessions that are kept on the server and can be ended there."""

from __future__ import annotations

import hashlib
import math
import secrets

import msgspec

from bartizan.core.errors import InputError, Problem, Refused
from bartizan.core.moments import between, later
from bartizan.core.people import Attempts, Session
from bartizan.register import logins, people
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.register.rows import Reader
from bartizan.register.settings import read, write
from bartizan.workflows.access import Person, person_of
from bartizan.workflows.passwords import matches

_FREE = {"name": 5, "address": 30}
"""Failures before waiting begins."""
_LONGEST_WAIT_S = 900
_FORGET_S = 86_400
_TOUCH_S = 60


class SessionRules(msgspec.Struct, frozen=True, kw_only=True):
    """How long a session lasts: without use, and at most."""

    idle_hours: int = 12
    days: int = 7


class TooManyAttempts(Refused):
    """Too many logins failed; `seconds` is how long to wait before the next."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many attempts; wait {wait_in_words(seconds)} and try again")


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is logged in, and by which session."""

    person: Person
    session: Session
    notify: bool = True


def session_rules(connection: Reader) -> SessionRules:
    """The rules in force; the defaults where nobody chose."""
    return msgspec.json.decode(read(connection, "sessions") or b"{}", type=SessionRules)


def set_session_rules(change: Change, wanted: SessionRules) -> None:
    """Choose the rules; they hold for sessions that begin from now on, the time without use for all."""
    write(change, "sessions", msgspec.json.encode(wanted, order="sorted").decode())


def wait_in_words(seconds: int) -> str:
    """A time to wait: 40 seconds, 3 minutes."""
    if seconds < 60:
        return f"{seconds} second" + ("" if seconds == 1 else "s")
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minute" + ("" if minutes == 1 else "s")


def new_secret() -> str:
    """256 bits that nobody can guess, as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256. It has 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def log_in(register: Register, name: str, password: str, *, address: str, agent: str = "") -> str:
    """The secret of a new session. The same error, after the same work, for a wrong password and for nobody.

    Raises InputError, and TooManyAttempts where too many failed before. The attempt counts as failed until it is known
    to be right, so that many at once cannot slip by.
    """
    name = name.strip().casefold()[:100]
    keys = {"name": f"name {name}", "address": f"address {address[:100]}"}
    before = _counted(register, keys)
    with register.read() as connection:
        user = people.find(connection, name)
        kept = people.password_of(connection, name)
    right = matches(kept, password)
    if not right or user is None or user.disabled:
        raise InputError([Problem(file="password", finding="this name and password do not go together")])
    with register.change(user.id) as change:
        logins.forget_attempts(change, keys["name"])
        logins.keep_attempts(change, before["address"], later(change.at, -_FORGET_S))
        return start(change, user.id, agent)


def start(change: Change, user: str, agent: str = "") -> str:
    """Start a session for a user who has proved who they are. Gives its secret, which is kept nowhere."""
    secret = new_secret()
    days = session_rules(change.connection).days
    people.seen(change, user)
    logins.start_session(change, digest_of(secret), user, later(change.at, days * 86_400), agent)
    return secret


def logged_in(register: Register, secret: str) -> LoggedIn | None:
    """Who a session's secret stands for; None where it has ended, or its user may not log in."""
    digest, now = digest_of(secret), register.now()
    with register.read() as connection:
        session = logins.find_session(connection, digest)
        user = people.find(connection, session.user) if session else None
        idle = session_rules(connection).idle_hours
    if session is None or user is None or user.disabled or session.expires_at <= now:
        return None
    unused = between(session.last_seen, now)
    if unused > idle * 3600:
        return None
    if unused >= _TOUCH_S:
        with register.change(user.id) as change:
            logins.touch_session(change, digest)
            people.seen(change, user.id)
    return LoggedIn(person=person_of(user), session=session, notify=user.notify)


def log_out(register: Register, person: Person, digest: str) -> None:
    """End one session of a person."""
    with register.change(person.id) as change:
        logins.end_session(change, digest, person.id)


def log_out_everywhere(register: Register, person: Person, keep: str = "") -> int:
    """End all sessions of a person, but for one that may be kept. Gives how many."""
    with register.change(person.id) as change:
        return logins.end_sessions(change, person.id, keep)


def sessions_of(register: Register, person: Person) -> tuple[Session, ...]:
    """The sessions of a person that have not ended, the latest used first."""
    now = register.now()
    with register.read() as connection:
        return tuple(s for s in logins.sessions(connection, person.id) if s.expires_at > now)


def _counted(register: Register, keys: dict[str, str]) -> dict[str, Attempts]:
    """Count an attempt as failed, and give what was known before. Raises TooManyAttempts, which counts nothing."""
    with register.change("(login)") as change:
        known = logins.attempts(change.connection, *keys.values())
        before = {kind: _remembered(known.get(key), key, change.at) for kind, key in keys.items()}
        wait = max(_seconds_left(one, change.at) for one in before.values())
        if wait > 0:
            raise TooManyAttempts(wait)
        for kind, one in before.items():
            failures = one.failures + 1
            until = later(change.at, _wait(failures - _FREE[kind]))
            now = Attempts(key=one.key, failures=failures, blocked_until=until, last_at=change.at)
            logins.keep_attempts(change, now, later(change.at, -_FORGET_S))
            if failures == _FREE[kind]:
                change.record("login.throttled", note=f"{failures} failed attempts by one {kind}")
    return before


def _remembered(known: Attempts | None, key: str, now: str) -> Attempts:
    if known is None or between(known.last_at, now) > _FORGET_S:
        return Attempts(key=key, last_at=now)
    return known


def _seconds_left(one: Attempts, now: str) -> int:
    return math.ceil(between(now, one.blocked_until)) if one.blocked_until > now else 0


def _wait(beyond: int) -> int:
    return 0 if beyond < 0 else min(_LONGEST_WAIT_S, 2 ** min(beyond + 1, 10))
