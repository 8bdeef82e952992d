"""What systems have in common, and how all of them went over time. As in `portfolio`, `only` says who may see what."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, FunctionElement, Over, and_, func, select

from bartizan.register import tables as t
from bartizan.register.portfolio import LARGEST_PAGE, Filters, meant, of_systems

_SHOWN = 50
"""Systems that are named for one supplier or model."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """How things stood at the end of a day on which something was assessed."""

    day: str
    systems: int
    risks: int
    above_appetite: int


def trend(connection: Connection, filters: Filters, since: str = "") -> tuple[Day, ...]:
    """How many risks there were, by day; each system counts with its newest assessment of that day or before.

    Days on which nothing was assessed are left out; with `since` so are those before it, and their sums are not.
    """
    c = t.assessments.c

    def in_order(counted: FunctionElement[Any]) -> Over[Any]:
        return counted.over(partition_by=c.system, order_by=c.number)

    change = select(
        c.today.label("day"),
        (c.risks - in_order(func.lag(c.risks, 1, 0))).label("risks"),
        (c.above_appetite - in_order(func.lag(c.above_appetite, 1, 0))).label("above"),
        in_order(func.row_number()).label("nth"),
    ).where(of_systems(c.system, filters))
    each = change.subquery()
    first = func.count().filter(each.c.nth == 1)
    query = select(each.c.day, first, func.sum(each.c.risks), func.sum(each.c.above)).group_by(each.c.day)
    days, sums = [], [0, 0, 0]
    for day, *more in connection.execute(query.order_by(each.c.day)):
        sums = [a + int(b) for a, b in zip(sums, more, strict=True)]
        if day >= since:
            days.append(Day(day=day, systems=sums[0], risks=sums[1], above_appetite=sums[2]))
    return tuple(days)


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A part that several systems have, or a supplier of parts of several."""

    name: str
    supplier: str
    count: int
    """How many systems have it."""
    worst: int
    """The worst level now of any of them."""
    systems: tuple[str, ...]
    """Their ids, those with the worst risks first, at most 50."""


def shared_suppliers(
    connection: Connection, filters: Filters, *, least: int = 1, limit: int = 100
) -> tuple[Shared, ...]:
    """Suppliers by how many systems have a part of theirs."""
    c = t.components.c
    return _shared(connection, filters, (c.supplier,), c.supplier != "", least, limit)


def shared_models(connection: Connection, filters: Filters, *, least: int = 1, limit: int = 100) -> tuple[Shared, ...]:
    """Models by how many systems have one of that name and supplier."""
    c = t.components.c
    return _shared(connection, filters, (c.label, c.supplier), c.kind == "model", least, limit)


def _shared(
    connection: Connection,
    filters: Filters,
    keys: tuple[Column[str], ...],
    wanted: ColumnElement[bool],
    least: int,
    limit: int,
) -> tuple[Shared, ...]:
    c = t.components.c
    joined = t.components.join(t.systems, t.systems.c.id == c.system)
    count = func.count(c.system.distinct())
    asked = and_(wanted, meant(filters))
    grouped = select(*keys, count, func.max(t.systems.c.worst)).select_from(joined).where(asked)
    grouped = grouped.group_by(*keys).having(count >= least).order_by(count.desc(), *keys)
    found = []
    for row in connection.execute(grouped.limit(min(limit, LARGEST_PAGE))).all():
        name = dict(zip(keys, row, strict=False))
        same = and_(asked, *(column == value for column, value in name.items()))
        worst = t.systems.c.worst
        some = select(c.system, worst).select_from(joined).where(same).distinct().order_by(worst.desc(), c.system)
        found.append(
            Shared(
                name=name.get(c.label, name.get(c.supplier, "")),
                supplier=name.get(c.supplier, ""),
                count=int(row[-2]),
                worst=int(row[-1]),
                systems=tuple(connection.execute(some.limit(_SHOWN)).scalars()),
            )
        )
    return tuple(found)
