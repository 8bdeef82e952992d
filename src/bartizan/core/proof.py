"""What a verdict rests on: answers of facts, where each comes from, and what is missing. All frozen, all data."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.rule import Value

OriginKind: TypeAlias = Literal["given", "default", "implied", "computed", "imported", "answered"]


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where a fact comes from: a line of the description, a default, the graph, an importer, an answer."""

    kind: OriginKind
    text: str
    component: str = ""
    field: str = ""
    line: int | None = None


class Need(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """An answer that is missing: this field of this component."""

    component: str
    field: str


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a fact says of a component; None is unknown, and then ``needs`` says what would decide it."""

    value: Value
    origins: tuple[Origin, ...] = ()
    needs: tuple[Need, ...] = ()


class UsedFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact in a proof: its value and where that came from."""

    fact: str
    says: str
    value: Value
    origins: tuple[Origin, ...] = ()
