"""A new key for old pseudonyms: which name became which, so that tables that nobody can make again follow.

Pseudonyms cannot be turned back, so that a change of the key begins at the source. Whoever has this list can join
what the two keys kept apart: it is as secret as the keys, and is deleted once the other tables are rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need
from bartizan.tables.protect.acting import Acting
from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.plan import Plan, Pseudonym, Token
from bartizan.tables.reading import Table
from bartizan.tables.writing import write_table

_COLUMNS: Final = ("group", "old", "new")


def write_renames(table: Table, plan: Plan, old: Key, new: Key, out: Path) -> int:
    """Write group, old and new name of every value in columns of pseudonyms and tokens. Returns how many.

    Raises InputError where the plan has no such column, or both keys are the same.
    """
    names = tuple(name for name, one in plan.columns.items() if isinstance(one, Pseudonym | Token))
    if not names:
        raise InputError(
            [plan.document.problem(("columns",), "no column has pseudonyms or tokens", "nothing to rename")]
        )
    if old.id == new.id:
        raise InputError([Problem(file="key", finding="the old and the new key are the same", fix="draw a new one")])
    text = need("polars").String
    return write_table(_renames(table, plan, names, (old, new)), dict.fromkeys(_COLUMNS, text), out)


def _renames(table: Table, plan: Plan, names: tuple[str, ...], keys: tuple[Key, Key]) -> Iterator[Any]:
    polars = need("polars")
    seen: set[tuple[str, str]] = set()
    before, after = (Acting(plan, table, key).batches(names) for key in keys)
    for old, new in zip(before, after, strict=True):
        found: list[tuple[str, str, str]] = []
        for name in names:
            group = plan.group(name)
            pairs = polars.DataFrame({"old": old[name], "new": new[name]}).drop_nulls().unique(maintain_order=True)
            fresh = [(group, *row) for row in pairs.iter_rows() if (group, row[0]) not in seen]
            seen.update((group, row[1]) for row in fresh)
            found += fresh
        yield polars.DataFrame(found, schema=dict.fromkeys(_COLUMNS, polars.String), orient="row")
