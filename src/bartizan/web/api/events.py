"""What happens to a running system: observations of a gateway, incidents, alarms."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from bartizan.core.kept import Event
from bartizan.register import events, systems
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Number
from bartizan.workflows import events as work

_ALL = "/systems/{system:str}/events"


class NewEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that happened."""

    kind: Annotated[str, Meta(min_length=1, max_length=200, examples=["blocked", "incident", "alarm"])]
    at: Annotated[str, Meta(max_length=40, examples=["2026-11-22T09:00:00Z"])]
    """The moment, with its zone."""
    what: Annotated[str, Meta(max_length=4_000)] = ""
    count: Number = 1
    """How often."""
    source: Annotated[str, Meta(max_length=200)] = ""
    risk: Annotated[str, Meta(max_length=400)] | None = None
    """The risk that it is about: threat@component, or R-12."""


class NewEvents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Things that happened."""

    events: Annotated[tuple[NewEvent, ...], Meta(min_length=1, max_length=10_000)]


class KeptEvents(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept of the events that were sent; what was kept already is not kept twice."""

    items: tuple[Event, ...]


class EventsQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events are wanted."""

    unseen: Annotated[bool, Meta(description="Only those that nobody has looked at.")] = False


@route("GET", _ALL)
def find(call: Call, system: str, query: EventsQuery) -> Answer[Listed[Event]]:
    """What happened to a system, the newest first."""
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        found = events.events(connection, system, unseen=query.unseen)
    return part(call, found, query)


@route("POST", _ALL, role="assessor", status=201)
def add(call: Call, system: str, body: NewEvents) -> Answer[KeptEvents]:
    """Keep what happened. It makes a review due; it raises no rating until somebody weighs it as evidence."""
    lines = b"\n".join(msgspec.json.encode(one) for one in body.events).decode()
    made = work.keep_events(call.desk, system, lines, file="events", by=call.by)
    return Answer(value=KeptEvents(items=made))


ROUTES = (find, add)
