"""What people say of the controls of a system: how far each is, and where."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from bartizan.core.errors import NotFound
from bartizan.core.kept import KeptControl
from bartizan.core.terms import ControlStatus
from bartizan.register import controls, systems
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Day, Text, Words
from bartizan.workflows import keeping
from bartizan.workflows.admission import Standing

_ONE = "/systems/{system:str}/controls/{control:str}"


class PlaceQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a control is meant."""

    component: Annotated[Words, Meta(description="A component; empty for everywhere.")] = ""


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a control is."""

    status: ControlStatus
    """`verified` needs evidence that holds, `not_applicable` a reason."""
    reason: Text = ""
    owner: Words = ""
    due: Day = ""


@route("GET", "/systems/{system:str}/controls")
def find(call: Call, system: str, query: Paged) -> Answer[Listed[KeptControl]]:
    """What was said of controls in the register; it wins over what the description declares."""
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        found = controls.controls(connection, system)
    return part(call, found, query)


@route("GET", _ONE, etag=True)
def get(call: Call, system: str, control: str, query: PlaceQuery) -> Answer[KeptControl]:
    """What was said of one control at a component, or everywhere."""
    found = _said(call, system, control, query.component)
    if found is None:
        where = f" at '{query.component:.100}'" if query.component else ""
        raise NotFound(f"nothing was said of '{control:.100}'{where} for system '{system:.100}'")
    return Answer(value=found, revision=found.revision)


@route("PUT", _ONE, role="assessor", condition="must", etag=True)
def put(call: Call, system: str, control: str, query: PlaceQuery, body: Said) -> Answer[KeptControl]:
    """Say how far a control is, and rate the risks by it. For what nobody said anything of yet: If-None-Match: *."""
    before = _said(call, system, control, query.component)
    standing = Standing(
        status=body.status, component=query.component, reason=body.reason, owner=body.owner, due=body.due
    )
    revision = call.revision(before.revision if before else None)
    made = keeping.set_control(call.desk, system, control, standing, by=call.by, revision=revision)
    return Answer(value=made, revision=made.revision)


def _said(call: Call, system: str, control: str, component: str) -> KeptControl | None:
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        return controls.control(connection, system, control, component)


ROUTES = (find, get, put)
