from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.controls.data_distortion import TrainingNoise
from bartizan.controls.smoothing import Smoothed, Smoothing
from bartizan.core.extras import need
from bartizan.targets.predictor import REFUSED, Predictor
from tests.controls import short

STRENGTH = 0.25


@functools.cache
def trained_on_noise() -> Predictor:
    return TrainingNoise(strength=STRENGTH).harden(short.network(epochs=12)).fit(short.images()[0], 0)


def smoothed(seed: int = 0, copies: int = 32, doubt: float = 0.0) -> Smoothed:
    control = Smoothing(strength=STRENGTH, copies=copies, doubt=doubt)
    found = control.mount(trained_on_noise(), short.images()[2], np.random.default_rng(seed))
    assert isinstance(found, Smoothed)
    return found


def test_an_attack_within_the_certified_radius_never_changes_the_answer() -> None:
    """Attacked with the averaged gradient of the vote itself, the strongest attack on it that there is."""
    test = short.images()[1].take(slice(0, 25))
    target = smoothed()
    answer, radius = target.certify(test.x, copies=1000)
    sure = np.flatnonzero(answer != REFUSED)
    assert len(sure) > 15
    assert np.median(radius[sure]) > 0.2
    for row in sure:
        one = test.take([int(row)])
        near = short.pgd(target, one, 0.99 * float(radius[row]), 6, norm="l2", draws=2)
        assert target.votes(near, 1000).argmax(axis=1) == answer[row]


def test_outside_of_the_radius_answers_do_change() -> None:
    test, target = short.images()[1].take(slice(0, 60)), smoothed()
    far = short.pgd(target, test, 1.5, 8, norm="l2")
    assert short.beaten(target, test, far) > 0.4


def test_the_radius_is_the_one_of_the_formula() -> None:
    target = smoothed()
    _, radius = target.certify(short.images()[1].x[:40], copies=500, alpha=0.01)
    # All 500 copies alike: the bound is alpha ** (1 / 500), and nothing can be surer.
    assert radius.max() == pytest.approx(STRENGTH * need("scipy.stats").norm.ppf(0.01 ** (1 / 500)))


def test_smoothing_keeps_accuracy_and_blunts_an_attack_that_knows_it() -> None:
    test, target = short.images()[1].take(slice(0, 150)), smoothed()
    plain = short.plain()
    before = short.beaten(plain, test, short.pgd(plain, test, 0.1))
    after = short.beaten(target, test, short.pgd(target, test, 0.1, draws=2))
    assert short.accuracy(target, test) > short.accuracy(plain, test) - 0.08
    assert after < before - 0.1


def test_votes_that_are_too_close_are_refused_only_when_asked() -> None:
    x = np.random.default_rng(0).random((40, 1, 8, 8)).astype(np.float32)
    assert (smoothed(doubt=0.001).labels(x) == REFUSED).any()
    assert not smoothed(doubt=0.001).scores(x).any(axis=1).all()
    assert (smoothed().labels(x) != REFUSED).all()
    assert np.allclose(smoothed().scores(x).sum(axis=1), 1)


def test_a_vote_gives_scores_even_where_the_model_gives_labels_only() -> None:
    train, test, _, _ = short.table()
    target = Smoothing(strength=0.01, copies=8).mount(short.forest().fit(train, 0), train, np.random.default_rng(0))
    assert "scores" in target.card.capabilities
    assert target.card.random
    assert short.accuracy(target, test) > 0.85
    assert target.labels(test.x[:0]).shape == (0,)
