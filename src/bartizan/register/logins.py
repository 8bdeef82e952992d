"""How people come in: sessions, links that work once, failed attempts. Of secrets only the SHA-256 is kept.

None of these tables is vouched for by the chain: what is worth telling (a login, a link that was made) is told by an
entry of its own, and the rows may go when they are of no more use.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from bartizan.core.people import Attempts, Link, Purpose, Session
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every, first


def start_session(change: Change, digest: str, user: str, expires_at: str, agent: str = "") -> Session:
    """Keep a new session, and drop those that ended."""
    change.connection.execute(delete(t.sessions).where(t.sessions.c.expires_at <= change.at))
    made = Session(
        digest=digest, user=user, created_at=change.at, last_seen=change.at, expires_at=expires_at, agent=agent[:200]
    )
    change.connection.execute(
        insert(t.sessions).values(**{name: getattr(made, name) for name in made.__struct_fields__})
    )
    change.record("session.start", subject=f"users/{user}")
    return made


def find_session(connection: Connection, digest: str) -> Session | None:
    """A session by the digest of its secret; None where there is none."""
    return first(connection, select(t.sessions).where(t.sessions.c.digest == digest), Session)


def sessions(connection: Connection, user: str = "") -> tuple[Session, ...]:
    """The sessions of a user, or of everybody, the latest seen first."""
    query = select(t.sessions).order_by(t.sessions.c.last_seen.desc(), t.sessions.c.digest)
    return every(connection, query.where(t.sessions.c.user == user) if user else query, Session)


def touch_session(change: Change, digest: str) -> None:
    """Note that a session is in use."""
    change.connection.execute(update(t.sessions).where(t.sessions.c.digest == digest).values(last_seen=change.at))


def end_session(change: Change, digest: str, user: str = "") -> bool:
    """End a session (of this user, where one is named). Gives whether there was one."""
    which = delete(t.sessions).where(t.sessions.c.digest == digest)
    gone = change.connection.execute(which.where(t.sessions.c.user == user) if user else which)
    if gone.rowcount:
        change.record("session.end", subject=f"users/{user}" if user else "")
    return bool(gone.rowcount)


def end_sessions(change: Change, user: str, keep: str = "") -> int:
    """End all sessions of a user, but for one that may be kept. Gives how many ended."""
    gone = change.connection.execute(delete(t.sessions).where(t.sessions.c.user == user, t.sessions.c.digest != keep))
    if gone.rowcount:
        change.record("session.end-all", subject=f"users/{user}", note=f"{gone.rowcount} ended")
    return gone.rowcount


def add_link(change: Change, digest: str, purpose: Purpose, user: str, expires_at: str) -> None:
    """Keep a link that works once; one of the same purpose for the same user works no more."""
    spent = delete(t.links).where(t.links.c.purpose == purpose, t.links.c.user == user)
    change.connection.execute(spent)
    change.connection.execute(delete(t.links).where(t.links.c.expires_at <= change.at))
    change.connection.execute(insert(t.links).values(digest=digest, purpose=purpose, user=user, expires_at=expires_at))
    change.record(f"link.{purpose}", subject=f"users/{user}" if user else "")


def find_link(connection: Connection, digest: str) -> Link | None:
    """A link by the digest of its secret; None where there is none."""
    return first(connection, select(t.links).where(t.links.c.digest == digest), Link)


def use_link(change: Change, digest: str) -> bool:
    """Spend a link. Gives False where it was spent before or has expired."""
    which = t.links.c.digest == digest, t.links.c.used_at == "", t.links.c.expires_at > change.at
    return bool(change.connection.execute(update(t.links).where(*which).values(used_at=change.at)).rowcount)


def drop_links(change: Change, user: str) -> None:
    """Let no link of a user work any more."""
    change.connection.execute(delete(t.links).where(t.links.c.user == user))


def attempts(connection: Connection, *keys: str) -> dict[str, Attempts]:
    """What is known of failed attempts, by key."""
    found = every(connection, select(t.attempts).where(t.attempts.c.key.in_(keys)), Attempts)
    return {one.key: one for one in found}


def keep_attempts(change: Change, now: Attempts, forget_before: str) -> None:
    """Keep what is known now of one key; forget what is older than a moment."""
    change.connection.execute(
        delete(t.attempts).where((t.attempts.c.key == now.key) | (t.attempts.c.last_at < forget_before))
    )
    values = {name: getattr(now, name) for name in now.__struct_fields__}
    change.connection.execute(insert(t.attempts).values(**values))


def forget_attempts(change: Change, key: str) -> None:
    """Forget the failed attempts of one key."""
    change.connection.execute(delete(t.attempts).where(t.attempts.c.key == key))
