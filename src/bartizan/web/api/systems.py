"""Systems: found, kept for the first time, put away."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bartizan.core.findings import FindingKind, Judged
from bartizan.core.kept import KeptSystem
from bartizan.register import systems
from bartizan.register.portfolio import Filters, Sort
from bartizan.web.api.endpoint import ROOT, Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, page
from bartizan.web.api.values import Step, Text, Words
from bartizan.workflows import gate as gating
from bartizan.workflows import keeping, portfolio

Archived = Literal["no", "yes", "any"]
ARCHIVED: dict[Archived, bool | None] = {"no": False, "yes": True, "any": None}
_ID = r"^([a-z0-9][a-z0-9-]{0,63})?$"


class SystemsQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which systems are wanted."""

    text: Annotated[Words, Meta(description="Is found in name, id, owner or what it is about.")] = ""
    owner: Annotated[Words, Meta(description="Its owner, whatever the case.")] = ""
    worst: Annotated[Step, Meta(description="The level that its worst risk has at least.")] = 0
    archived: Annotated[Archived, Meta(description="Whether it was put away.")] = "no"
    sort: Sort = "worst"


class NewSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system that is to be kept."""

    description: Annotated[str, Meta(min_length=1, max_length=2_000_000)]
    """The text of system.yaml, as YAML or JSON."""
    id: Annotated[str, Meta(pattern=_ID)] = ""
    """What it is called in addresses; made of its name where nothing is given."""
    note: Text = ""


class SystemEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a system can be changed beside its description."""

    archived: bool


class GateQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a gate is to look for."""

    allow: Annotated[tuple[FindingKind, ...], Meta(description="Kinds that are told and do not fail.")] = ()
    require: Annotated[tuple[FindingKind, ...], Meta(description="Where any are named, these alone fail.")] = ()


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says."""

    passed: bool
    judged: Judged


@route("GET", "/systems", anywhere=True)
def find(call: Call, query: SystemsQuery) -> Answer[Listed[KeptSystem]]:
    """The systems that you may see, those with the worst risks first."""
    filters = Filters(
        text=query.text, owner=query.owner, worst=query.worst, archived=ARCHIVED[query.archived], only=call.only
    )
    found = portfolio.page(call.desk, filters, sort=query.sort, offset=query.offset, limit=query.limit)
    return page(call, found.items, found.total, query)


@route("POST", "/systems", role="assessor", status=201, etag=True)
def add(call: Call, body: NewSystem) -> Answer[KeptSystem]:
    """Keep a new system by its description, and assess it. A description of a system that is kept already is a 409:
    put it to that system's description instead.
    """
    name = f"{body.id or 'system'}.yaml"
    made = keeping.keep(call.desk, body.description, file=name, by=call.by, system=body.id, note=body.note, onto=0)
    place = f"{ROOT}/systems/{made.system.id}"
    return Answer(value=made.system, revision=made.system.revision, headers={"Location": place})


@route("GET", "/systems/{system:str}", etag=True)
def get(call: Call, system: str) -> Answer[KeptSystem]:
    """A system, and what its newest assessment came to."""
    return _answer(_system(call, system))


@route("PATCH", "/systems/{system:str}", role="assessor", condition="must", etag=True)
def edit(call: Call, system: str, body: SystemEdit) -> Answer[KeptSystem]:
    """Put a system away, or take it out again; nothing of it is lost."""
    revision = call.revision(_system(call, system).revision)
    return _answer(keeping.archive(call.desk, system, body.archived, by=call.by, revision=revision))


@route("GET", "/systems/{system:str}/gate")
def gate(call: Call, system: str, query: GateQuery) -> Answer[Gate]:
    """Whether the system may pass, and every reason why not."""
    asked = gating.Asked(allow=frozenset(query.allow), require=frozenset(query.require))
    judged = gating.gate_system(call.desk, system, asked)
    return Answer(value=Gate(passed=judged.passed, judged=judged))


def _system(call: Call, name: str) -> KeptSystem:
    with call.desk.register.read() as connection:
        return systems.system(connection, name)


def _answer(found: KeptSystem) -> Answer[KeptSystem]:
    return Answer(value=found, revision=found.revision)


ROUTES = (find, add, get, edit, gate)
