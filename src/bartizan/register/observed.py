"""Evidence of many systems at once: a page of what was observed, with what stands now at the place it was made on."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from bartizan.core.evidence import Evidence, Freshness
from bartizan.register import tables as t
from bartizan.register.rows import every, from_json

Standing: TypeAlias = Literal["", "counts", "stale", "withdrawn"]
LARGEST_PAGE = 200


class EvidenceFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which evidence is meant; what is not given does not matter."""

    text: str = ""
    """Is found in what was done, whatever the case."""
    system: str = ""
    about: str = ""
    """Is found in the risk (threat@component) or the control, whatever the case."""
    tool: str = ""
    """Was made with this tool."""
    standing: Standing = ""
    """``counts``: its last day has not passed, and nobody withdrew it."""
    only: frozenset[str] | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence, as a list of many systems shows it."""

    system: str
    system_name: str
    number: int
    risk_number: int | None
    risk: str
    """threat@component as it is called now; empty where it is about a control."""
    threat: str
    label: str
    """What people call the place."""
    control: str
    component: str
    withdrawn: bool
    withdrawn_why: str
    recorded_by: str
    recorded_at: str
    content: str
    digests: str

    @property
    def evidence(self) -> Evidence:
        """The whole of it."""
        return from_json(self.content, Evidence)

    def freshness(self, today: str) -> Freshness:
        """How far it can be relied on today."""
        now = msgspec.json.decode(self.digests, type=dict[str, str]) if self.digests else {}
        return self.evidence.freshness(today, now)


class SeenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list, and how long the whole is."""

    items: tuple[Seen, ...]
    total: int


def observed(
    connection: Connection, filters: EvidenceFilters, today: str, *, offset: int = 0, limit: int = 50
) -> SeenPage:
    """A page of the evidence that is meant, the newest recorded first; of systems that are not put away."""
    e, r, s = t.evidence.c, t.risks.c, t.systems.c
    source = t.evidence.join(t.systems, s.id == e.system).outerjoin(
        t.risks, and_(r.system == e.system, r.number == e.risk_number)
    )
    wanted = _meant(filters, today)
    total = connection.execute(select(func.count()).select_from(source).where(wanted)).scalar() or 0
    place = func.coalesce(r.component, e.component)
    parts = t.components.c
    whole = source.outerjoin(t.components, and_(parts.system == e.system, parts.component == place))
    columns = (e.system, e.number, e.risk_number, e.control, e.withdrawn, e.withdrawn_why, e.recorded_by)
    query = (
        select(
            *columns,
            e.recorded_at,
            e.content,
            s.name.label("system_name"),
            place.label("component"),
            *(func.coalesce(column, "").label(name) for column, name in _named()),
        )
        .select_from(whole)
        .where(wanted)
        .order_by(e.recorded_at.desc(), e.system, e.number.desc())
    )
    items = every(connection, query.offset(max(offset, 0)).limit(min(limit, LARGEST_PAGE)), Seen)
    return SeenPage(items=items, total=total)


def _named() -> tuple[tuple[ColumnElement[Any], str], ...]:
    r, parts = t.risks.c, t.components.c
    return (
        (r.risk, "risk"),
        (r.name, "threat"),
        (func.coalesce(r.label, parts.label), "label"),
        (parts.digests, "digests"),
    )


def _meant(filters: EvidenceFilters, today: str) -> ColumnElement[bool]:
    e, r = t.evidence.c, t.risks.c
    asked: list[ColumnElement[bool]] = [t.systems.c.archived.is_(False)]
    if filters.only is not None:
        asked.append(e.system.in_(sorted(filters.only)))
    if filters.system:
        asked.append(e.system == filters.system)
    if filters.text:
        asked.append(e.what.icontains(filters.text, autoescape=True))
    if filters.about:
        names = (r.risk, r.name, r.label, e.control)
        asked.append(or_(*(column.icontains(filters.about, autoescape=True) for column in names)))
    if filters.tool:
        asked.append(e.content.icontains(f'"tool":{json.dumps(filters.tool, ensure_ascii=False)}', autoescape=True))
    stale = and_(e.valid_until != "", e.valid_until < today)
    states = {
        "counts": and_(e.withdrawn.is_(False), ~stale),
        "stale": and_(e.withdrawn.is_(False), stale),
        "withdrawn": e.withdrawn.is_(True),
    }
    if filters.standing:
        asked.append(states[filters.standing])
    return and_(*asked)
