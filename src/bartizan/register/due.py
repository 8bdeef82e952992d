"""Rows that are due or soon will be, of one system or of all that are not put away: what is due is made of.

Each function is one query over all the systems that are meant, so that a register of thousands is read in one go.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, and_, exists, func, or_, select

from bartizan.core.kept import Event, KeptControl, KeptDecision, KeptRisk, KeptSystem, Review, SupplierAnswer
from bartizan.register import tables as t
from bartizan.register.rows import every

Only = Collection[str] | None
"""The systems that are meant; None for all."""


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence, newest on its subject, that may count no more."""

    system: str
    number: int
    risk_number: int | None
    control: str
    component: str
    what: str
    valid_until: str
    content: str
    """The whole of it, as JSON."""
    digests: str
    """What stands at its place now, as JSON; empty where nothing is known."""


def systems(connection: Connection, only: Only = None) -> tuple[KeptSystem, ...]:
    """The systems that are not put away, by id."""
    query = select(t.systems).where(t.systems.c.archived.is_(False)).order_by(t.systems.c.id)
    return every(connection, query if only is None else query.where(t.systems.c.id.in_(only)), KeptSystem)


def decisions(connection: Connection, only: Only, horizon: str) -> tuple[KeptDecision, ...]:
    """Requests that wait, decisions whose day comes, and lapses that nothing followed, on open risks."""
    d, later = t.decisions.c, t.decisions.alias("later")
    followed = exists().where(
        later.c.system == d.system,
        later.c.risk_number == d.risk_number,
        or_(
            later.c.state == "held",
            and_(later.c.number > d.number, later.c.state.in_(("lapsed", "withdrawn", "rejected", "replaced"))),
        ),
    )
    comes = or_(_comes(d.due, horizon), _comes(d.until, horizon))
    wanted = or_(
        d.state == "requested",
        and_(d.state == "held", comes),
        and_(d.state == "lapsed", ~followed),
    )
    is_open = exists().where(t.risks.c.system == d.system, t.risks.c.number == d.risk_number, t.risks.c.state == "open")
    return every(connection, _of(select(t.decisions).where(wanted, is_open), d.system, only), KeptDecision)


def risks(connection: Connection, only: Only, horizon: str) -> tuple[KeptRisk, ...]:
    """Open risks with a day on which to look at them again."""
    c = t.risks.c
    query = select(t.risks).where(c.state == "open", _comes(c.review_due, horizon))
    return every(connection, _of(query, c.system, only), KeptRisk)


def controls(connection: Connection, only: Only, horizon: str) -> tuple[KeptControl, ...]:
    """Controls that are to be in place by a day, and are not yet."""
    c = t.controls.c
    query = select(t.controls).where(c.status.in_(("not_started", "planned")), _comes(c.due, horizon))
    return every(connection, _of(query, c.system, only), KeptControl)


def reviews(connection: Connection, only: Only, horizon: str) -> tuple[Review, ...]:
    """Planned reviews of single risks; those of systems are in the systems' own rows."""
    c = t.reviews.c
    query = select(t.reviews).where(c.done_at == "", c.risk_number.is_not(None), _comes(c.due, horizon))
    return every(connection, _of(query, c.system, only), Review)


def answers(connection: Connection, only: Only, horizon: str, sent_before: str) -> tuple[SupplierAnswer, ...]:
    """Answers that expire, and questions that were sent before a day and are not answered."""
    c = t.supplier_answers.c
    silent = and_(c.state == "sent", c.sent_on <= sent_before)
    expires = and_(c.state.in_(("answered", "verified")), _comes(c.valid_until, horizon))
    return every(
        connection, _of(select(t.supplier_answers).where(or_(silent, expires)), c.system, only), SupplierAnswer
    )


def events(connection: Connection, only: Only) -> tuple[Event, ...]:
    """Events that nobody has looked at."""
    c = t.events.c
    query = select(t.events).where(c.seen_at == "").order_by(c.system, c.at)
    return every(connection, _of(query, c.system, only), Event)


def evidence(connection: Connection, only: Only, horizon: str) -> tuple[Aged, ...]:
    """The newest evidence on each risk or control, where its last day comes or it names what it was made on."""
    e, later, r = t.evidence.c, t.evidence.alias("later"), t.risks.c
    newer = exists().where(
        later.c.system == e.system,
        later.c.withdrawn.is_(False),
        or_(
            and_(e.risk_number.is_not(None), later.c.risk_number == e.risk_number),
            and_(
                e.risk_number.is_(None),
                later.c.risk_number.is_(None),
                later.c.control == e.control,
                later.c.component == e.component,
            ),
        ),
        or_(later.c.held_on > e.held_on, and_(later.c.held_on == e.held_on, later.c.number > e.number)),
    )
    place = func.coalesce(r.component, e.component)
    source = t.evidence.outerjoin(t.risks, and_(r.system == e.system, r.number == e.risk_number)).outerjoin(
        t.components, and_(t.components.c.system == e.system, t.components.c.component == place)
    )
    columns = (e.system, e.number, e.risk_number, e.control, e.what, e.valid_until, e.content)
    query = (
        select(*columns, place.label("component"), func.coalesce(t.components.c.digests, "").label("digests"))
        .select_from(source)
        .where(
            e.withdrawn.is_(False),
            or_(_comes(e.valid_until, horizon), e.content.contains('"digests"')),
            or_(e.risk_number.is_(None), r.state == "open"),
            ~newer,
        )
    )
    return every(connection, _of(query, e.system, only), Aged)


def catalogues(connection: Connection, only: Only = None) -> dict[str, str]:
    """The digest of the catalogue by which each system was assessed last."""
    c = t.assessments.c
    newest = select(c.system, func.max(c.number).label("number")).group_by(c.system).subquery()
    query = select(c.system, c.catalog_digest).join(
        newest, and_(newest.c.system == c.system, newest.c.number == c.number)
    )
    return {row.system: row.catalog_digest for row in connection.execute(_of(query, c.system, only))}


def _comes(column: Column[str], horizon: str) -> ColumnElement[bool]:
    return and_(column != "", column <= horizon)


def _of(query: Select[Any], column: Column[str], only: Only) -> Select[Any]:
    return query if only is None else query.where(column.in_(only))
