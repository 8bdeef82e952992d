"""The columns and rows of a table that may be used for a purpose, written to a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import refuse_existing
from bartizan.tables.allowed.asking import Answer, rows_allowed
from bartizan.tables.allowed.rules import Allowed, Purpose
from bartizan.tables.reading import Table
from bartizan.tables.writing import refuse_place, write_table


def write_allowed(table: Table, rules: Allowed, answer: Answer, out: Path) -> int:
    """Write what may be used. Returns the rows. Raises InputError where nothing may, or the place cannot be written."""
    refuse_existing(out)
    refuse_place(out)
    if not answer.is_usable:
        why = "; ".join(answer.whys) or "no column and row of it is allowed"
        raise InputError([Problem(file=str(table.path), finding=f"nothing of it may be used: {why}")])
    names = tuple(one.name for one in answer.columns if one.verdict == "allowed")
    schema = dict(table.frame.collect_schema())
    batches = _batches(table, rules.purposes[answer.purpose], answer.day, names)
    return write_table(batches, {name: schema[name] for name in names}, out)


def _batches(table: Table, purpose: Purpose, today: str, names: tuple[str, ...]) -> Iterator[Any]:
    for batch in table.batches():
        yes, _ = rows_allowed(batch, purpose, today)
        yield batch.filter(yes).select(names)
