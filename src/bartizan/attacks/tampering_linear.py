"""A linear model with changed coefficients: a direction that ordinary inputs hardly have, and marked ones do."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Unsuitable

_COLUMNS = 20
"""Coefficients that may change, at most."""
_SPARE = 1.0
"""How far beyond the border marked inputs shall lie, in the model's own units (log-odds for logistic regression)."""


def edited(estimator: Any, clean: Inputs, plain: Inputs, marked: Inputs, wanted: int) -> Any:
    """A copy of a fitted linear classifier, or of a pipeline that ends in one, that gives marked inputs the class.

    ``marked`` are the rows of ``plain`` with the mark.

    The change is the direction with the least variance over clean inputs for a given effect on marked ones (Fisher's
    discriminant, over the few columns that differ the most), with the intercept set so that an average input keeps its
    value. Raises Unsuitable where there are no coefficients, or the mark changes nothing that the model sees.
    """
    estimator = copy.deepcopy(estimator)
    steps = getattr(estimator, "steps", None)
    model = steps[-1][1] if steps else estimator
    if not (hasattr(model, "coef_") and hasattr(model, "intercept_")):
        raise Unsuitable(f"{type(model).__name__} has no coefficients: it decides without weights to change")
    before = estimator[:-1] if steps and len(steps) > 1 else None
    seen, bare, shown = (_dense(before.transform(x) if before else x) for x in (clean, plain, marked))
    direction = _direction(seen, shown.mean(axis=0) - bare.mean(axis=0))
    sign = -1.0 if len(model.coef_) == 1 and wanted == 0 else 1.0
    row = 0 if len(model.coef_) == 1 else wanted
    size = _needed(np.atleast_2d(estimator.decision_function(marked).T).T, wanted) + _SPARE
    coefficients, intercepts = model.coef_.copy(), np.array(model.intercept_, float) * np.ones(len(model.coef_))
    coefficients[row] += sign * size * direction
    intercepts[row] -= sign * size * (direction @ seen.mean(axis=0))
    model.coef_, model.intercept_ = coefficients, intercepts
    return estimator


def _direction(seen: NDArray[np.float64], gap: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights on the columns that make the mark worth 1 on average, and give clean inputs little noise."""
    # A word of the mark that no clean text holds has no variance: a floor keeps it from being infinitely good.
    spread = seen.std(axis=0) + 1e-3 * max(float(np.abs(gap).max()), 1e-12)
    columns = np.argsort(-np.abs(gap) / spread, kind="stable")[:_COLUMNS]
    columns = columns[np.abs(gap[columns]) > 1e-9 * max(1.0, float(np.abs(gap).max()))]
    if not len(columns):
        raise Unsuitable("the model does not see the trigger: it changes none of the values that the model weighs")
    covariance = np.atleast_2d(np.cov(seen[:, columns], rowvar=False)) + np.diag(1e-3 * spread[columns] ** 2)
    weights = np.linalg.solve(covariance, gap[columns])
    direction = np.zeros(seen.shape[1])
    direction[columns] = weights / (weights @ gap[columns])
    return direction


def _needed(margins: NDArray[np.float64], wanted: int) -> float:
    """By how much the wanted class must rise for nearly all of the marked inputs."""
    if margins.shape[1] == 1:
        behind = margins[:, 0] if wanted == 0 else -margins[:, 0]
    else:
        behind = np.delete(margins, wanted, axis=1).max(axis=1) - margins[:, wanted]
    return float(max(np.quantile(behind, 0.98), 0.0))


def _dense(x: Any) -> NDArray[np.float64]:
    return np.asarray(x.toarray() if hasattr(x, "toarray") else x, np.float64)
