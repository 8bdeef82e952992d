"""Risks: of one system, and searched across all."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bartizan.core.kept import KeptRisk
from bartizan.register import risks, systems
from bartizan.register.portfolio import Place, RiskFilters
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, link, part
from bartizan.web.api.values import LARGEST, Day, Step, Words
from bartizan.workflows import portfolio, viewing

State = Literal["any", "open", "gone", "undecided"]
Treated = Literal["any", "none", "mitigate", "transfer", "avoid", "accept"]
_PLACE = re.compile(r"([0-9]{1,2})-([0-9]{1,9})-([a-z0-9][a-z0-9-]{0,199})")


class _Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: Annotated[State, Meta(description="open: it is a risk now; gone; undecided: answers are missing.")] = "open"
    treatment: Annotated[Treated, Meta(description="What holds; none: nobody decided.")] = "any"
    level: Annotated[Step, Meta(description="The level that it has at least now.")] = 0
    owner: Annotated[Words, Meta(description="Who answers for it, whatever the case.")] = ""
    threat: Words = ""
    component: Words = ""
    above_appetite: bool = False
    text: Annotated[Words, Meta(description="Is found in the names of its threat and component, its id or owner.")] = ""
    limit: Annotated[int, Meta(ge=1, le=200, description="How many at most.")] = 50


class RisksQuery(_Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which risks of a system are wanted."""

    offset: Annotated[int, Meta(ge=0, le=LARGEST, description="How many to leave out before.")] = 0


class SearchQuery(_Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which risks of all systems are wanted."""

    system: Words = ""
    likelihood: Annotated[Step, Meta(description="Exactly this likelihood now, as a cell of the heat map has it.")] = 0
    impact: Annotated[Step, Meta(description="Exactly this impact now.")] = 0
    after: Annotated[str, Meta(pattern=f"^({_PLACE.pattern})?$", description="Where to go on: what `next` said.")] = ""


class RiskEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a risk can be changed; what is not given, or null, stays."""

    owner: Words | None = None
    review_due: Day | None = None
    """The day on which somebody shall look again; empty for none."""


class FoundRisks(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the risks that were found, the worst first."""

    items: tuple[KeptRisk, ...]
    total: int
    """How many there are, counted up to 1,000."""
    more: bool
    """Whether there are more than were counted."""
    next: str
    """What to give as `after` to go on; empty at the end."""


@route("GET", "/systems/{system:str}/risks")
def find(call: Call, system: str, query: RisksQuery) -> Answer[Listed[KeptRisk]]:
    """The risks of a system by number, those that are open unless others are wanted."""
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        found = risks.risks(connection, system)
    wanted = Paged(limit=query.limit, offset=query.offset)
    return part(call, [row for row in found if _fits(row, query)], wanted)


def _fits(row: KeptRisk, wanted: RisksQuery) -> bool:
    text = "\n".join((row.name, row.label, row.risk, row.owner)).casefold()
    return (
        wanted.state in {"any", row.state}
        and wanted.treatment in {"any", row.treatment or "none"}
        and row.current_level >= wanted.level
        and wanted.owner.casefold() in {"", row.owner.casefold()}
        and wanted.threat in {"", row.threat}
        and wanted.component in {"", row.component}
        and (row.above_appetite or not wanted.above_appetite)
        and wanted.text.casefold() in text
    )


@route("GET", "/systems/{system:str}/risks/{number:int}", etag=True)
def get(call: Call, system: str, number: int) -> Answer[KeptRisk]:
    """A risk by its number, which it keeps for life."""
    return _answer(_risk(call, system, number))


@route("PATCH", "/systems/{system:str}/risks/{number:int}", role="assessor", condition="must", etag=True)
def edit(call: Call, system: str, number: int, body: RiskEdit) -> Answer[KeptRisk]:
    """Say who answers for a risk, and when to look at it again."""
    revision = call.revision(_risk(call, system, number).revision)
    made = viewing.amend_risk(
        call.desk, system, number, owner=body.owner, review_due=body.review_due, by=call.by, revision=revision
    )
    return _answer(made)


@route("GET", "/risks", anywhere=True)
def search(call: Call, query: SearchQuery) -> Answer[FoundRisks]:
    """Risks of all systems that you may see, the worst first. The list goes on at `next`, not at an offset."""
    filters = RiskFilters(
        text=query.text,
        system=query.system,
        threat=query.threat,
        component=query.component,
        level=query.level,
        likelihood=query.likelihood,
        impact=query.impact,
        state="" if query.state == "any" else query.state,
        treatment="" if query.treatment == "any" else query.treatment,
        owner=query.owner,
        above_appetite=query.above_appetite,
        only=call.only,
    )
    found = portfolio.search(call.desk, filters, after=_place(query.after), limit=query.limit)
    after = "{0}-{2}-{1}".format(*found.next) if found.next else ""
    headers = {"Link": link(call, "next", after=after)} if after else {}
    return Answer(value=FoundRisks(items=found.items, total=found.total, more=found.more, next=after), headers=headers)


def _place(text: str) -> Place | None:
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    assert found is not None, "the query was read by the same pattern"
    return int(found[1]), found[3], int(found[2])


def _risk(call: Call, system: str, number: int) -> KeptRisk:
    with call.desk.register.read() as connection:
        return risks.risk(connection, system, number)


def _answer(found: KeptRisk) -> Answer[KeptRisk]:
    return Answer(value=found, revision=found.revision)


ROUTES = (find, get, edit, search)
