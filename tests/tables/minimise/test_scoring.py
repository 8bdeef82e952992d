"""Scores are those of scikit-learn; intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, r2_score, roc_auc_score

from bartizan.tables.minimise.scoring import Scoring, auc, avoided, r2


@given(st.integers(0, 10_000), st.integers(4, 60), st.integers(1, 8))
def test_scores_with_weights_and_ties_are_those_of_scikit_learn(seed: int, rows: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.r_[0.0, 1.0, rng.integers(0, 2, rows - 2)]
    p = rng.integers(0, levels, rows) / levels + 0.01
    weights = rng.integers(1, 4, (2, rows)).astype(float)
    found = auc(y, p, weights)
    assert found == pytest.approx([roc_auc_score(y, p, sample_weight=one) for one in weights])
    target = rng.normal(size=rows)
    assert r2(target, p, weights) == pytest.approx([r2_score(target, p, sample_weight=one) for one in weights])
    both = np.c_[1 - p / 2, p / 2]
    for one, value in zip(weights, avoided(y, both, weights), strict=True):
        share = np.average(y, weights=one)
        constant = log_loss(y, np.full(rows, share), sample_weight=one)
        assert value == pytest.approx(1 - log_loss(y, both, sample_weight=one) / constant)


def test_the_interval_of_a_loss_holds_the_true_one_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=300)
        good, bad = y + rng.normal(0, 0.5, 300), y + rng.normal(0, 0.7, 300)
        scoring = Scoring("r2", y, seed=seed)
        lost = scoring.score(good[:, None]).above(scoring.score(bad[:, None]))
        inside += lost.low <= 0.49 - 0.25 <= lost.high
    assert inside >= 87  # binomial(100, 0.95) is below with p = 0.001


def test_rows_of_a_person_are_drawn_together_and_make_the_interval_wider() -> None:
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(40), 25)
    y = np.repeat(rng.integers(0, 2, 40), 25).astype(float)
    p = np.clip(y * 0.3 + np.repeat(rng.random(40), 25), 0, 1)
    predicted = np.c_[1 - p, p]
    rows = Scoring("auc", y, seed=0).score(predicted).interval
    persons = Scoring("auc", y, seed=0, units=person).score(predicted).interval
    assert persons.value == rows.value
    assert persons.high - persons.low > 2 * (rows.high - rows.low)


def test_a_score_that_most_drawings_lack_has_no_ends() -> None:
    y = np.zeros(100)
    found = Scoring("auc", y, seed=0).score(np.c_[1 - y, y]).interval
    assert (found.low, found.high) == (-np.inf, np.inf)
