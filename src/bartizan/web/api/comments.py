"""What people said about a system and its risks."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from bartizan.core.kept import Comment
from bartizan.register import comments, systems
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Count, Number
from bartizan.workflows import keeping

_ALL = "/systems/{system:str}/comments"


class CommentsQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which comments are wanted."""

    risk: Annotated[Count, Meta(description="The number of a risk; 0 for all.")] = 0


class NewComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is to be said."""

    text: Annotated[str, Meta(min_length=1, max_length=20_000)]
    risk: Number | None = None
    """The number of the risk that it is about; without it, it is about the system."""


@route("GET", _ALL)
def find(call: Call, system: str, query: CommentsQuery) -> Answer[Listed[Comment]]:
    """What was said, the oldest first."""
    with call.desk.register.read() as connection:
        systems.system(connection, system)
        found = comments.comments(connection, system, query.risk or None)
    return part(call, found, query)


@route("POST", _ALL, role="assessor", status=201)
def say(call: Call, system: str, body: NewComment) -> Answer[Comment]:
    """Say something; it cannot be unsaid."""
    return Answer(value=keeping.comment(call.desk, system, body.text, by=call.by, risk=body.risk))


ROUTES = (find, say)
