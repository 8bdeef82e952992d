"""Every name that the framework ever gave to something resolves, and says what it became."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.resolve import Names
from bartizan.core.source import read_yaml

CATALOG = load_catalog()
NAMES = Names(CATALOG)
PRINTED: dict[str, list[str]] = read_yaml(Path(__file__).parent / "expected" / "names.yaml").data  # type: ignore[assignment]


@pytest.mark.parametrize("name", PRINTED)
def test_a_name_of_the_framework_resolves_to_what_it_stands_for(name: str) -> None:
    assert set(PRINTED[name]) <= {found.id for found in NAMES.lookup(name)}


def _all_names() -> Iterator[tuple[str, str]]:
    entries: tuple[Any, ...] = (*CATALOG.threats.values(), *CATALOG.controls.values())
    for entry in entries:
        heir = getattr(entry, "merged_into", None) or entry.id
        names = [*entry.names.values(), *entry.old_slugs, *(alias.name for alias in entry.aliases)]
        names += [entry.slug, entry.permalink] if entry.slug else []
        yield from ((name, heir) for name in names)
        if heir == entry.id:
            yield entry.id, entry.id
    for group in CATALOG.groups.values():
        yield group.id, group.id
        yield group.name, group.id
    for fact in CATALOG.facts:
        yield fact, fact
    for listed in CATALOG.mappings.values():
        yield listed.id, listed.id
        for item in listed.items:
            yield f"{listed.id}/{item.id}", f"{listed.id}/{item.id}"


@pytest.mark.parametrize(("name", "wanted"), sorted(set(_all_names())))
def test_every_name_in_the_catalogue_resolves_however_it_is_written(name: str, wanted: str) -> None:
    for written in (name, name.upper(), name.lower(), f"  {name} ", name.replace(" ", "-"), name.replace("_", " ")):
        assert wanted in {found.id for found in NAMES.lookup(written)}


@pytest.mark.parametrize("entry", [*CATALOG.threats.values(), *CATALOG.controls.values()], ids=lambda e: str(e.id))
def test_a_name_that_is_no_longer_in_use_says_what_it_became(entry: Any) -> None:
    newest = entry.names[max(entry.names)] if entry.names else entry.title
    for edition, name in entry.names.items():
        (found,) = [r for r in NAMES.lookup(name) if r.id == (getattr(entry, "merged_into", None) or entry.id)][:1]
        if name.replace(" ", "").casefold() != newest.replace(" ", "").casefold() and found.rank:
            assert newest in found.became
            assert name in found.became or str(edition) in found.became
