"""Rows to learn from, to choose by and to judge by do not overlap, whoever they are of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.tables.minimise.splitting import split


@given(st.integers(40, 400), st.integers(0, 100), st.booleans())
def test_no_row_and_no_person_is_on_two_sides(rows: int, seed: int, by_person: bool) -> None:
    units = np.random.default_rng(seed).integers(0, 20, rows) if by_person else None
    found = split(rows, seed=seed, units=units)
    of = np.arange(rows) if units is None else units
    chosen = np.concatenate([choose for _, choose in found.folds])
    assert sorted([*chosen, *found.test]) == list(range(rows))
    for learn, choose in found.folds:
        assert not set(of[learn]) & set(of[choose])
        assert sorted([*learn, *choose]) == list(found.develop)
    assert not set(of[found.develop]) & set(of[found.test])


@pytest.mark.parametrize("rows", [12_000, 500_000])
def test_of_many_rows_at_most_twenty_thousand_choose_and_judge(rows: int) -> None:
    found = split(rows, seed=0)
    ((learn, choose),) = found.folds
    assert len(learn) + len(choose) + len(found.test) == rows
    assert max(len(choose), len(found.test)) <= 20_000


@given(st.lists(st.integers(0, 30), min_size=8, max_size=200))
def test_what_came_last_judges_and_equal_times_stay_together(times: list[int]) -> None:
    order = np.array(times)
    found = split(len(times), seed=0, order=order)
    ((learn, choose),) = found.folds
    assert len(learn) + len(choose) + len(found.test) == len(times)
    for earlier, later in ((learn, choose), (choose, found.test), (learn, found.test)):
        assert not len(earlier) or not len(later) or order[earlier].max() < order[later].min()
