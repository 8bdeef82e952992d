"""Which threat a tool's name stands for: tables as data, one a tool, and tables of the user's own that come first.

A name is looked up as it is, without regard to case, then by the longest entry that ends in `*` and fits. What a table
does not know stays unmapped and is reported with the nearest name that it does know.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, read_yaml
from bartizan.core.terms import ThreatId
from bartizan.register.intake.values import Counted, Found, Intake, Name, NameKind, Observed, Skipped, Unmapped, tidy

DATA = Path(__file__).parent / "data"
_MANY = 400
"""Names to compare with: a longer list is searched among those that start alike."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Names of one kind that stand for one threat."""

    names: tuple[str, ...]
    """As the tool writes them; one that ends in `*` stands for all that begin so."""
    of: NameKind
    threat: ThreatId | None = None
    """The threat that they exercise; empty where they exercise none of the catalogue's."""
    why: str = ""
    """Why this threat; where there is none, why not."""
    strong: str = ""
    """Why failing says something; empty where it says little."""
    means: Literal["hit", "resisted"] = "hit"
    """What `true` of a scorer means for the target."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the names of one tool stand for."""

    tool: Literal["garak", "promptfoo", "pyrit", "sarif"]
    checked: str = ""
    """The version of the tool whose own source the names were taken from."""
    about: str = ""
    entries: tuple[Entry, ...]


class Names:
    """The names of one tool: its tables in the order in which they are asked."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._exact: dict[tuple[str, str], Entry] = {}
        self._starts: dict[tuple[str, str], Entry] = {}
        self._spelt: dict[str, list[str]] = {}
        for table in tables:
            for entry in table.entries:
                for name in entry.names:
                    self._add(entry, name)

    def _add(self, entry: Entry, name: str) -> None:
        key = (entry.of, name.rstrip("*").casefold())
        (self._starts if name.endswith("*") else self._exact).setdefault(key, entry)
        self._spelt.setdefault(entry.of, []).append(name.rstrip(".:*"))

    def find(self, name: Name) -> Entry | None:
        """The entry for a name, or None."""
        word = name.name.casefold()
        exact = self._exact.get((name.of, word))
        if exact is not None:
            return exact
        fits = [(len(start), e) for (of, start), e in self._starts.items() if of == name.of and word.startswith(start)]
        return max(fits, key=lambda fit: fit[0])[1] if fits else None

    def nearest(self, name: Name) -> str:
        """The known name of this kind that is nearest, or empty."""
        if len(name.name) > 100:
            return ""
        known = self._spelt.get(name.of, [])
        if len(known) > _MANY:
            known = [k for k in known if k[:1].casefold() == name.name[:1].casefold()]
        return next(iter(difflib.get_close_matches(name.name, known, n=1, cutoff=0.6)), "")


def names_for(tool: str, catalog: Catalog, own: Sequence[Path] = (), *more: Table) -> Names:
    """The names of a tool: the tables in these files first, then the built-in one, then more. Raises InputError.

    A tool whose file names the threats itself has no table, and no name of it is known.
    """
    given = tuple(table for table in _own_tables(tuple(own), catalog) if table.tool == tool)
    built_in = (read_table(DATA / f"{tool}.yaml", catalog),) if tool else ()
    return Names([*given, *built_in, *more])


def _own_tables(own: tuple[Path, ...], catalog: Catalog) -> tuple[Table, ...]:
    tables: list[Table] = []
    problems: list[Problem] = []
    for file in own:
        try:
            tables.append(read_table(file, catalog))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return tuple(tables)


def read_table(file: Path, catalog: Catalog) -> Table:
    """One table, every threat in it known and no name given twice. Raises InputError with lines and all problems."""
    table, document = _parsed(file)
    problems = [*_unknown_threats(table, document, catalog), *_twice(table, document), *_unsaid(table, document)]
    if problems:
        raise InputError(problems)
    return table


def _parsed(file: Path) -> tuple[Table, Document]:
    if file.parent == DATA:
        return _built_in(file)
    document = read_yaml(file)
    return to_value(document, Table), document


@cache
def _built_in(file: Path) -> tuple[Table, Document]:
    document = read_yaml(file)
    return to_value(document, Table), document


def _unknown_threats(table: Table, document: Document, catalog: Catalog) -> Iterator[Problem]:
    for i, entry in enumerate(table.entries):
        if entry.threat is not None and entry.threat not in catalog.threats:
            fix = nearest(entry.threat, catalog.threats) or "see: bartizan catalog list threats"
            yield document.problem(("entries", i, "threat"), f"no threat '{entry.threat}'", fix)


def _twice(table: Table, document: Document) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for i, entry in enumerate(table.entries):
        for j, name in enumerate(entry.names):
            if not name.strip("*"):
                yield document.problem(("entries", i, "names", j), "a name that fits everything", "write the name")
            if (entry.of, name.casefold()) in seen:
                yield document.problem(("entries", i, "names", j), f"'{name}' is given twice", "keep one")
            seen.add((entry.of, name.casefold()))


def _unsaid(table: Table, document: Document) -> Iterator[Problem]:
    for i, entry in enumerate(table.entries):
        if entry.threat is None and not entry.why and not entry.strong and entry.means == "hit":
            fix = "add 'threat:', or 'why:' with the reason why there is none"
            yield document.problem(("entries", i), "an entry that says nothing", fix)


# From what was counted to what was observed


def interpret(found: Found, names: Names, catalog: Catalog, *, form: str, held_on: str, source: str) -> Intake:
    """Everything that was counted, with its threat or with the reason why it has none."""
    observed: list[Observed] = []
    unmapped: dict[tuple[str, str], Unmapped] = {}
    skipped = list(found.skipped)
    for one in found.counted:
        if one.trials == 0:
            skipped.append(Skipped(name=one.what, count=one.entries, why="0 of 0: nothing was tried"))
        elif one.threat or one.control:
            observed.append(_observed(one, one.threat, None, catalog, held_on))
        else:
            entry = _decisive(one, names)
            if entry is not None and entry.threat is not None:
                observed.append(_observed(one, entry.threat, _strong_by(one, entry, names), catalog, held_on))
            else:
                _leave(one, entry, names, unmapped)
    return Intake(
        format=form,
        tool=found.tool,
        version=found.version,
        held_on=held_on,
        target=found.target,
        digests=found.digests,
        by=found.by,
        observations=tuple(observed),
        unmapped=tuple(unmapped.values()),
        skipped=tuple(skipped),
        total=sum(c.entries for c in found.counted) + sum(s.count for s in found.skipped),
        source=source,
    )


def _decisive(one: Counted, names: Names) -> Entry | None:
    """The entry that says which threat: the first known name that has one, else the first that is known.

    A strategy that makes another threat of it goes before, but cannot make a threat of what is known to be none.
    """
    own = [entry for name in one.names if (entry := names.find(name)) is not None]
    if own and all(entry.threat is None for entry in own):
        return own[0]
    strategies = (names.find(way) for way in one.ways if way.of == "strategy")
    known = (*(entry for entry in strategies if entry is not None), *own)
    return next((entry for entry in known if entry.threat is not None), None)


def _strong_by(one: Counted, entry: Entry, names: Names) -> str | None:
    """Why it is strong: by how it was delivered, or by what it is."""
    ways = (names.find(way) for way in one.ways)
    return next((way.strong for way in ways if way is not None and way.strong), None) or entry.strong or None


def _observed(one: Counted, threat: ThreatId, strong: str | None, catalog: Catalog, held_on: str) -> Observed:
    return Observed(
        threat=threat,
        within=tuple(broader(threat, catalog)),
        control=one.control,
        component=one.component,
        name=one.called or (one.names[0].name if one.names else one.what),
        what=one.what,
        kind=one.kind,
        hits=one.hits,
        trials=one.trials,
        entries=one.entries,
        strong=one.strong or bool(strong),
        why_strong=strong or "",
        passed=one.passed,
        with_controls=one.with_controls,
        seed=one.seed,
        held_on=one.held_on or held_on,
        target=one.target,
        note=one.note,
        digests=one.digests,
    )


def _leave(one: Counted, entry: Entry | None, names: Names, unmapped: dict[tuple[str, str], Unmapped]) -> None:
    """Note what has no threat, added up by name and reason."""
    name = one.called or (one.names[0].name if one.names else one.what)
    why = entry.why if entry is not None and entry.why else "no table says which threat this is"
    near = names.nearest(one.names[0]) if entry is None and one.names else ""
    before = unmapped.get((name, why))
    count = one.entries + (before.count if before else 0)
    unmapped[name, why] = Unmapped(name=tidy(name), count=count, why=why, nearest=near)


def broader(threat: ThreatId, catalog: Catalog) -> Iterator[ThreatId]:
    """The threats that this one is a way of, the nearest first."""
    seen = {threat}
    entry = catalog.threats.get(threat)
    while entry is not None and entry.parent is not None and entry.parent not in seen:
        yield entry.parent
        seen.add(entry.parent)
        entry = catalog.threats.get(entry.parent)
