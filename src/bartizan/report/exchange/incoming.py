"""What came back in: rows by id with the cells that the file has, and everything that is wrong with its form.

Both ways in, CSV and workbooks, end here, so that they mean the same: columns are known by their heads, rows by their
ids, and what is not there is not considered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bartizan.core.errors import Problem, nearest
from bartizan.report.exchange import canonical
from bartizan.report.exchange.canonical import ID, Table
from bartizan.report.exchange.cells import unguard

MAX_ROWS = 100_000
MAX_COLUMNS = 200
_SYSTEM = "[a-z0-9][a-z0-9-]*"
_KINDS: Mapping[str, re.Pattern[str]] = {
    "risks": re.compile(rf"{_SYSTEM}/R-\d+"),
    "decisions": re.compile(rf"{_SYSTEM}/D-\d+"),
    "evidence": re.compile(rf"{_SYSTEM}/E-\d+"),
    "suppliers": re.compile(rf"{_SYSTEM}/.+/[a-z0-9_]+", re.DOTALL),
    "controls": re.compile(rf"{_SYSTEM}/[a-z0-9_]+(@[a-z0-9_-]+)?"),
}
_LOOKS = 50


class Wrong(msgspec.Struct, frozen=True):
    """A cell that holds nothing that can be read, and why."""

    finding: str


Value = str | Wrong
MISSING = Wrong("")
"""A cell that is not there: nothing is said, so nothing changes."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a file."""

    line: int
    id: str
    cells: dict[str, Value]
    """By column, of the columns that the file has and the table knows; without the id."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a file."""

    table: Table
    rows: tuple[Row, ...]
    unknown: tuple[str, ...] = ()
    """Columns that the table does not know."""
    place: str = ""
    """What messages call it: the file, with the sheet."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read."""

    file: str
    sheets: tuple[Sheet, ...]
    unknown: tuple[str, ...] = ()
    """Sheets that no table of the register has."""


class Grid:
    """Turns the lines of one sheet into a table of the register, noting all that is wrong on the way."""

    def __init__(self, place: str, sheet: str = "") -> None:
        self.place = place
        self._sheet = sheet
        self.problems: list[Problem] = []

    def problem(self, line: int | None, finding: str, fix: str = "") -> None:
        """Note what is wrong."""
        self.problems.append(Problem(file=self.place, line=line, finding=finding, fix=fix))

    def read(self, lines: Iterable[tuple[int, Sequence[Value]]]) -> Sheet | None:
        """The table; None where nothing of it belongs to the register. `lines` are numbered as editors count them."""
        stream = iter(lines)
        head = next(((n, line) for n, line in stream if any(line)), None)
        if head is None:
            return None
        names = [cell.strip().casefold() if isinstance(cell, str) else "" for cell in head[1]]
        if ID not in names:
            return None
        rows = self._rows(names, stream)
        table = self._table(names, rows)
        self._check_head(head[0], names)
        self._check_ids(rows)
        known = table.by_name
        unknown = tuple(dict.fromkeys(n for n in names if n and n not in known))
        kept = tuple(
            Row(line=row.line, id=row.id, cells={k: v for k, v in row.cells.items() if k in known}) for row in rows
        )
        return Sheet(table=table, rows=kept, unknown=unknown, place=self.place)

    def _rows(self, names: Sequence[str], lines: Iterable[tuple[int, Sequence[Value]]]) -> list[Row]:
        found: list[Row] = []
        place = names.index(ID)
        for number, line in lines:
            if not any(line):
                continue
            if len(found) >= MAX_ROWS:
                self.problem(number, f"more than {MAX_ROWS:,} rows", "split the file by system")
                break
            if any(line[len(names) :]):
                self.problem(number, "cells beyond the last column", "a quote or a separator is missing before them")
            name = line[place] if place < len(line) else ""
            if not isinstance(name, str) or not name.strip():
                self.problem(number, "a row without an id", "fill in the id it went out with, or remove the row")
                continue
            pairs = ((key, v) for key, v in zip(names, line, strict=False) if v is not MISSING)
            cells = {key: _read(v) for key, v in pairs if key and key != ID}
            found.append(Row(line=number, id=unguard(name.strip()), cells=cells))
        return found

    def _table(self, names: Sequence[str], rows: Sequence[Row]) -> Table:
        """Which table it is: by the form of its ids, else by the sheet's name, else by what its columns are called."""
        for row in rows[:_LOOKS]:
            for kind, pattern in _KINDS.items():
                if pattern.fullmatch(row.id):
                    return canonical.BY_NAME[kind]
        named = canonical.BY_SHEET.get(self._sheet.casefold())
        return named or max(canonical.TABLES, key=lambda t: len(set(names) & set(t.by_name)))

    def _check_head(self, line: int, names: Sequence[str]) -> None:
        twice = sorted({name for name in names if name and names.count(name) > 1})
        for name in twice:
            self.problem(line, f"the column '{name}' is there twice", "keep one of them")

    def _check_ids(self, rows: Iterable[Row]) -> None:
        first: dict[str, int] = {}
        for row in rows:
            if row.id in first:
                self.problem(row.line, f"'{row.id:.150}' is there twice", f"first at line {first[row.id]}; keep one")
            first.setdefault(row.id, row.line)


def _read(value: Value) -> Value:
    return unguard(value) if isinstance(value, str) else value


def not_ours(place: str, heads: Sequence[str] = ()) -> Problem:
    """What to say of a file in which nothing belongs to the register."""
    near = nearest(ID, [h for h in heads if h]) if len(heads) < MAX_COLUMNS else ""
    fix = near if near.startswith("did you") else "start from a file that `bartizan register export` wrote"
    return Problem(file=place, finding="there is no column 'id', so no row can be told from another", fix=fix)
