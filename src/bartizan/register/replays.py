"""Answers to writes that carried an idempotency key, for a day: a write that is sent again is answered, not done again.

A key is claimed before the work begins and filled when it is done, each in a transaction of its own, since the work is
one by itself. A claim that was never filled says that nobody knows how the work ended.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from bartizan.core.moments import later
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import first

LASTS_S = 86_400
"""How long an answer is repeated."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was used. Key and request are digests; both hide what they are of."""

    key: str
    request: str
    status: int
    """That of the answer; 0 while there is none."""
    body: str
    at: str


def claim(change: Change, key: str, request: str) -> Replay | None:
    """None where the key is new, and now the caller's; else what is known under it. Forgets what is a day old."""
    change.connection.execute(delete(t.replays).where(t.replays.c.at < later(change.at, -LASTS_S)))
    known = find(change.connection, key)
    if known is None:
        change.connection.execute(insert(t.replays).values(key=key, request=request, at=change.at))
    return known


def fill(change: Change, key: str, status: int, body: str) -> None:
    """The work is done, and this was its answer."""
    change.connection.execute(update(t.replays).where(t.replays.c.key == key).values(status=status, body=body))


def release(change: Change, key: str) -> None:
    """Nothing was done under this key; it may be used again."""
    change.connection.execute(delete(t.replays).where(t.replays.c.key == key))


def find(connection: Connection, key: str) -> Replay | None:
    """What is known under a key; None where it was not used."""
    return first(connection, select(t.replays).where(t.replays.c.key == key), Replay)
