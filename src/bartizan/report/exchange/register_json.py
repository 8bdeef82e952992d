"""The register as JSON: the same tables as in CSV and in a workbook, for programs; and back.

    {"kind": "bartizan register", "version": 1, "tables": {"risks": [{"id": "mail-agent/R-1", ...}, ...], ...}}

Every value is text, as in CSV, but without the guard against formulas, since nothing computes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.canonical import BY_NAME
from bartizan.report.exchange.cells import guard
from bartizan.report.exchange.incoming import MISSING, Grid, Incoming, Sheet, Value, Wrong
from bartizan.report.exchange.rows import all_rows

_KIND, _VERSION = "bartizan register", 1


class _File(msgspec.Struct, kw_only=True):
    kind: str = ""
    version: int = 0
    tables: dict[str, list[dict[str, object]]]


def render(dossier: Dossier) -> str:
    """All tables of a system's register. Raises InputError where the dossier is not of a register."""
    return tables_of([dossier])


def tables_of(dossiers: Iterable[Dossier]) -> str:
    """All tables of these systems' registers. Raises InputError where a dossier is not of a register."""
    made = {"kind": _KIND, "version": _VERSION, "tables": all_rows(dossiers)}
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def read(content: bytes, file: str) -> Incoming:
    """A file that came back. Raises InputError with all that is wrong with its form."""
    found = _parsed(content, file)
    problems: list[Problem] = []
    sheets: list[Sheet] = []
    for name, rows in found.tables.items():
        if name not in BY_NAME:
            fix = nearest(name, BY_NAME)
            problems.append(Problem(file=file, finding=f"there is no table '{name:.60}'", fix=fix))
            continue
        grid = Grid(f"{file}, {name}", BY_NAME[name].sheet)
        sheet = grid.read(_lines(rows)) if rows else None
        problems += grid.problems
        if sheet is not None:
            sheets.append(sheet)
        elif rows:
            problems.append(Problem(file=grid.place, finding="its rows have no id", fix="keep the id of each row"))
    if problems:
        raise InputError(problems)
    return Incoming(file=file, sheets=tuple(sheets))


def _parsed(content: bytes, file: str) -> _File:
    try:
        found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        finding = f"not a register in JSON: {str(error) or 'nested too deeply'}"
        raise InputError([Problem(file=file, finding=finding, fix="export it again as json")]) from None
    if found.kind != _KIND or found.version != _VERSION:
        finding = f"not a register of version {_VERSION}: it says '{found.kind:.60}', {found.version}"
        raise InputError([Problem(file=file, finding=finding, fix="export it again as json")])
    return found


def _lines(rows: Sequence[dict[str, object]]) -> Iterator[tuple[int, Sequence[Value]]]:
    """The rows as lines under one head; a row that lacks a column leaves its cell out, as if it said nothing."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    yield 0, list(heads)
    for number, row in enumerate(rows, start=1):
        yield number, [_value(row[key]) if key in row else MISSING for key in heads]


def _value(value: object) -> Value:
    if isinstance(value, str):
        return guard(value)
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return Wrong("a list or an object")
