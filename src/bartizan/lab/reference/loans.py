"""Generated applications for consumer loans: twelve columns with what an applicant can and cannot change of them.

No person stands behind a row. The default of a loan is drawn from a logistic model with two interactions and noise, so
that a good model is right about five times in six, as in the trade.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature

LOANS = Domain(
    modality="table",
    shape=(12,),
    features=(
        Feature(name="age", kind="integer", low=18, high=90, direction="none"),
        Feature(name="monthly income", low=400, high=20_000, direction="up", cost=0.02),
        Feature(name="amount", low=500, high=50_000, cost=0.001),
        Feature(name="months to repay", kind="integer", low=6, high=96, cost=0.2),
        Feature(name="months with employer", kind="integer", low=0, high=480, direction="up", cost=0.5),
        Feature(name="debts stated", low=0, high=100_000, direction="down", cost=0.002),
        Feature(name="debts at the bureau", low=0, high=100_000, direction="none"),
        Feature(name="late payments at the bureau", kind="integer", low=0, high=20, direction="none"),
        Feature(name="open accounts", kind="integer", low=0, high=30, cost=5.0),
        Feature(name="dependants", kind="integer", low=0, high=8, cost=3.0),
        Feature(name="owns home", kind="categorical", low=0, high=1, categories=(0.0, 1.0), cost=20.0),
        Feature(name="purpose", kind="categorical", low=0, high=3, categories=(0.0, 1.0, 2.0, 3.0), cost=1.0),
    ),
)
"""The bureau's columns are looked up by the bank itself; income and debts are stated by the applicant, on one side."""


def loans_data(rows: int = 6000, seed: int = 7) -> Dataset:
    """So many applications, shape (rows, 12), float64; class 1 is a loan that was repaid."""
    rng = np.random.default_rng(seed)
    income = np.clip(rng.lognormal(7.9, 0.5, rows), 400, 20_000)
    owed = np.clip(rng.exponential(6000, rows) * (rng.random(rows) < 0.6), 0, 100_000)
    columns = (
        rng.integers(18, 80, rows),
        income,
        np.clip(rng.lognormal(8.9, 0.8, rows), 500, 50_000),
        rng.integers(1, 17, rows) * 6,
        np.minimum(rng.exponential(70, rows), 480).astype(int),
        owed * rng.uniform(0.5, 1.0, rows),
        owed,
        np.minimum(rng.poisson(0.6, rows), 20),
        np.minimum(rng.poisson(4, rows), 30),
        np.minimum(rng.poisson(0.9, rows), 8),
        (rng.random(rows) < 0.4).astype(int),
        rng.integers(0, 4, rows),
    )
    x = np.column_stack(columns).astype(np.float64)
    y = (rng.random(rows) < _repaid(x)).astype(np.int64)
    return Dataset(x=x, y=y, classes=2, name="generated loan applications")


def _repaid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability that each loan is repaid, shape (n,)."""
    age, income, amount, months, employed, stated, owed, late, accounts, dependants, home, purpose = x.T
    burden = (amount / months + owed / 60) / income
    hidden = (owed - stated) / 10_000
    score = 2.0 - 5.0 * burden - 0.9 * late + 0.006 * employed + 0.7 * home - 0.25 * dependants - 1.2 * hidden
    score += 0.02 * (age - 40) - 0.05 * np.abs(accounts - 4) - 0.5 * (purpose == 3) - 0.6 * late * (burden > 0.3)
    return np.asarray(1 / (1 + np.exp(-2.2 * score)))
