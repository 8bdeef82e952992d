"""Tables to check: ordinary ones, and the same with one thing wrong, in rows that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from bartizan.tables.quality.checking import Asked, Checked, checked


def ordinary(rows: int = 2_000, seed: int = 0) -> pl.DataFrame:
    """People with an income, a region and whether they paid back, which depends on both."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows)
    income = np.round(rng.gamma(4, 9_000, rows), 2)
    region = rng.choice(["north", "south", "east", "west"], rows)
    source = rng.choice(["branch", "web", "phone"], rows)
    logit = (income - 36_000) / 6_000 + (age - 45) / 12 + (region == "north")
    paid = np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return pl.DataFrame({"age": age, "income": income, "region": region, "source": source, "paid": paid})


def reviews(rows: int = 1_200, seed: int = 0) -> pl.DataFrame:
    """Short texts, good or bad."""
    rng = np.random.default_rng(seed)
    good = ["fine", "lovely", "quick", "friendly", "bright", "excellent", "warm"]
    bad = ["poor", "slow", "rude", "broken", "dull", "awful", "cold"]
    other = [
        "the",
        "service",
        "was",
        "and",
        "room",
        "we",
        "stayed",
        "for",
        "days",
        "with",
        "breakfast",
        "staff",
        "very",
    ]
    label = rng.choice(["good", "bad"], rows)
    texts = [
        " ".join(rng.permutation([*rng.choice(other, 9), *rng.choice(good if one == "good" else bad, 3)]))
        for one in label
    ]
    return pl.DataFrame({"text": texts, "label": label})


def run(frame: pl.DataFrame, folder: Path, asked: Asked) -> Checked:
    """All checks of a table, through a file."""
    file = folder / "table.csv"
    frame.write_csv(file)
    return checked(file, asked)


def outcome(of: Checked, check: str) -> str:
    return next(run.outcome for run in of.runs if run.check == check)


def rules(of: Checked) -> set[str]:
    return {doubt.rule.id for doubt in of.doubts}


def rows_of(of: Checked, rule: str) -> set[int]:
    return {row for doubt in of.doubts if doubt.rule.id == rule for row in doubt.rows}
