"""Keys for the API, kept as the SHA-256 of their secret only."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from bartizan.core.errors import NotFound
from bartizan.core.people import EVERYWHERE, Role, Token
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import can_be_kept, every, first


def add(
    change: Change, name: str, *, digest: str, user: str, shown: str, role: Role, system: str = EVERYWHERE, until: str
) -> Token:
    """Keep a new token under an id."""
    values = {
        "id": name,
        "digest": digest,
        "user": user,
        "name": shown,
        "role": role,
        "system": system,
        "created_at": change.at,
        "expires_at": until,
    }
    change.insert(t.tokens, values, "token.add")
    return token(change.connection, name)


def token(connection: Connection, name: str) -> Token:
    """A token by its id. Raises NotFound."""
    found = first(connection, select(t.tokens).where(t.tokens.c.id == name), Token) if can_be_kept(name) else None
    if found is None:
        raise NotFound(f"there is no token '{name:.40}'")
    return found


def find(connection: Connection, digest: str) -> Token | None:
    """A token by the digest of its secret; None where there is none."""
    return first(connection, select(t.tokens).where(t.tokens.c.digest == digest), Token)


def tokens(connection: Connection, user: str = "") -> tuple[Token, ...]:
    """The tokens of a user, or of everybody, the newest first; those that are revoked too."""
    query = select(t.tokens).order_by(t.tokens.c.created_at.desc(), t.tokens.c.id)
    return every(connection, query.where(t.tokens.c.user == user) if user else query, Token)


def revoke(change: Change, name: str) -> None:
    """Let a token work no more; once is enough. Raises NotFound."""
    if not token(change.connection, name).revoked_at:
        change.update(t.tokens, {"id": name}, {"revoked_at": change.at}, "token.revoke")


def used(change: Change, name: str) -> None:
    """Note that a token is in use. No entry of the audit: it is no news."""
    change.connection.execute(update(t.tokens).where(t.tokens.c.id == name).values(last_used=change.at))
