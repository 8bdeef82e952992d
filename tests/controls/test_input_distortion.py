from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.input_distortion import (
    Compression,
    Distorted,
    InputDistortion,
    Noise,
    Smooth,
    Squeezing,
    compressed,
)
from bartizan.targets.border import Border
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Unsuitable
from tests.controls import short

WEAK = (Squeezing(bits=4), Noise(strength=0.03), Smooth(width=0.4), Compression(loss=0.02))


def mounted(guard: InputDistortion, seed: int = 0) -> Border:
    return Border(guard.mount(short.plain(), short.images()[2], np.random.default_rng(seed)))


@pytest.mark.parametrize("guard", WEAK, ids=lambda guard: guard.variant)
def test_a_weak_distortion_costs_little_accuracy_and_answers_like_a_predictor(guard: InputDistortion) -> None:
    test, target = short.images()[1], mounted(guard)
    assert short.accuracy(target, test) > short.accuracy(short.plain(), test) - 0.06
    assert target.scores(test.x[:9]).shape == (9, 10)
    assert target.differentiate(test.x[:9])[1](np.ones((9, 10))).shape == test.x[:9].shape
    assert target.card.random == isinstance(guard, Noise)


def test_a_change_of_less_than_half_a_level_is_squeezed_away() -> None:
    test, target = short.images()[1], mounted(Squeezing(bits=3))
    on_level = np.rint(test.x * 7) / 7
    rng = np.random.default_rng(0)
    nudged = (on_level + rng.uniform(-0.06, 0.06, on_level.shape)).astype(np.float32)
    assert (target.scores(nudged) == target.scores(on_level.astype(np.float32))).all()
    assert (short.plain().scores(nudged) != short.plain().scores(on_level.astype(np.float32))).any()


def test_who_knows_of_the_squeezing_gets_past_it() -> None:
    """Straight-through gradients: the guard must not look safe only because rounding has no slope."""
    test, target = short.images()[1], mounted(Squeezing(bits=3))
    assert short.beaten(target, test, short.pgd(target, test, 0.1)) > 0.5


def test_the_gradient_through_a_blur_is_exact() -> None:
    x, target = short.images()[1].x[:5].astype(np.float64), mounted(Smooth(width=0.6))
    weights = np.random.default_rng(1).standard_normal((5, 10))
    gradient = target.differentiate(x)[1](weights)
    way = np.random.default_rng(2).standard_normal(x.shape)
    step = 1e-3
    up, down = (target.differentiate(x + sign * step * way)[0] for sign in (1, -1))
    slope = ((up - down) * weights).sum(axis=(1)) / (2 * step)
    assert np.allclose((gradient * way).sum(axis=(1, 2, 3)), slope, rtol=0.05, atol=0.2)


def test_noise_is_new_for_each_question_and_the_same_for_the_same_seed() -> None:
    x = short.images()[1].x[:30]
    first, second = mounted(Noise(strength=0.2)), mounted(Noise(strength=0.2))
    assert (first.scores(x) == second.scores(x)).all()
    assert (first.scores(x) != mounted(Noise(strength=0.2), 1).scores(x)).any()
    assert (first.scores(x) != first.scores(x)).any()


def test_an_input_on_which_the_guard_fails_is_refused_and_the_others_are_answered() -> None:
    x = short.images()[1].x[:4].copy()
    x[2] = np.nan
    target = mounted(Squeezing())
    assert (target.labels(x) == REFUSED).tolist() == [False, False, True, False]
    assert not target.scores(x)[2].any()
    logits, pull = target.differentiate(x)
    assert not logits[2].any()
    assert not pull(np.ones((4, 10)))[2].any()


def test_a_guard_that_crashes_on_one_input_refuses_that_one_alone() -> None:
    def fragile(x: Inputs) -> Inputs:
        if (x.max(axis=(1, 2, 3)) > 5).any():
            raise OverflowError("too bright")
        return x

    x = short.images()[1].x[:3].copy()
    x[1, 0, 0, 0] = 6.0
    target = Border(Distorted(short.plain(), fragile))
    assert (target.labels(x) == REFUSED).tolist() == [False, True, False]
    assert (target.labels(x[[0, 2]]) == short.plain().labels(x[[0, 2]])).all()
    assert (target.labels(x[1:2]) == REFUSED).all()


def test_compression_keeps_flat_images_and_rounds_fine_detail_away() -> None:
    domain = Domain(modality="image", shape=(1, 11, 13))
    flat = np.full((1, 1, 11, 13), 0.5)
    board = flat + 0.05 * np.where(np.indices((11, 13)).sum(axis=0) % 2, 1, -1)
    assert np.allclose(compressed(flat, domain, 0.05), 0.5, atol=0.01)
    assert np.abs(compressed(board, domain, 0.3)[..., :8, :8] - 0.5).max() < 0.03


def test_pixels_need_neighbours() -> None:
    train, _, _, _ = short.table()
    target = short.logistic().fit(train, 0)
    for guard in (Smooth(), Compression(), Squeezing(window=3)):
        with pytest.raises(Unsuitable, match="neighbouring pixels"):
            guard.mount(target, train, np.random.default_rng(0))
    assert short.accuracy(Squeezing(bits=6).mount(target, train, np.random.default_rng(0)), train) > 0.9
