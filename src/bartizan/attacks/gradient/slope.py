"""Asking a target for loss and gradient at a batch of points, as often as a random one needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec
import numpy as np

from bartizan.attacks.gradient.losses import Values
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Predictor, Scores

BatchLoss: TypeAlias = Callable[[Scores], tuple[Values, Scores]]
"""A loss with its classes filled in: logits -> values and weights."""


class Slope(msgspec.Struct):
    """What the target says at some points, averaged over the draws."""

    logits: Scores
    values: Values
    gradient: Callable[[], Inputs]
    """Of the loss by the input; may be called once, and costs a backward pass where there is one draw."""


def slope(target: Predictor, x: Inputs, loss: BatchLoss, draws: int, *, level: bool = True) -> Slope:
    """Loss and gradient at ``x``, the mean of ``draws`` answers.

    ``level`` scales each sample's gradient so that its largest weight on a logit is 1. Steps use only its direction,
    and what is too small for 32 bits would come back as 0: a sure network would look like a robust one.
    """
    logits, pull = target.differentiate(x)
    values, weights = loss(logits)
    scale = 1 / np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-300) if level else 1.0
    if draws == 1:
        return Slope(logits, values, lambda: _finite(pull(weights * scale), x))
    total = _finite(pull(weights * scale), x).copy()
    for _ in range(draws - 1):
        again, pull = target.differentiate(x)
        more, weights = loss(again)
        logits, values = logits + again, values + more
        total += _finite(pull(weights * scale), x)
    total /= draws
    return Slope(logits / draws, values / draws, lambda: total)


def draws_for(target: Predictor, draws: int) -> int:
    """How often to ask at each point: once, where the same question gets the same answer."""
    return draws if target.card.random else 1


def _finite(gradient: Inputs, x: Inputs) -> Inputs:
    """The gradient in the type of the input; what is no number says nothing about the way up, and counts as 0."""
    gradient = np.asarray(gradient, x.dtype)
    if np.isfinite(gradient.sum()):
        return gradient
    return np.where(np.isfinite(gradient), gradient, x.dtype.type(0))
