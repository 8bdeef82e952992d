"""From any name of any edition to its entry, and what it became.

Identifiers, names, capital forms, permalinks, old slugs and aliases are compared without case, spaces and punctuation,
so that `DETECTODDINPUT`, `Detect odd input` and `owaspai.org/go/detectoddinput/` are the same name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias, get_args

import msgspec

from bartizan.catalog.entries import Catalog, Control, Threat
from bartizan.core.errors import BartizanError, printable
from bartizan.core.terms import EDITIONS, Edition

EntryKind: TypeAlias = Literal["threat", "control", "group", "fact", "mapping", "item"]
Name: TypeAlias = Literal["id", "permalink", "name", "old permalink", "alias", "part", "short"]
_PREFERENCE: tuple[Name, ...] = get_args(Name)

_CERTAIN = 0
"""Names that stand for one entry: its id, its permalink, its newest name."""
_HISTORIC = 1
_LISTED = 2
"""Names that other lists give to their items."""
_LOOSE = 3
"""Names without what stands in brackets after them: used when nothing else fits."""
_NEWEST = EDITIONS[-1]
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


class UnknownName(BartizanError):
    """The catalogue has no such name in any edition."""

    def __init__(self, word: str, close: tuple[str, ...]) -> None:
        self.word, self.close = word, close
        near = f"did you mean {' or '.join(f'{name!r}' for name in close)}?" if close else "look it up with: "
        fix = near if close else near + "bartizan catalog search WORDS"
        super().__init__(f"no edition has a threat, control or list named '{printable(word, 80)}'; {fix}")


class Resolved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry that a name leads to: by which of its names, in which edition, and what that name became."""

    kind: EntryKind
    id: str
    name: str
    """What the entry is called now."""
    matched: str
    """The name as the framework or its history writes it."""
    by: Name
    edition: Edition | None = None
    became: str = ""
    """One sentence for a reader who came by a name that is no longer in use; empty for a current name."""
    rank: int = _CERTAIN


def normalise(word: str) -> str:
    """The word without case, spaces, punctuation and the framework's address, which is how names are compared."""
    bare = re.sub(r"^\s*(https?://)?(www\.)?owaspai\.org/(go|goto|docs)/", "", word, flags=re.IGNORECASE)
    return "".join(c for c in bare.casefold() if c.isalnum())


class Names:
    """All names of a catalogue, indexed once."""

    def __init__(self, catalog: Catalog) -> None:
        self._index: dict[str, list[Resolved]] = {}
        self._near_names: dict[str, str] = {}
        for found in _all_names(catalog):
            self._add(found, found.matched)
            if (bare := _BRACKETS.sub("", found.matched)) != found.matched and bare:
                part = found.by == "part"
                rank: int = found.rank if part else _LOOSE
                loose = msgspec.structs.replace(found, by="part" if part else "short", rank=rank)
                self._add(loose, bare)

    def _add(self, found: Resolved, word: str) -> None:
        if key := normalise(word):
            self._index.setdefault(key, []).append(found)
            if found.kind not in {"item", "fact"}:
                self._near_names.setdefault(key, word)

    def lookup(self, word: str) -> tuple[Resolved, ...]:
        """The entries that the word names, best first and each once; several where a name covered several things.

        Raises UnknownName, with the nearest names, when no edition knows the word.
        """
        found = self._index.get(normalise(word), [])
        if not found:
            raise UnknownName(word, self._near(word))
        exact = [r for r in found if r.by == "id" and r.id == word]
        best: dict[tuple[str, str], Resolved] = {}
        for resolved in sorted(exact or found, key=_order):
            best.setdefault((resolved.kind, resolved.id), resolved)
        return tuple(r for r in best.values() if r.rank != _LOOSE) or tuple(best.values())

    def one(self, word: str) -> Resolved | None:
        """The entry that the word certainly means, or None where it covers several. Raises UnknownName.

        A threat goes before the group of controls that has its name.
        """
        found = self.lookup(word)
        best = [r for r in found if r.rank == found[0].rank]
        return found[0] if len(best) == 1 or [r.kind for r in best] == ["threat", "group"] else None

    def _near(self, word: str) -> tuple[str, ...]:
        close = difflib.get_close_matches(normalise(word), self._near_names, n=2, cutoff=0.72)
        return tuple(dict.fromkeys(self._near_names[key] for key in close))


def _order(resolved: Resolved) -> tuple[int, int, int]:
    return resolved.rank, _PREFERENCE.index(resolved.by), -(resolved.edition or 0)


def _all_names(catalog: Catalog) -> Iterator[Resolved]:
    for threat in catalog.threats.values():
        gone = "" if _NEWEST in threat.names else f"{_NEWEST} has no such threat"
        yield from _history("threat", threat, threat.name, gone)
    for control in catalog.controls.values():
        yield from _control_names(catalog, control)
    for group in catalog.groups.values():
        yield Resolved(kind="group", id=group.id, name=group.name, matched=group.id, by="id")
        yield Resolved(kind="group", id=group.id, name=group.name, matched=group.name, by="name")
    for fact in catalog.facts.values():
        yield Resolved(kind="fact", id=fact.id, name=fact.question, matched=fact.id, by="id")
    for listed in catalog.mappings.values():
        yield Resolved(kind="mapping", id=listed.id, name=listed.title, matched=listed.id, by="id")
        yield Resolved(kind="mapping", id=listed.id, name=listed.title, matched=listed.title, by="name")
        for item in listed.items:
            here, name = f"{listed.id}/{item.id}", f"{item.name} ({listed.title})"
            yield Resolved(kind="item", id=here, name=name, matched=here, by="id")
            for word in (item.id, f"{item.id}:{listed.editions[0]}", item.name):
                yield Resolved(kind="item", id=here, name=name, matched=word, by="alias", rank=_LISTED)


def _control_names(catalog: Catalog, control: Control) -> Iterator[Resolved]:
    newest = control.names[max(control.names)] if control.names else control.title
    if control.merged_into is None:
        gone = "it is retired and has no successor" if control.status == "retired" else ""
        if not gone and _NEWEST not in control.names:
            gone = f"{_NEWEST} has no such control"
        yield from _history("control", control, newest, gone)
        yield Resolved(kind="control", id=control.id, name=newest, matched=control.title, by="name", became=gone)
        return
    heir = catalog.controls[control.merged_into]
    merged = f"it was merged into '{heir.names.get(_NEWEST, heir.title)}' ({heir.id})"
    for found in _history("control", control, newest, merged):
        yield msgspec.structs.replace(found, rank=_LOOSE)
        if found.by != "id":
            name = heir.names.get(_NEWEST, heir.title)
            told = f"'{found.matched}' was merged into '{name}'"
            yield msgspec.structs.replace(found, id=heir.id, name=name, rank=_HISTORIC, became=told)


def _history(kind: EntryKind, source: Threat | Control, name: str, gone: str) -> Iterator[Resolved]:
    """Every name of an entry; those that are not in use any more say what they became."""

    def found(word: str, by: Name, edition: Edition | None, rank: int, became: str) -> Resolved:
        told = "; ".join(filter(None, (became, gone)))
        return Resolved(
            kind=kind, id=source.id, name=name, matched=word, by=by, edition=edition, rank=rank, became=told
        )

    yield found(source.id, "id", None, _CERTAIN, "")
    if source.slug:
        yield found(source.slug, "permalink", None, _CERTAIN, "")
    for edition, word in source.names.items():
        if normalise(word) == normalise(name):
            yield found(word, "name", edition, _CERTAIN, "")
        else:
            years = ", ".join(str(e) for e, other in source.names.items() if normalise(other) == normalise(word))
            yield found(word, "name", edition, _HISTORIC, f"'{word}' ({years}) is now '{name}'")
    for slug in source.old_slugs:
        yield found(slug, "old permalink", None, _HISTORIC, f"'{slug}' is an old address of '{name}'")
    last = max(source.names, default=_NEWEST)
    for alias in source.aliases:
        part = "(part" in alias.name
        when = f" ({alias.edition})" if alias.edition else ""
        verb = "became, in part," if part else "is now" if alias.edition and alias.edition < last else "stands for"
        word = _BRACKETS.sub("", alias.name) if part else alias.name
        yield found(
            alias.name, "part" if part else "alias", alias.edition, _HISTORIC, f"'{word}'{when} {verb} '{name}'"
        )
