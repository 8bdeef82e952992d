"""Gradients of scikit-learn's linear models and small networks, worked out by hand: no torch is needed.

Known are LogisticRegression, LinearSVC, SGDClassifier, RidgeClassifier, Perceptron and LinearDiscriminantAnalysis, and
MLPClassifier; each alone or behind steps of a pipeline that scale, shift or rotate. Two classes get the logits
(0, decision), so that their softmax is what logistic regression calls probability.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Pull, Scores

Differentiated: TypeAlias = Callable[[Inputs], tuple[Scores, Pull]]
"""A flat batch, (n, features) -> logits (n, classes), and the pull back to (n, features)."""
_Back: TypeAlias = Callable[[Inputs], Inputs]

_LINEAR = {
    "LogisticRegression",
    "LogisticRegressionCV",
    "LinearSVC",
    "SGDClassifier",
    "RidgeClassifier",
    "Perceptron",
    "LinearDiscriminantAnalysis",
}


def gradients_of(estimator: Any) -> Differentiated | None:
    """How a fitted classifier is differentiated; None where it has no gradients, or none that are known here."""
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    backs = [_back(step) for step in steps[:-1]]
    last = _last(steps[-1])
    if last is None or any(back is None for back in backs):
        return None
    before = [(step, back) for step, back in zip(steps, backs, strict=False) if back is not None and not _idle(step)]

    def differentiate(x: Inputs) -> tuple[Scores, Pull]:
        for step, _ in before:
            x = step.transform(x)
        logits, pull_last = last(np.asarray(x, np.float64))

        def pull(weights: Scores) -> Inputs:
            gradient = pull_last(weights)
            for _, back in reversed(before):
                gradient = back(gradient)
            return gradient

        return logits, pull

    return differentiate


def _idle(step: Any) -> bool:
    return step is None or step == "passthrough"


def _back(step: Any) -> _Back | None:
    """Gradient by a step's output -> gradient by its input."""
    if _idle(step):
        return lambda gradient: gradient
    kind = type(step).__name__
    if not type(step).__module__.startswith("sklearn.") or getattr(step, "clip", False):
        return None
    if kind in {"StandardScaler", "MaxAbsScaler", "RobustScaler"}:
        scale = getattr(step, "scale_", None)
        return lambda gradient: gradient if scale is None else gradient / scale
    if kind == "MinMaxScaler":
        return lambda gradient: gradient * step.scale_
    if kind == "PCA":
        scale = np.sqrt(step.explained_variance_) if step.whiten else 1.0
        return lambda gradient: (gradient / scale) @ step.components_
    return None


def _last(estimator: Any) -> Differentiated | None:
    if not type(estimator).__module__.startswith("sklearn."):
        return None
    if type(estimator).__name__ in _LINEAR and np.ndim(estimator.classes_) == 1:
        return _linear(np.asarray(estimator.coef_, float), np.asarray(estimator.intercept_, float))
    if type(estimator).__name__ == "MLPClassifier" and estimator.out_activation_ in {"logistic", "softmax"}:
        single = estimator.n_outputs_ == 1
        many_labels = estimator.out_activation_ == "logistic" and not single
        return None if many_labels else _network(estimator, single)
    return None


def _linear(coefficients: Inputs, intercepts: Inputs) -> Differentiated:
    if len(coefficients) == 1:
        coefficients = np.concatenate([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([np.zeros(1), np.broadcast_to(intercepts, (1,))])

    def differentiate(x: Inputs) -> tuple[Scores, Pull]:
        return x @ coefficients.T + intercepts, lambda weights: weights @ coefficients

    return differentiate


_SLOPES: dict[str, tuple[Callable[[Inputs], Inputs], Callable[[Inputs], Inputs]]] = {
    "identity": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "logistic": (lambda z: 0.5 * (1 + np.tanh(0.5 * z)), lambda a: a * (1 - a)),
}
"""Each activation, and its slope as a function of its own value."""


def _network(estimator: Any, single: bool) -> Differentiated:
    activate, slope = _SLOPES[estimator.activation]

    def differentiate(x: Inputs) -> tuple[Scores, Pull]:
        hidden: list[Inputs] = []
        value = x
        for weights, bias in zip(estimator.coefs_[:-1], estimator.intercepts_[:-1], strict=True):
            value = activate(value @ weights + bias)
            hidden.append(value)
        logits = value @ estimator.coefs_[-1] + estimator.intercepts_[-1]

        def pull(weights: Scores) -> Inputs:
            gradient = (weights[:, 1:] if single else weights) @ estimator.coefs_[-1].T
            for value, layer in zip(reversed(hidden), reversed(estimator.coefs_[:-1]), strict=True):
                gradient = (gradient * slope(value)) @ layer.T
            return np.asarray(gradient)

        return (np.hstack([np.zeros_like(logits), logits]) if single else logits), pull

    return differentiate
