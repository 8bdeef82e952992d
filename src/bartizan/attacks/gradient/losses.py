"""What the attacks climb: functions of the logits that grow as the answer goes wrong.

Each takes logits (n, classes) and classes (n,), and gives the values (n,) and their gradients by the logits
(n, classes): the weights that `Predictor.differentiate` pulls back to the input. Computed in 64 bits and without
cancellation, so that a network that is very sure of itself does not hide its gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.predictor import Labels, Scores

Values: TypeAlias = NDArray[np.float64]
Loss: TypeAlias = Callable[[Scores, Labels], tuple[Values, Scores]]
LossName: TypeAlias = Literal["cross_entropy", "margin", "dlr"]

_NEVER_ZERO = 1e-12
"""Added to what is divided by, as in the reference implementation of AutoAttack."""
_FAINTEST = 1e-300
"""Below this a probability counts as this, so that the direction of a gradient outlives its size."""


def cross_entropy(logits: Scores, y: Labels) -> tuple[Values, Scores]:
    """Minus the logarithm of the probability of ``y``.

    The gradient is ``softmax(logits) - onehot(y)``; its entry at ``y`` is made from the other probabilities, which
    stay apart from 0 long after that of ``y`` has become 1.
    """
    rows = np.arange(len(logits))
    others = np.array(logits, np.float64)
    others[rows, y] = -np.inf
    top = others.max(axis=1, keepdims=True)
    weights = np.exp(others - top)
    mass = weights.sum(axis=1, keepdims=True)
    gap = (top + np.log(mass))[:, 0] - logits[rows, y]
    wrong = np.maximum(np.exp(-np.logaddexp(0.0, -gap)), _FAINTEST)
    weights *= wrong[:, None] / mass
    weights[rows, y] = -wrong
    return np.logaddexp(0.0, gap), weights


def margin(logits: Scores, y: Labels) -> tuple[Values, Scores]:
    """The highest other logit minus that of ``y``: above 0 the answer is wrong (Carlini and Wagner 2017, f6)."""
    rows = np.arange(len(logits))
    other = _highest_other(logits, y)
    weights = np.zeros(logits.shape)
    weights[rows, y] = -1.0
    weights[rows, other] = 1.0
    return np.asarray(logits[rows, other] - logits[rows, y], np.float64), weights


def dlr(logits: Scores, y: Labels) -> tuple[Values, Scores]:
    """The difference of logits ratio (Croce and Hein 2020, equation 6): the margin over the first minus the third.

    Unchanged by scaling or shifting the logits. It needs three classes; for two it is the plain margin.
    """
    if logits.shape[1] < 3:
        return margin(logits, y)
    rows = np.arange(len(logits))
    order = np.argsort(logits, axis=1)
    first, third = order[:, -1], order[:, -3]
    value, weights = margin(logits, y)
    scale = logits[rows, first] - logits[rows, third] + _NEVER_ZERO
    return _ratio(value, weights, scale, ((first, 1.0), (third, -1.0)))


def targeted_dlr(logits: Scores, y: Labels, wanted: Labels) -> tuple[Values, Scores]:
    """The targeted difference of logits ratio (Croce and Hein 2020, equation 7): ``wanted`` against ``y``.

    The scale is the highest logit minus the mean of the third and fourth; of the third alone for three classes; for
    two classes there is nothing to scale by, and it is the plain difference.
    """
    rows = np.arange(len(logits))
    weights = np.zeros(logits.shape)
    weights[rows, y] = -1.0
    weights[rows, wanted] = 1.0
    value = np.asarray(logits[rows, wanted] - logits[rows, y], np.float64)
    if logits.shape[1] < 3:
        return value, weights
    order = np.argsort(logits, axis=1)
    first, third, fourth = order[:, -1], order[:, -3], order[:, max(-4, -logits.shape[1])]
    scale = logits[rows, first] - (logits[rows, third] + logits[rows, fourth]) / 2 + _NEVER_ZERO
    return _ratio(value, weights, scale, ((first, 1.0), (third, -0.5), (fourth, -0.5)))


LOSSES: dict[LossName, Loss] = {"cross_entropy": cross_entropy, "margin": margin, "dlr": dlr}


def towards(loss: Loss) -> Loss:
    """The loss of an attacker who wants one class: it grows as the class that is handed to it becomes the answer."""

    def descending(logits: Scores, wanted: Labels) -> tuple[Values, Scores]:
        value, weights = loss(logits, wanted)
        return -value, -weights

    return descending


def _highest_other(logits: Scores, y: Labels) -> Labels:
    others = np.array(logits)
    others[np.arange(len(logits)), y] = -np.inf
    return np.asarray(others.argmax(axis=1), np.int64)


def _ratio(
    value: Values, weights: Scores, scale: Values, parts: tuple[tuple[NDArray[np.intp], float], ...]
) -> tuple[Values, Scores]:
    """``value / scale`` and its gradient, where the scale is the sum of some logits times a factor each."""
    rows, ratio = np.arange(len(value)), value / scale
    weights = weights / scale[:, None]
    for column, factor in parts:
        weights[rows, column] -= factor * ratio / scale
    return ratio, weights
