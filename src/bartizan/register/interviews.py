"""Interviews under way: the answers so far, saved at each, with who gave them."""

from __future__ import annotations

import secrets

import msgspec
from sqlalchemy import Connection, insert, select, update

from bartizan.core.errors import Conflict, NotFound
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import can_be_kept, every, first


class GivenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: to which question, what, by whom and when."""

    question: str
    reply: str | tuple[str, ...]
    by: str
    at: str


class KeptInterview(msgspec.Struct, frozen=True, kw_only=True):
    """An interview: for a new system, or for a new version of one."""

    id: str
    system: str
    """The system that it describes anew; empty for one that is not kept yet."""
    name: str
    steps: str
    by: str
    at: str
    finished: bool
    revision: int

    @property
    def answers(self) -> tuple[GivenAnswer, ...]:
        """The answers, in the order in which they were given."""
        return msgspec.json.decode(self.steps or "[]", type=tuple[GivenAnswer, ...])


def start(change: Change, system: str = "") -> KeptInterview:
    """A new interview with no answers."""
    made = secrets.token_hex(8)
    values = {"id": made, "system": system, "steps": "[]", "by": change.actor, "at": change.at}
    change.connection.execute(insert(t.interviews).values(**values))
    return interview(change.connection, made)


def save(change: Change, before: KeptInterview, answers: tuple[GivenAnswer, ...], name: str) -> KeptInterview:
    """Keep the answers. Raises Conflict where somebody else answered since `before` was read."""
    c = t.interviews.c
    values = {"steps": msgspec.json.encode(answers).decode(), "name": name, "at": change.at}
    done = change.connection.execute(
        update(t.interviews)
        .where(c.id == before.id, c.revision == before.revision, c.finished.is_(False))
        .values(**values, revision=before.revision + 1)
    )
    if done.rowcount != 1:
        raise Conflict("somebody else answered in the meantime; what they said is shown now")
    return interview(change.connection, before.id)


def finish(change: Change, name: str, system: str) -> None:
    """The interview has become a description of this system."""
    values = {"finished": True, "system": system, "at": change.at}
    change.connection.execute(update(t.interviews).where(t.interviews.c.id == name).values(**values))


def interview(connection: Connection, name: str) -> KeptInterview:
    """An interview by its id. Raises NotFound."""
    query = select(t.interviews).where(t.interviews.c.id == name)
    found = first(connection, query, KeptInterview) if can_be_kept(name) else None
    if found is None:
        raise NotFound(f"there is no interview '{name:.60}'")
    return found


def under_way(connection: Connection) -> tuple[KeptInterview, ...]:
    """The interviews that are not finished, the latest first."""
    c = t.interviews.c
    return every(connection, select(t.interviews).where(c.finished.is_(False)).order_by(c.at.desc()), KeptInterview)
