"""Many systems at once, for people: a page of them with their sums, heat map and course over time."""

from __future__ import annotations

import msgspec

from bartizan.core.kept import KeptSystem
from bartizan.register import across, portfolio
from bartizan.register.across import Day, Shared
from bartizan.register.portfolio import Cell, Filters, Found, Page, Place, RiskFilters, Sort, Totals
from bartizan.workflows.desk import Desk


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the portfolio."""

    page: Page[KeptSystem]
    totals: Totals
    heat: tuple[Cell, ...]
    trend: tuple[Day, ...] = ()


def view(
    desk: Desk,
    filters: Filters,
    *,
    sort: Sort = "worst",
    descending: bool | None = None,
    offset: int = 0,
    limit: int = 50,
    since: str | None = None,
) -> View:
    """The systems that are meant, and what they come to; their course since a day where one is given."""
    with desk.register.read() as connection:
        return View(
            page=portfolio.systems(connection, filters, sort=sort, descending=descending, offset=offset, limit=limit),
            totals=portfolio.totals(connection, filters),
            heat=portfolio.heat(connection, filters),
            trend=across.trend(connection, filters, since) if since is not None else (),
        )


def page(desk: Desk, filters: Filters, *, sort: Sort = "worst", offset: int = 0, limit: int = 50) -> Page[KeptSystem]:
    """A page of the systems that are meant, without what they come to together."""
    with desk.register.read() as connection:
        return portfolio.systems(connection, filters, sort=sort, offset=offset, limit=limit)


def search(desk: Desk, filters: RiskFilters, *, after: Place | None = None, limit: int = 50) -> Found:
    """Risks of all systems, the worst first."""
    with desk.register.read() as connection:
        return portfolio.risks(connection, filters, after=after, limit=limit)


def in_common(desk: Desk, filters: Filters, *, least: int = 2) -> tuple[tuple[Shared, ...], tuple[Shared, ...]]:
    """Suppliers and models that at least so many of these systems share."""
    with desk.register.read() as connection:
        return (
            across.shared_suppliers(connection, filters, least=least),
            across.shared_models(connection, filters, least=least),
        )


def listed(
    desk: Desk,
    filters: Filters,
    *,
    sort: Sort = "worst",
    descending: bool | None = None,
    offset: int = 0,
    limit: int = 50,
) -> View:
    """A page of the systems that are meant and their sums, without the heat map."""
    with desk.register.read() as connection:
        page = portfolio.systems(connection, filters, sort=sort, descending=descending, offset=offset, limit=limit)
        return View(page=page, totals=portfolio.totals(connection, filters), heat=())


def counted(desk: Desk, filters: Filters) -> Totals:
    """What the systems that are meant come to together, without a list of them."""
    with desk.register.read() as connection:
        return portfolio.totals(connection, filters)


def names(desk: Desk, filters: Filters, *, limit: int = 500) -> dict[str, str]:
    """The names of the systems that are meant by their ids, in the order of their names."""
    with desk.register.read() as connection:
        found = portfolio.systems(connection, filters, sort="name", limit=limit)
    return {one.id: one.name for one in found.items}
