"""Sources by their kinds, and what somebody is called in each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec

from bartizan.core.errors import BartizanError, InputError, Problem, nearest
from bartizan.rights.places import Identifiers, Places, SourceKind
from bartizan.rights.sources.files import Files
from bartizan.rights.sources.keys import Keys
from bartizan.rights.sources.lines import Lines
from bartizan.rights.sources.place import Columns, Place
from bartizan.rights.sources.sql import SqlRows
from bartizan.rights.sources.table import TableRows

_KINDS: Final[Mapping[SourceKind, Callable[[str, Places], Place]]] = {
    "sql": SqlRows,
    "table": TableRows,
    "lines": Lines,
    "files": Files,
    "redis": Keys,
}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is called."""

    identifiers: Identifiers
    shared: Mapping[str, tuple[str, ...]] = {}
    """Kind -> identifiers that other people have too: nothing is found by them."""
    unknown: Mapping[str, str] = {}
    """Kind -> why nothing of it is known."""
    unread: frozenset[str] = frozenset()
    """Of these, those whose source could not be asked."""

    def without_names(self, text: str) -> str:
        """A text in which kinds stand for what somebody is called: what is kept of them names nobody."""
        known = (*self.identifiers.items(), *self.shared.items())
        names = sorted(((value, kind) for kind, values in known for value in values), key=lambda one: -len(one[0]))
        for value, kind in names:  # the longest first: one may be a part of another
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"<{kind}>", text, flags=re.IGNORECASE)
        return text

    def is_hidden(self, places: Places, name: str) -> bool:
        """Whether they may well be in a source where nobody can be found: by what others have too, or is not read."""
        return any(self.shared.get(kind) or kind in self.unread for kind in places.asked(name))

    def missing(self, places: Places, name: str) -> str:
        """Why nobody can be found in a source; "" where they can."""
        for kind in places.asked(name):
            if not self.identifiers.get(kind):
                also = self.shared.get(kind)
                if also:
                    return f"others have the same {kind}: {', '.join(also)}"
                return self.unknown.get(kind, f"no {kind} of theirs is known")
        return ""


def reached(places: Places, name: str) -> Place:
    """A source, ready to be asked. Raises InputError, MissingExtra."""
    return _KINDS[places.sources[name].kind](name, places)


def with_columns(places: Places, name: str) -> Columns:
    """A source whose rows have columns. Raises InputError for another one."""
    if places.sources[name].kind not in ("sql", "table"):
        finding = f"'{name}' has no columns"
        raise InputError([Problem(file=name, finding=finding, fix="it can be read and erased, not corrected")])
    return cast(Columns, reached(places, name))


def known_of(person: str, places: Places, told: Mapping[str, tuple[str, ...]]) -> Known:
    """What somebody is called: as they were named, as was told beside, and as sources give it.

    Raises InputError for a kind that is none.
    """
    kinds = {places.person, *(kind for source in places.sources.values() for kind in source.gives)}
    for kind in told:
        if kind not in kinds:
            raise InputError(
                [Problem(file="--id", finding=f"no source is asked by '{kind}'", fix=nearest(kind, kinds))]
            )
    found: dict[str, tuple[str, ...]] = {places.person: (person,)}
    shared: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, str] = {}
    unread: set[str] = set()
    for kind, values in told.items():
        found[kind] = tuple(dict.fromkeys((*found.get(kind, ()), *values)))
    for name in reversed(places.sources):  # what others are found by comes last there
        for kind, column in places.sources[name].gives.items():
            if kind in told:
                continue
            try:
                found[kind], shared[kind] = _given(places, name, column, found)
            except BartizanError as error:
                unknown[kind] = f"{name} gives it, and could not be asked: {error}"
                unread.add(kind)
            else:
                if not found[kind] and not shared[kind]:
                    unknown[kind] = f"{name} holds no {kind} of theirs"
    return Known(identifiers=found, shared=shared, unknown=unknown, unread=frozenset(unread))


def _given(places: Places, name: str, column: str, found: Identifiers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Identifiers that a source gives: those that are somebody's own, and those that others have too."""
    source = with_columns(places, name)
    values = source.values(column, found)
    shared = source.shared(column, values, found) if values else ()
    return tuple(value for value in values if value not in shared), shared
