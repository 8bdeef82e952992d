"""Tokens turned back into what they stand for, by whoever has the key that made them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.core.source import refuse_existing
from bartizan.tables.protect.acting import Unacted, texts_turned, unacted_problems
from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.plan import Plan, Token
from bartizan.tables.protect.tokens import Tokens
from bartizan.tables.reading import Table
from bartizan.tables.writing import write_table


def reveal(table: Table, plan: Plan, key: Key, out: Path) -> tuple[tuple[str, ...], int]:
    """Write the table with its tokens turned back. Returns the columns that were, and the rows.

    Another key than the one that made them turns tokens into other values of the same form: a token does not tell whose
    it is. Raises InputError where the table has no column of tokens of the plan, or cells that are none.
    """
    refuse_existing(out)
    names = tuple(name for name in table.columns if isinstance(plan.columns.get(name), Token))
    if not names:
        finding = "the table has no column that this plan makes tokens of"
        raise InputError([plan.document.problem(("columns",), finding, "name the plan that protected it")])
    schema = dict(table.frame.collect_schema()) | dict.fromkeys(names, need("polars").String)
    return names, write_table(_revealed(table, plan, key, names), schema, out)


def _revealed(table: Table, plan: Plan, key: Key, names: tuple[str, ...]) -> Iterator[Any]:
    turns = {name: texts_turned(Tokens(key, plan.group(name)).undone) for name in names}
    start = 0
    for batch in table.batches():
        made = []
        for name, turn in turns.items():
            try:
                made.append(turn(batch[name]).alias(name))
            except Unacted as unacted:
                raise InputError(list(unacted_problems(plan, name, unacted, start))) from None
        start += batch.height
        yield batch.with_columns(made)
