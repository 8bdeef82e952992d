from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.gradient.losses import Loss, cross_entropy, dlr, margin, targeted_dlr, towards
from tests.rigs import rng

LOSSES = {"cross entropy": cross_entropy, "margin": margin, "dlr": dlr, "towards": towards(cross_entropy)}


def slopes(loss: Loss, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    step, found = 1e-6, np.zeros_like(logits)
    for j in range(logits.shape[1]):
        up, down = logits.copy(), logits.copy()
        up[:, j] += step
        down[:, j] -= step
        found[:, j] = (loss(up, y)[0] - loss(down, y)[0]) / (2 * step)
    return found


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("classes", [2, 3, 4, 10])
def test_the_weights_of_a_loss_are_its_finite_differences(name: str, classes: int) -> None:
    logits, y = rng().normal(0, 3, (50, classes)), rng(1).integers(0, classes, 50)
    np.testing.assert_allclose(LOSSES[name](logits, y)[1], slopes(LOSSES[name], logits, y), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 4, 10])
def test_the_weights_of_the_targeted_ratio_are_its_finite_differences(classes: int) -> None:
    logits, y = rng().normal(0, 3, (50, classes)), rng(1).integers(0, classes, 50)
    wanted = (y + 1) % classes

    def loss(z: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return targeted_dlr(z, of, wanted)

    np.testing.assert_allclose(loss(logits, y)[1], slopes(loss, logits, y), atol=1e-6)


def test_cross_entropy_is_minus_the_logarithm_of_the_softmax() -> None:
    logits, y = np.array([[1.0, 2.0, 3.0]]), np.array([1])
    assert cross_entropy(logits, y)[0][0] == pytest.approx(-np.log(np.exp(2) / np.exp([1, 2, 3]).sum()))


def test_the_margin_is_above_zero_exactly_where_the_answer_is_wrong() -> None:
    logits, y = rng().normal(size=(100, 5)), rng(1).integers(0, 5, 100)
    assert ((margin(logits, y)[0] > 0) == (logits.argmax(axis=1) != y)).all()


def test_the_ratio_of_logits_does_not_change_when_they_are_scaled_or_shifted() -> None:
    logits, y = rng().normal(size=(20, 6)), rng(1).integers(0, 6, 20)
    np.testing.assert_allclose(dlr(logits, y)[0], dlr(40 * logits + 5, y)[0])


def test_cross_entropy_keeps_its_direction_where_the_network_is_sure_beyond_all_numbers() -> None:
    _, weights = cross_entropy(np.array([[5000.0, 0.0, -3.0]]), np.array([0]))
    assert weights[0, 0] < 0 < weights[0, 2] < weights[0, 1]


def test_losses_of_no_samples_are_empty() -> None:
    for loss in LOSSES.values():
        value, weights = loss(np.zeros((0, 4)), np.zeros(0, np.int64))
        assert value.shape == (0,)
        assert weights.shape == (0, 4)
