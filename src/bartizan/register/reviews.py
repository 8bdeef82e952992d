"""Reviews that people planned or did. What becomes due by itself is worked out elsewhere and not stored.

The day on which a system is to be looked at again is the one that was planned; without one it follows from when a
person last looked: reviewed it or handed in another description. That it was assessed anew by itself is no look.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from bartizan.core.dates import day_after
from bartizan.core.errors import Conflict, NotFound
from bartizan.core.kept import Review
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every, first
from bartizan.register.settings import policy

SYSTEM = "system"
"""The kind of a review of a system as a whole."""


def reviews(connection: Connection, system: str) -> tuple[Review, ...]:
    """The reviews of a system, planned and done, the newest first."""
    query = select(t.reviews).where(t.reviews.c.system == system).order_by(t.reviews.c.number.desc())
    return every(connection, query, Review)


def review(connection: Connection, system: str, number: int) -> Review:
    """One review. Raises NotFound."""
    query = select(t.reviews).where(t.reviews.c.system == system, t.reviews.c.number == number)
    found = first(connection, query, Review)
    if found is None:
        raise NotFound(f"system '{system:.100}' has no review {number}")
    return found


def plan(
    change: Change, system: str, due: str, *, why: str = "", owner: str = "", risk_number: int | None = None
) -> Review:
    """Set a day on which somebody shall look again, at the system or at a risk of it."""
    number = change.next_number(t.reviews, system)
    values = {
        "system": system,
        "number": number,
        "risk_number": risk_number,
        "kind": SYSTEM if not risk_number else "risk",
    }
    change.insert(t.reviews, {**values, "why": why, "due": due, "owner": owner}, "review.plan")
    return review(change.connection, system, number)


def finish(change: Change, system: str, number: int, outcome: str, revision: int | None = None) -> Review:
    """Say that a planned review was done, and what came of it. Raises NotFound, Conflict where it was done already."""
    if review(change.connection, system, number).done_at:
        raise Conflict(f"review {number} of '{system}' is done already")
    values = {"done_by": change.actor, "done_at": change.at, "outcome": outcome}
    change.update(t.reviews, {"system": system, "number": number}, values, "review.done", revision)
    return review(change.connection, system, number)


def record(change: Change, system: str, outcome: str) -> Review:
    """Keep that somebody looked at a system as a whole: what was planned for by now is done with it."""
    c = t.reviews.c
    open_ones = (c.system == system, c.risk_number.is_(None), c.done_at == "")
    query = select(t.reviews).where(*open_ones).order_by(c.due, c.number)
    planned = every(change.connection, query, Review)
    done = [finish(change, system, one.number, outcome) for one in planned if one.due <= change.day]
    if not done and planned:  # done early
        done = [finish(change, system, planned[0].number, outcome)]
    return done[0] if done else finish(change, system, plan(change, system, change.day).number, outcome)


def next_review(connection: Connection, system: str) -> str:
    """The day on which a system is to be looked at again; empty where there is nothing to look at yet."""
    c, v = t.reviews.c, t.versions.c
    whole = (c.system == system, c.risk_number.is_(None))
    planned = connection.execute(select(func.min(c.due)).where(*whole, c.done_at == "")).scalar()
    if planned:
        return str(planned)
    looked = connection.execute(select(func.max(c.done_at)).where(*whole)).scalar() or ""
    told = connection.execute(select(v.at).where(v.system == system).order_by(v.number.desc()).limit(1)).scalar() or ""
    newest = max(looked, told)[:10]
    return day_after(newest, policy(connection).review_days) if newest else ""
