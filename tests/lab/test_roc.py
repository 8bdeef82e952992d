"""The curve of a membership score, its area with interval, and the rates at low false-positive rates."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from bartizan.core.extras import need
from bartizan.lab.roc import Roc, roc
from tests.rigs import rng


def normal(n: int, shift: float, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    dice = rng(seed)
    return dice.normal(shift, 1, n), dice.normal(0, 1, n)


def test_the_area_is_that_of_scikit_learn_with_ties_too() -> None:
    metrics = need("sklearn.metrics")
    for digits in (0, 1, 8):
        inside, outside = (np.round(part, digits) for part in normal(700, 0.6))
        truth = np.repeat([1, 0], 700)
        assert roc(inside, outside).auc == pytest.approx(
            metrics.roc_auc_score(truth, np.concatenate([inside, outside]))
        )


def test_the_interval_holds_the_true_area_about_nineteen_times_in_twenty() -> None:
    true = 0.6644  # Of two normal distributions 0.6 apart: the normal distribution at 0.6 / sqrt 2.
    inside = [roc(*normal(150, 0.6, seed)) for seed in range(300)]
    held = sum(one.low <= true <= one.high for one in inside)
    assert 270 <= held <= 298


def test_groups_that_do_not_overlap_still_have_an_interval() -> None:
    apart = roc([3.0, 4.0, 5.0], [0.0, 1.0, 2.0, 2.5])
    assert (apart.auc, apart.high) == (1.0, 1.0)
    assert apart.low < 0.5
    assert "Wilson" in apart.interval


def test_scores_that_say_nothing_have_an_area_of_one_half() -> None:
    same = roc(np.zeros(40), np.zeros(60))
    assert same.auc == 0.5
    assert same.low < 0.5 < same.high
    assert [one.hits for one in same.found] == [0, 0]


def test_few_non_members_are_said_to_be_too_few() -> None:
    few = roc(*normal(500, 1.0))
    assert [one.enough for one in few.found] == [False, False]
    assert few.notes[0].endswith("500, and it takes 10,000")
    many = roc(*normal(1_000, 1.0))
    assert [one.enough for one in many.found] == [False, True]


def test_the_rate_at_a_low_false_positive_rate_accuses_no_more_than_that() -> None:
    inside, outside = normal(2_000, 2.0)
    for one in roc(inside, outside).found:
        assert one.accused <= one.fpr * 2_000
        fpr, tpr, _ = need("sklearn.metrics").roc_curve(
            np.repeat([1, 0], 2_000), np.concatenate([inside, outside]), drop_intermediate=False
        )
        assert one.rate == pytest.approx(tpr[fpr <= one.fpr].max())
        assert one.low < one.rate < one.high
        assert one.trials == 2_000


def test_a_long_curve_is_thinned_and_keeps_its_ends_and_its_low_corner() -> None:
    long = roc(*normal(20_000, 0.8))
    assert len(long.fpr) == len(long.tpr) <= 200
    assert (long.fpr[0], long.tpr[0], long.fpr[-1], long.tpr[-1]) == (0, 0, 1, 1)
    assert sum(0 < fpr < 0.01 for fpr in long.fpr) > 20
    assert (np.diff(long.fpr) >= 0).all()
    assert (np.diff(long.tpr) >= 0).all()


def test_it_can_be_kept_as_json() -> None:
    one = roc(*normal(300, 1.0))
    assert msgspec.json.decode(msgspec.json.encode(one), type=Roc) == one


@pytest.mark.parametrize("bad", [[], [1.0, float("nan")]])
def test_an_empty_group_or_one_with_nan_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="non-members"):
        roc([1.0], bad)
