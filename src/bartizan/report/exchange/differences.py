"""A row that came back beside what the register would write there now: which cells were edited, and what is wrong."""

from __future__ import annotations

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import nearest
from bartizan.report.exchange.canonical import REVISION, Cells, Column, Table
from bartizan.report.exchange.cells import CUT, same, tidy
from bartizan.report.exchange.incoming import Row, Wrong


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is different about a row."""

    edited: dict[str, tuple[str, str]]
    """What the register says and what the file says, by column."""
    ignored: tuple[str, ...]
    """Columns that differ and are worked out, so that nothing comes of it."""
    wrong: tuple[tuple[str, str, str], ...]
    """Column, finding and fix."""
    stale: bool
    """Whether the register changed the row since it went out."""


def difference(table: Table, row: Row, now: Cells) -> Difference:
    """What is different about a row; `now` is the row as the register would write it."""
    known = table.by_name
    edited: dict[str, tuple[str, str]] = {}
    ignored: list[str] = []
    wrong: list[tuple[str, str, str]] = []
    for name, value in row.cells.items():
        column = known[name]
        said = "" if isinstance(value, Wrong) else tidy(value.strip())
        if name == REVISION or (not isinstance(value, Wrong) and same(said, now[name], column.kind)):
            continue
        if not column.edit:
            ignored.append(name)
            continue
        if isinstance(value, Wrong):
            wrong.append((name, value.finding, "write the value itself"))
            continue
        said = _word(column, said)
        if said == now[name]:
            continue
        problem = _fault(column, said, now[name])
        if problem:
            wrong.append((name, *problem))
        else:
            edited[name] = (now[name], said)
    return Difference(edited=edited, ignored=tuple(ignored), wrong=tuple(wrong), stale=_is_stale(row, now))


def _is_stale(row: Row, now: Cells) -> bool:
    """Whether the row went out with another revision; a file without revisions cannot tell, and is believed."""
    went_out = row.cells.get(REVISION, "")
    return isinstance(went_out, str) and bool(went_out.strip()) and went_out.strip() != now.get(REVISION, "")


def _word(column: Column, said: str) -> str:
    """A word of a vocabulary as the register writes it, however a person did."""
    word = said.casefold().replace(" ", "_").replace("-", "_")
    return word if word in column.choices else said


def _fault(column: Column, said: str, now: str) -> tuple[str, str] | None:
    if not said:
        return None
    if column.choices and said not in column.choices:
        return f"there is no '{said:.60}'", nearest(said, column.choices)
    if column.kind == "day" and not is_date(said):
        return f"'{said:.60}' is no day that can be read for sure", DATE_FIX
    if column.longest is not None and len(said) > column.longest:
        return f"{len(said)} characters, more than the register keeps", f"at most {column.longest}"
    if said.endswith(CUT) or now.endswith(CUT):
        return "the text was cut to fit the cell when it went out", "change it in the register"
    return None
