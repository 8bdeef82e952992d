"""What happened to a running system: blocked requests, incidents, alarms.

An event is an observation that nobody weighed yet. It makes a review due; it raises a rating once somebody records it
as evidence, and it can never lower one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import Connection, select

from bartizan.core.errors import NotFound
from bartizan.core.kept import Event
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is to be kept."""

    kind: str
    what: str
    at: str
    """The moment, as 2026-11-22T09:00:00Z."""
    count: int = 1
    source: str = ""
    risk_number: int | None = None


def add(change: Change, system: str, happened: Iterable[Happened]) -> tuple[Event, ...]:
    """Keep what happened; what is kept already, in every respect the same, is not kept twice."""
    number = change.next_number(t.events, system)
    known = {_same(one) for one in events(change.connection, system)}
    made = []
    for one in happened:
        if _same(one) in known:
            continue
        known.add(_same(one))
        row = change.insert(t.events, {"system": system, "number": number, **msgspec.structs.asdict(one)}, "event.add")
        made.append(msgspec.convert({str(k): v for k, v in row.items()}, Event))
        number += 1
    return tuple(made)


def _same(one: Happened | Event) -> tuple[object, ...]:
    return one.kind, one.what, one.at, one.count, one.source, one.risk_number


def events(connection: Connection, system: str, *, unseen: bool = False) -> tuple[Event, ...]:
    """What happened to a system, the newest first; with `unseen` only what nobody has looked at."""
    c = t.events.c
    query = select(t.events).where(c.system == system).order_by(c.at.desc(), c.number.desc())
    return every(connection, query.where(c.seen_at == "") if unseen else query, Event)


def see(change: Change, system: str, numbers: Collection[int] | None = None) -> int:
    """Say that somebody looked at events, at all of them where none is named; gives how many. Raises NotFound."""
    waiting = {one.number for one in events(change.connection, system, unseen=True)}
    wanted = waiting if numbers is None else set(numbers)
    known = {one.number for one in events(change.connection, system)}
    if not wanted <= known:
        raise NotFound(f"system '{system:.100}' has no event {min(wanted - known)}")
    for number in sorted(wanted & waiting):
        change.update(t.events, {"system": system, "number": number}, {"seen_at": change.at}, "event.see")
    return len(wanted & waiting)
