"""Read what was done: the newest entries first, by system, by person, by the row they are about."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from bartizan.register.audit.following import read_body
from bartizan.register.chain import Body, canonical
from bartizan.register.change import LARGEST
from bartizan.register.tables import audit

_AT_ONCE = 200


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as a person reads it."""

    seq: int
    hash: str
    body: Body


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries; what is empty filters nothing."""

    system: str = ""
    actor: str = ""
    action: str = ""
    """An action, or the first word of some, as `accept`."""
    subject: str = ""
    """A row as `bartizan.register.change.subject_of` names it."""
    since: str = ""
    """The first day or moment."""
    before: int = 0
    """Only entries with a smaller number: where the page before ended."""


def log(connection: Connection, wanted: Filter, limit: int = 50) -> tuple[Told, ...]:
    """The newest entries that are wanted, newest first. What cannot be read is left to `verify` to tell."""
    found: list[Told] = []
    for told in _newest_first(connection, wanted):
        if told.body.at < wanted.since:
            break
        if _fits(told.body, wanted):
            found.append(told)
        if len(found) >= limit:
            break
    return tuple(found)


def _newest_first(connection: Connection, wanted: Filter) -> Iterator[Told]:
    query = select(audit.c.seq, audit.c.hash, audit.c.body).where(*_conditions(wanted)).order_by(audit.c.seq.desc())
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for seq, hash_, body in rows:
            said = read_body(str(body).encode("utf-8", "replace"))
            if said is not None:
                yield Told(seq=seq, hash=hash_, body=said)


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.system:
        yield audit.c.system == wanted.system
    if wanted.subject:
        yield audit.c.subject == wanted.subject
    if wanted.before:
        yield audit.c.seq < min(wanted.before, LARGEST)
    if wanted.actor:  # not by a column: a rough sieve, that `_fits` makes exact
        yield audit.c.body.contains(f'"actor":{canonical(wanted.actor)}', autoescape=True)
    if wanted.action:
        yield audit.c.body.contains(f'"action":{canonical(wanted.action)[:-1]}', autoescape=True)


def _fits(said: Body, wanted: Filter) -> bool:
    if wanted.actor and said.actor != wanted.actor:
        return False
    return not wanted.action or said.action == wanted.action or said.action.startswith(f"{wanted.action}.")
