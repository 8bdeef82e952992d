"""All systems at once: what they come to, and what is due."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from bartizan.core.due import Due, DueKind
from bartizan.register.portfolio import Cell, Filters, Totals
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Words
from bartizan.workflows import portfolio, reviews


class PortfolioQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which systems are counted."""

    text: Annotated[Words, Meta(description="Is found in name, id, owner or what it is about.")] = ""
    owner: Annotated[Words, Meta(description="Its owner, whatever the case.")] = ""


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """What systems come to together."""

    totals: Totals
    heat: tuple[Cell, ...]
    """Open risks by likelihood and impact as they are now, without empty cells."""
    levels: tuple[str, ...]
    """The names of the levels, lowest first."""


class DueQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be told."""

    within: Annotated[int, Meta(ge=0, le=3_650, description="Days ahead in which what comes is told.")] = 30
    system: Annotated[Words, Meta(description="Of one system only.")] = ""
    kind: Annotated[tuple[DueKind, ...], Meta(description="Of these kinds only.")] = ()


@route("GET", "/portfolio", anywhere=True)
def get(call: Call, query: PortfolioQuery) -> Answer[Portfolio]:
    """What the systems that you may see come to together, with their heat map."""
    found = portfolio.view(call.desk, Filters(text=query.text, owner=query.owner, only=call.only), limit=1)
    levels = tuple(level.name for level in call.desk.catalog.scales.levels)
    return Answer(value=Portfolio(totals=found.totals, heat=found.heat, levels=levels))


@route("GET", "/reviews", anywhere=True)
def due(call: Call, query: DueQuery) -> Answer[Listed[Due]]:
    """What is due now or soon in the systems that you may see, the most urgent first."""
    if query.system:
        call.require("viewer", query.system)
    found = reviews.list_due(call.desk, within=query.within, system=query.system or None, only=call.only)
    return part(call, [one for one in found if not query.kind or one.kind in query.kind], query)


ROUTES = (get, due)
