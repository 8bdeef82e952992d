"""Messages that wait to be sent, and those that were. Nothing is removed for having failed: it is tried again later.

The chain does not vouch for them: they repeat what it tells, and are no decision of anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import Connection, func, insert, or_, select, update

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.moments import later
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every, first

_AT_ONCE = 500
_FIRST_WAIT_S = 60.0
_LONGEST_WAIT_S = 86_400.0
_LEASE_S = 600.0
"""How long a message that is being sent is left alone, should whoever sends it die."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is put into the outbox."""

    channel: str
    recipient: str
    """The user, for a mail; empty for a webhook."""
    subject: str
    body: str
    """What there is to tell, as JSON."""
    key: str


class Waiting(Message, frozen=True, kw_only=True):
    """A message in the outbox."""

    number: int
    created_at: str
    sent_at: str
    tries: int
    next_at: str
    error: str


def add(change: Change, messages: Iterable[Message]) -> int:
    """Put messages into the outbox, none of them twice; gives how many were new."""
    wanted = {one.key: one for one in messages}
    keys = list(wanted)
    for start in range(0, len(keys), _AT_ONCE):
        known = select(t.outbox.c.key).where(t.outbox.c.key.in_(keys[start : start + _AT_ONCE]))
        for key in change.connection.execute(known).scalars():
            del wanted[key]
    rows = [{**msgspec.structs.asdict(one), "created_at": change.at} for one in wanted.values()]
    for start in range(0, len(rows), _AT_ONCE):
        change.connection.execute(insert(t.outbox), rows[start : start + _AT_ONCE])
    return len(rows)


def take(change: Change, channels: Collection[str], limit: int = 1000) -> tuple[Waiting, ...]:
    """Messages of these channels whose time has come, the oldest first; for a while nobody else gets them."""
    c = t.outbox.c
    come = or_(c.next_at == "", c.next_at <= change.at)
    query = select(t.outbox).where(c.sent_at == "", come, c.channel.in_(channels)).order_by(c.number).limit(limit)
    found = every(change.connection, query, Waiting)
    _set(change, [one.number for one in found], {"next_at": later(change.at, _LEASE_S)})
    return found


def sent(change: Change, numbers: Collection[int]) -> None:
    """Say that messages were sent."""
    _set(change, numbers, {"sent_at": change.at, "error": "", "next_at": "", "tries": t.outbox.c.tries + 1})


def failed(change: Change, messages: Iterable[Waiting], error: str) -> None:
    """Say why messages could not be sent; each is tried again after a wait that doubles, up to a day."""
    for one in messages:
        wait = min(_FIRST_WAIT_S * 2 ** min(one.tries, 20), _LONGEST_WAIT_S)
        values = {"error": error[:1000], "tries": one.tries + 1, "next_at": later(change.at, wait)}
        _set(change, [one.number], values)


def _set(change: Change, numbers: Collection[int], values: dict[str, object]) -> None:
    chosen = sorted(numbers)
    for start in range(0, len(chosen), _AT_ONCE):
        some = t.outbox.c.number.in_(chosen[start : start + _AT_ONCE])
        change.connection.execute(update(t.outbox).where(some).values(**values))


def again(change: Change, number: int) -> Waiting:
    """Let a message be tried at once. Raises NotFound, Conflict where it was sent."""
    query = select(t.outbox).where(t.outbox.c.number == number)
    found = first(change.connection, query, Waiting)
    if found is None:
        raise NotFound(f"there is no message {number} in the outbox")
    if found.sent_at:
        raise Conflict("this message was sent in the meantime")
    if found.error:  # without an error its time has come already, or somebody is sending it
        _set(change, [number], {"next_at": ""})
    return found


def messages(connection: Connection, *, unsent: bool = False, limit: int = 200, offset: int = 0) -> tuple[Waiting, ...]:
    """The messages, the newest first; with `unsent` those that still wait."""
    query = select(t.outbox).order_by(t.outbox.c.number.desc()).limit(limit).offset(offset)
    return every(connection, query.where(t.outbox.c.sent_at == "") if unsent else query, Waiting)


def count(connection: Connection, *, unsent: bool = False) -> int:
    """How many messages there are; with `unsent` how many still wait."""
    query = select(func.count()).select_from(t.outbox)
    return int(connection.execute(query.where(t.outbox.c.sent_at == "") if unsent else query).scalar_one())
