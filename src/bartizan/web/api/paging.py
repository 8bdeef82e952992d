"""Long lists in pages: how much is wanted from where on, how long the whole is, and links to the pages around."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Meta

from bartizan.web.api.endpoint import Answer, Call
from bartizan.web.api.values import LARGEST

T = TypeVar("T")


class Paged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list is wanted."""

    limit: Annotated[int, Meta(ge=1, le=200, description="How many at most.")] = 50
    offset: Annotated[int, Meta(ge=0, le=LARGEST, description="How many to leave out before.")] = 0


class Listed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list."""

    items: tuple[T, ...]
    total: int
    """How long the whole list is."""
    limit: int
    offset: int


class Followed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list that is too long to be counted: it goes on where `next` says."""

    items: tuple[T, ...]
    next: str
    """What to ask for to go on; empty at the end. The Link header has the whole address."""


def part(call: Call, items: Sequence[T], wanted: Paged) -> Answer[Listed[T]]:
    """The part that is wanted of a list that is here whole."""
    return page(call, items[wanted.offset : wanted.offset + wanted.limit], len(items), wanted)


def page(call: Call, items: Sequence[T], total: int, wanted: Paged) -> Answer[Listed[T]]:
    """A part of a list as an answer."""
    made = Listed(items=tuple(items), total=total, limit=wanted.limit, offset=wanted.offset)
    last = max(0, (total - 1) // wanted.limit * wanted.limit)
    around = {"first": 0, "last": last}
    if wanted.offset:
        around["prev"] = max(0, min(wanted.offset, last + wanted.limit) - wanted.limit)
    if wanted.offset + wanted.limit < total:
        around["next"] = wanted.offset + wanted.limit
    said = [link(call, rel, limit=wanted.limit, offset=offset) for rel, offset in around.items()]
    return Answer(value=made, headers={"Link": ", ".join(said)})


def link(call: Call, relation: str, **changed: object) -> str:
    """The address of this very list with other parameters, as RFC 8288 writes it."""
    url = call.visit.request.url
    asked = [(name, value) for name, value in parse_qsl(url.query) if name not in changed]
    return f'<{url.path}?{urlencode([*asked, *changed.items()])}>; rel="{relation}"'
