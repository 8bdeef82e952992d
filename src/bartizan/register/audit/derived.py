"""Do the figures that lists are made of follow from the rows that the chain vouches for?

Some columns repeat what other rows say, so that lists of many systems are quick; no digest covers them, since they
change without being news. Whoever set them by hand would hide a system from a list, so they are worked out anew here.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.exc import DBAPIError

from bartizan.core.errors import printable
from bartizan.register import tables as t
from bartizan.register.audit.faults import Faults

_FIGURES = {"edition": "edition", "assessed_on": "today", "risks": "risks", "above_appetite": "above_appetite"}
"""Columns of a system, and those of its newest assessment that they repeat; and `worst`, called so in both."""


def compare_derived(connection: Connection, faults: Faults) -> None:
    """Compare the figures of systems and the treatments of risks with what they follow from."""
    try:
        for what in (*_versions(connection), *_assessed(connection), *_treated(connection)):
            faults.add(what)
    except (DBAPIError, ValueError, TypeError) as error:
        reason = str(getattr(error, "orig", None) or error)
        faults.add(f"the figures of the systems cannot be compared: {printable(reason)}")


def _versions(connection: Connection) -> Iterator[str]:
    s, v = t.systems.c, t.versions.c
    newest = select(func.max(v.number)).where(v.system == s.id).correlate(t.systems).scalar_subquery()
    wrong = select(s.id, s.version, newest).where(s.version != func.coalesce(newest, 0)).order_by(s.id)
    for name, said, number in connection.execute(wrong):
        yield _said(name, "version", said, number or 0)


def _assessed(connection: Connection) -> Iterator[str]:
    s, a = t.systems.c, t.assessments.c
    pairs: dict[str, tuple[ColumnElement[object], ColumnElement[object]]] = {
        name: (s[name], a[other]) for name, other in {**_FIGURES, "worst": "worst"}.items()
    }
    newest = select(func.max(a.number)).where(a.system == s.id).correlate(t.systems).scalar_subquery()
    both = t.systems.join(t.assessments, and_(a.system == s.id, a.number == newest))
    columns = [column for pair in pairs.values() for column in pair]
    for name, *values in connection.execute(select(s.id, *columns).select_from(both).order_by(s.id)):
        for field, said, follows in zip(pairs, values[::2], values[1::2], strict=True):
            if said != follows:
                yield _said(name, field, said, follows)


def _treated(connection: Connection) -> Iterator[str]:
    r, d = t.risks.c, t.decisions.c
    holds = and_(d.system == r.system, d.risk_number == r.number, d.state == "held")
    now = func.coalesce(d.treatment, "")
    assessed = r.system.in_(select(t.assessments.c.system))  # an assessment is what brings treatments up to date
    both = select(r.system, r.number, r.treatment, now).select_from(t.risks.outerjoin(t.decisions, holds))
    wrong = both.where(r.treatment != now, assessed).order_by(r.system, r.number)
    for name, number, said, follows in connection.execute(wrong):
        yield _said(f"{name}/R-{number}", "treatment", said, follows)


def _said(name: str, field: str, said: object, follows: object) -> str:
    return f"{printable(name)} is listed with {field} {printable(repr(said))}, and {follows!r} follows from its rows"
