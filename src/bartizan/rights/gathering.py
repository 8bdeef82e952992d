"""All data of one person, from every source that can be asked (GDPR Art. 15), or what they provided (Art. 20)."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.errors import BartizanError
from bartizan.rights.places import Places
from bartizan.rights.sources.reaching import Known, reached


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What one source holds of somebody."""

    source: str
    rows: tuple[dict[str, Any], ...] = ()
    missing: str = ""
    """Why it could not be asked; empty where it was."""
    is_unknown: bool = False
    """Whether something may be there that was not read."""


def gathered(places: Places, known: Known, *, only_provided: bool) -> tuple[Gathered, ...]:
    """What each source holds, in the order of its name."""
    names = sorted(name for name, source in places.sources.items() if source.provided or not only_provided)
    return tuple(_of(places, known, name) for name in names)


def _of(places: Places, known: Known, name: str) -> Gathered:
    if missing := known.missing(places, name):
        return Gathered(source=name, missing=missing, is_unknown=known.is_hidden(places, name))
    try:
        return Gathered(source=name, rows=tuple(reached(places, name).rows(known.identifiers)))
    except BartizanError as error:
        return Gathered(source=name, missing=str(error), is_unknown=True)
