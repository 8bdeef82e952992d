"""Questions over many systems: lists, search, the heat map of all, what they have in common, how it went over time.

Everything that may be shown to a person is asked with `only`: the systems that they may see, None for all. Systems that
were put away are left out unless they are asked for. Lists come in pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    false,
    func,
    or_,
    select,
    tuple_,
)

from bartizan.core.kept import KeptRisk, KeptSystem
from bartizan.register import tables as t
from bartizan.register.rows import every

T = TypeVar("T")
Sort: TypeAlias = Literal["worst", "name", "owner", "due", "above", "untreated", "assessed"]
LARGEST_PAGE = 500
_COUNTED = 1000
"""Found risks beyond this many are not counted: nobody reads that far, and counting takes time."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which systems are meant; what is not given does not matter."""

    text: str = ""
    """Is found in the name, the id, the owner or what it is about, whatever the case."""
    owner: str = ""
    worst: int = 0
    """The level that its worst risk has at least."""
    above_appetite: bool = False
    untreated: bool = False
    due_before: str = ""
    """Its review is due before this day."""
    supplier: str = ""
    """The name of somebody who supplies a part of it."""
    model: str = ""
    """Is found in the name of a model of it."""
    archived: bool | None = False
    """None: whether it was put away or not."""
    only: frozenset[str] | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list, and how long the whole is."""

    items: tuple[T, ...]
    total: int
    offset: int = 0


_ORDERS: dict[Sort, tuple[tuple[Column[Any], bool], ...]] = {
    "worst": ((t.systems.c.worst, True), (t.systems.c.above_appetite, True)),
    "name": ((t.systems.c.name, False),),
    "owner": ((t.systems.c.owner, False),),
    "due": ((t.systems.c.review_due, False),),
    "above": ((t.systems.c.above_appetite, True),),
    "untreated": ((t.systems.c.untreated, True),),
    "assessed": ((t.systems.c.assessed_on, True),),
}
"""By what a list is sorted, and whether the greatest comes first where nobody says otherwise."""


def systems(
    connection: Connection,
    filters: Filters,
    *,
    sort: Sort = "worst",
    descending: bool | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Page[KeptSystem]:
    """A page of the systems that are meant; without `descending` in the order that a person expects first."""
    wanted = meant(filters)
    total = connection.execute(select(func.count()).select_from(t.systems).where(wanted)).scalar() or 0
    query = select(t.systems).where(wanted).order_by(*_order(sort, descending), t.systems.c.id)
    items = every(connection, query.offset(max(offset, 0)).limit(min(limit, LARGEST_PAGE)), KeptSystem)
    return Page(items=items, total=total, offset=offset)


def _order(sort: Sort, descending: bool | None) -> list[ColumnElement[Any]]:
    """The columns to sort by; a system without a day of review comes last either way."""
    columns = _ORDERS[sort]
    turned = descending is not None and descending != columns[0][1]
    found = [column.desc() if down != turned else column.asc() for column, down in columns]
    return [(t.systems.c.review_due == "").asc(), *found] if sort == "due" else list(found)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What the systems that are meant come to together."""

    systems: int
    risks: int
    above_appetite: int
    untreated: int
    undecided: int
    worst: int


def totals(connection: Connection, filters: Filters) -> Totals:
    """The sums over the systems that are meant."""
    c = t.systems.c
    sums = (func.coalesce(func.sum(x), 0).label(x.name) for x in (c.risks, c.above_appetite, c.untreated, c.undecided))
    query = select(func.count().label("systems"), *sums, func.coalesce(func.max(c.worst), 0).label("worst"))
    row = connection.execute(query.where(meant(filters))).mappings().one()
    return msgspec.convert({str(k): int(v) for k, v in row.items()}, Totals)


def meant(filters: Filters) -> ColumnElement[bool]:
    """A condition on `systems`: it is one of those that are meant."""
    c = t.systems.c
    asked: list[ColumnElement[bool]] = []
    if filters.archived is not None:
        asked.append(c.archived.is_(filters.archived))
    if filters.only is not None:
        asked.append(_among(c.id, filters.only))
    if filters.text:
        asked.append(or_(*(x.icontains(filters.text, autoescape=True) for x in (c.name, c.id, c.owner, c.about))))
    if filters.owner:
        asked.append(func.lower(c.owner) == func.lower(filters.owner))
    if filters.due_before:
        asked.append(and_(c.review_due != "", c.review_due < filters.due_before))
    if filters.supplier:
        asked.append(_has_part(func.lower(t.components.c.supplier) == func.lower(filters.supplier)))
    if filters.model:
        named = t.components.c.label.icontains(filters.model, autoescape=True)
        asked.append(_has_part(and_(t.components.c.kind == "model", named)))
    least = ((c.worst, filters.worst), (c.above_appetite, filters.above_appetite), (c.untreated, filters.untreated))
    asked += [column >= int(wanted) for column, wanted in least if wanted]
    return and_(True, *asked)


def _has_part(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return t.systems.c.id.in_(select(t.components.c.system).where(wanted))


def _among(column: Column[str], only: Iterable[str]) -> ColumnElement[bool]:
    chosen = sorted(only)
    return column.in_(chosen) if chosen else false()


def of_systems(column: Column[str], filters: Filters) -> ColumnElement[bool]:
    """A condition on another table: its row is of a system that is meant."""
    if filters == Filters(archived=None):
        return and_(True)
    if filters == Filters():  # those that were put away are few
        return column.not_in(select(t.systems.c.id).where(t.systems.c.archived.is_(True)))
    return column.in_(select(t.systems.c.id).where(meant(filters)))


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of the heat map: how many open risks have this likelihood and impact now."""

    likelihood: int
    impact: int
    risks: int


def heat(connection: Connection, filters: Filters) -> tuple[Cell, ...]:
    """The open risks of the systems that are meant, counted by likelihood and impact; without empty cells."""
    c = t.risks.c
    cell = (c.current_likelihood, c.current_impact)
    query = select(*cell, func.count()).where(c.state == "open", of_systems(c.system, filters)).group_by(*cell)
    found = connection.execute(query).all()
    return tuple(
        sorted((Cell(likelihood=x, impact=y, risks=n) for x, y, n in found), key=lambda o: (o.likelihood, o.impact))
    )


class RiskFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which risks are meant, over all systems; what is not given does not matter."""

    text: str = ""
    """Is found in the threat's or the component's name, the id of the risk or its owner, whatever the case."""
    system: str = ""
    threat: str = ""
    component: str = ""
    level: int = 0
    """The level that it has at least now."""
    likelihood: int = 0
    """Exactly this likelihood now, as a cell of the heat map has it."""
    impact: int = 0
    state: Literal["", "open", "gone", "undecided"] = "open"
    treatment: Literal["", "none", "mitigate", "transfer", "avoid", "accept"] = ""
    owner: str = ""
    above_appetite: bool = False
    changed_since: str = ""
    """Its rating or state changed at this moment or later."""
    archived: bool | None = False
    only: frozenset[str] | None = None


Place: TypeAlias = tuple[int, str, int]
"""Level, system and number of a risk: where in the list a page ends."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of risks, the worst first."""

    items: tuple[KeptRisk, ...]
    total: int
    """How many there are, counted up to 1,000."""
    more: bool
    """Whether there are more than were counted."""
    next: Place | None
    """Where the next page begins; None on the last."""


def risks(
    connection: Connection, filters: RiskFilters, *, after: Place | None = None, limit: int = 50, count: bool = True
) -> Found:
    """A page of the risks that are meant, the worst first, after a place in that order."""
    c, size = t.risks.c, min(limit, LARGEST_PAGE)
    wanted = _risks_meant(connection, filters)
    order = (c.current_level.desc(), c.system, c.number)
    query = select(t.risks).where(wanted).order_by(*order).limit(size + 1)
    if after is not None:
        level, system, number = after
        rest = and_(c.current_level == level, tuple_(c.system, c.number) > tuple_(system, number))
        query = query.where(c.current_level <= level, or_(c.current_level < level, rest))
    items = every(connection, query, KeptRisk)
    shown = items[:size]
    last = shown[-1] if len(items) > size else None
    is_all = after is None and last is None
    total = _counted(connection, wanted) if count and not is_all else len(shown)
    return Found(
        items=shown,
        total=min(total, _COUNTED),
        more=total > _COUNTED,
        next=(last.current_level, last.system, last.number) if last else None,
    )


def _counted(connection: Connection, wanted: ColumnElement[bool]) -> int:
    some = select(t.risks.c.number).where(wanted).limit(_COUNTED + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar() or 0


def _risks_meant(connection: Connection, filters: RiskFilters) -> ColumnElement[bool]:
    c = t.risks.c
    exact: list[tuple[Column[Any], object]] = [
        (c.system, filters.system),
        (c.threat, filters.threat),
        (c.component, filters.component),
        (c.state, filters.state),
        (c.current_likelihood, filters.likelihood),
        (c.current_impact, filters.impact),
    ]
    asked: list[ColumnElement[bool]] = [column == value for column, value in exact if value]
    if filters.level:
        asked.append(c.current_level >= filters.level)
    if filters.treatment:
        asked.append(c.treatment == ("" if filters.treatment == "none" else filters.treatment))
    if filters.owner:
        asked.append(func.lower(c.owner) == func.lower(filters.owner))
    if filters.above_appetite:
        asked.append(c.above_appetite.is_(True))
    if filters.changed_since:
        asked.append(c.last_changed >= filters.changed_since)
    if filters.text:
        holds = func.instr if connection.dialect.name == "sqlite" else func.strpos
        asked.append(holds(c.search, func.lower(filters.text)) > 0)
    asked.append(of_systems(c.system, Filters(archived=filters.archived, only=filters.only)))
    return and_(*asked)
