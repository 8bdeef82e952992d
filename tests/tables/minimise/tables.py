"""Tables of which it is known what a label needs, because the label was made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from bartizan.tables.minimise.minimising import Asked, minimised
from bartizan.tables.minimise.verdict import Judged, Minimised
from bartizan.tables.protect.acting import Acting
from bartizan.tables.protect.plan import column_problems, read_plan
from bartizan.tables.reading import opened


def loans(rows: int = 2_400, seed: int = 0) -> pl.DataFrame:
    """Paid back or not: by income, the decade of age, the first digit of the postcode; by nothing else."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 80, rows)
    income = np.round(rng.gamma(4, 9_000, rows), 2)
    postcode = rng.integers(10_000, 99_999, rows)
    logit = (income - 36_000) / 4_000 + (age // 20 - 2) * 3 + (postcode // 10_000 % 3 - 1) * 4
    paid = np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return pl.DataFrame(
        {
            "customer": [f"C{number:06d}" for number in rng.permutation(rows)],
            "age": age,
            "income": income,
            "postcode": [str(one) for one in postcode],
            "religion": rng.choice(["a", "b", "c", "d"], rows),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "paid": paid,
        }
    )


def run(frame: pl.DataFrame, folder: Path, asked: Asked) -> Minimised:
    """Through a file."""
    file = folder / "table.parquet"
    frame.write_parquet(file)
    return minimised(file, asked)


def of(one: Minimised, column: str) -> Judged:
    return next(judged for judged in one.columns if judged.column == column)


def verdicts(one: Minimised) -> dict[str, str]:
    return {judged.column: judged.verdict for judged in one.columns}


def protected(file: Path, plan: Path) -> pl.DataFrame:
    """What `data protect` makes of a table by a plan."""
    table, wanted = opened(file), read_plan(plan)
    assert column_problems(wanted, table.columns, file.name) == []
    made: pl.DataFrame = pl.concat(Acting(wanted, table, None).batches())
    return made
