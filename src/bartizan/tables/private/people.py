"""The rows that count: so many of each person at most, so that one more person changes no more than that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need
from bartizan.tables.private.plan import Plan, column_problems
from bartizan.tables.reading import Table


def read_once(table: Table, plan: Plan, take: Callable[[Any], None], step: Callable[[str], None]) -> dict[str, str]:
    """Hand over all batches of rows that count. Returns the digests of table and plan.

    Raises InputError for columns that are not there, and where the table changed meanwhile.
    """
    problems = column_problems(plan, table.columns, table.path.name)
    if problems:
        raise InputError(problems)
    digests = {"data": sha256_of(table.path), "plan": sha256_of(Path(plan.document.file))}
    step("reading")
    for batch in rows_that_count(table, plan):
        take(batch)
    if sha256_of(table.path) != digests["data"]:
        raise InputError([Problem(file=str(table.path), finding="it changed while it was read", fix="try again")])
    return digests


def rows_that_count(table: Table, plan: Plan) -> Iterator[Any]:
    """Batches of the declared columns. A person's first rows count, in the order of the table.

    Rows of nobody (a missing person) do not. Which rows of a person count depends on that person's rows alone.
    """
    if not plan.person:
        yield from table.batches(columns=plan.named)
        return
    polars = need("polars")
    seen: dict[str, int] = {}
    for batch in table.batches(columns=plan.named):
        keep = np.zeros(batch.height, np.bool_)
        for place, person in enumerate(batch[plan.person].cast(polars.String, strict=False).to_list()):
            if person is not None and (before := seen.get(person, 0)) < plan.rows:
                seen[person] = before + 1
                keep[place] = True
        yield batch.filter(polars.Series(keep))
