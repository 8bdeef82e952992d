"""What people said to each other about a risk, or about a system."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bartizan.core.kept import Comment
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import every, value


def say(change: Change, system: str, text: str, risk_number: int | None = None) -> Comment:
    """Add a comment; nothing that was said can be unsaid."""
    number = change.next_number(t.comments, system)
    values = {"system": system, "number": number, "risk_number": risk_number, "text": text}
    return value(change.insert(t.comments, {**values, "by": change.actor, "at": change.at}, "comment.add"), Comment)


def comments(connection: Connection, system: str, risk_number: int | None = None) -> tuple[Comment, ...]:
    """What was said about a system and its risks, or about one risk, the oldest first."""
    query = select(t.comments).where(t.comments.c.system == system).order_by(t.comments.c.number)
    if risk_number is not None:
        query = query.where(t.comments.c.risk_number == risk_number)
    return every(connection, query, Comment)
