"""Who asks."""

from __future__ import annotations

import msgspec

from bartizan.core.people import Role
from bartizan.web.api.endpoint import Answer, Call, route


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A role that somebody has."""

    role: Role
    system: str
    """Where; empty for all systems."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what they may do: of a token, no more than it allows."""

    id: str
    name: str
    roles: tuple[Held, ...]
    by_token: bool


@route("GET", "/me", role=None)
def get(call: Call) -> Answer[Me]:
    """Who you are to this server, and what you may do."""
    person = call.visit.person
    roles = tuple(Held(role=grant.role, system=grant.system) for grant in person.grants)
    return Answer(value=Me(id=person.id, name=person.name, roles=roles, by_token=call.visit.visitor.by_token))


ROUTES = (get,)
