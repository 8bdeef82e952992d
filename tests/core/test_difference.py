from __future__ import annotations

import numpy as np
import pytest

from bartizan.core.difference import paired, unpaired


def test_newcombes_own_example_of_independent_rates_comes_out() -> None:
    # R. G. Newcombe 1998, the paper on independent proportions: 56 of 70 less 48 of 80, method 10
    low, high = unpaired((56, 70), (48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_newcombes_own_example_of_paired_rates_comes_out() -> None:
    # R. G. Newcombe 1998, the paper on paired data: 36, 12, 2 and 0 rows, method 10
    low, high = paired(36, 12, 2, 0)
    assert (round(low, 4), round(high, 4)) == (0.0569, 0.3404)


def test_paired_intervals_hold_the_true_difference_about_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(0), 0
    for both, first, second, neither in rng.multinomial(150, (0.8, 0.08, 0.04, 0.08), 400).tolist():
        low, high = paired(both, first, second, neither)
        held += low <= 0.04 <= high
    assert held / 400 > 0.92


def test_the_same_answers_on_both_sides_differ_by_nothing() -> None:
    low, high = paired(40, 0, 0, 10)
    assert low == pytest.approx(-high)
    assert low <= 0 <= high
