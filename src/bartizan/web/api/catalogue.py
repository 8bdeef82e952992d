"""The catalogue: what the framework knows of threats and controls, as this server assesses by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from bartizan.catalog.entries import Advice, Asset, ControlKind, Lifecycle, Reference, Surface, ThreatKind
from bartizan.core.errors import NotFound, nearest
from bartizan.core.terms import Edition
from bartizan.web.api.endpoint import Answer, Call, route
from bartizan.web.api.paging import Listed, Paged, part
from bartizan.web.api.values import Words

T = TypeVar("T")


class CatalogueQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries are wanted."""

    text: Annotated[Words, Meta(description="Is found in the id, the name or what it is.")] = ""


class ThreatLine(msgspec.Struct, frozen=True, kw_only=True):
    """A threat in a list."""

    id: str
    names: dict[Edition, str]
    """Its name in each edition that knows it."""
    kind: ThreatKind
    parent: str | None
    rated: bool
    """Whether it becomes a risk of its own."""
    permalink: str


class ThreatEntry(ThreatLine, frozen=True, kw_only=True):
    """A threat, and what can be done about it."""

    lifecycle: Lifecycle
    surface: Surface
    assets: tuple[Asset, ...]
    what: str
    how: tuple[str, ...]
    example: str
    consequence: str
    controls: tuple[Advice, ...]
    references: tuple[Reference, ...]


class ControlLine(msgspec.Struct, frozen=True, kw_only=True):
    """A control in a list."""

    id: str
    title: str
    names: dict[Edition, str]
    """The framework's own names."""
    kind: ControlKind
    permalink: str


class ControlEntry(ControlLine, frozen=True, kw_only=True):
    """A control, and how it is done."""

    purpose: str
    how: tuple[str, ...]
    limits: tuple[str, ...]
    verify: tuple[str, ...]
    ask_supplier: str
    references: tuple[Reference, ...]


@route("GET", "/catalogue/threats", role=None)
def threats(call: Call, query: CatalogueQuery) -> Answer[Listed[ThreatLine]]:
    """The threats of the catalogue by id."""
    text, known = query.text.casefold(), call.desk.catalog.threats
    found = [
        known[name] for name in sorted(known) if text in f"{name} {known[name].name} {known[name].what}".casefold()
    ]
    return part(call, [_as(one, ThreatLine) for one in found], query)


@route("GET", "/catalogue/threats/{threat:str}", role=None)
def threat(call: Call, threat: str) -> Answer[ThreatEntry]:
    """A threat, and what can be done about it."""
    return Answer(value=_as(_one(call.desk.catalog.threats, threat, "threat"), ThreatEntry))


@route("GET", "/catalogue/controls", role=None)
def controls(call: Call, query: CatalogueQuery) -> Answer[Listed[ControlLine]]:
    """The controls of the catalogue by id."""
    text, known = query.text.casefold(), call.desk.catalog.controls
    found = [
        known[name] for name in sorted(known) if text in f"{name} {known[name].title} {known[name].purpose}".casefold()
    ]
    return part(call, [_as(one, ControlLine) for one in found], query)


@route("GET", "/catalogue/controls/{control:str}", role=None)
def control(call: Call, control: str) -> Answer[ControlEntry]:
    """A control, and how it is done."""
    return Answer(value=_as(_one(call.desk.catalog.controls, control, "control"), ControlEntry))


def _as(entry: object, kind: type[T]) -> T:
    """An entry of the catalogue, as far as it is told here."""
    return msgspec.convert(entry, kind, from_attributes=True)


def _one(known: Mapping[Any, T], name: str, word: str) -> T:
    found = known.get(name)
    if found is None:
        near = nearest(name, known)
        raise NotFound(f"there is no {word} '{name:.100}'" + (f"; {near}" if near else ""))
    return found


ROUTES = (threats, threat, controls, control)
