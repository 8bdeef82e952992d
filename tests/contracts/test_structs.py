"""What is read from files must forbid unknown keys: a misspelling is an error, never silence."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bartizan.catalog.entries import Control, ControlGroup, FactEntry, Threat
from bartizan.catalog.privacy import Chapter, FactFile
from bartizan.catalog.scales import Quantities, Scales
from bartizan.catalog.tables import DeepDive, MappingList, Navigator, Overview, PeriodicTable, ThreatMap
from bartizan.core.records import Decision
from bartizan.core.rule import All, Fact, Not
from bartizan.core.rule import Any as AnyOf
from bartizan.system.description import Description

READ = (
    Description, Threat, Control, ControlGroup, FactEntry, Scales, Quantities, DeepDive, MappingList, Navigator,
    Overview, PeriodicTable, ThreatMap, Decision, Chapter, FactFile,
)  # fmt: skip
RULES = {All, AnyOf, Fact, Not}
"""Rules are parsed by their own grammar, which knows all words."""


def structs_in(kind: Any, seen: set[Any]) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind in seen or kind in RULES:
            return
        seen.add(kind)
        yield kind
        for inner in typing.get_type_hints(kind).values():
            yield from structs_in(inner, seen)
    for inner in typing.get_args(kind):
        yield from structs_in(inner, seen)


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.__name__)
def test_every_struct_that_is_read_from_a_file_forbids_unknown_keys(kind: type[msgspec.Struct]) -> None:
    found = list(structs_in(kind, set()))
    assert kind in found
    assert [s.__name__ for s in found if not s.__struct_config__.forbid_unknown_fields] == []
