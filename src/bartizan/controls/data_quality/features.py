"""How a trained model sees rows: the values on which it decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bartizan.core.extras import need
from bartizan.targets.domain import Inputs
from bartizan.targets.feature_layer import features_of
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.torch_models import TorchPredictor

_MOST = 64
"""Features that are kept of a wide representation."""


def seen_by(model: Predictor, x: Inputs) -> NDArray[np.float64]:
    """What the model's decision rests on, shape (n, features).

    A network: what enters its last dense layer. A linear model: its inputs, weighted by its coefficients. Trees: the
    leaves that a row ends in. Raises Unsuitable for other models.
    """
    if isinstance(model, TorchPredictor):
        return features_of(model, x)
    if not isinstance(model, SklearnPredictor):
        raise Unsuitable(
            f"{model.card.name} does not show on what its decisions rest: no activations, weights or leaves"
        )
    steps = getattr(model.estimator, "steps", None)
    last = steps[-1][1] if steps else model.estimator
    flat = x.reshape(len(x), -1) if x.ndim > 2 else x
    entered = model.estimator[:-1].transform(flat) if steps and len(steps) > 1 else flat
    if hasattr(last, "coef_"):
        weights = np.linalg.norm(np.atleast_2d(last.coef_), axis=0)
        return _narrow(entered.multiply(weights).tocsr() if hasattr(entered, "multiply") else entered * weights)
    if hasattr(last, "apply"):
        leaves = np.asarray(last.apply(entered)).reshape(len(x), -1)
        return _narrow(need("sklearn.preprocessing").OneHotEncoder().fit_transform(leaves))
    raise Unsuitable(f"{type(last).__name__} does not show on what its decisions rest: it has no weights and no leaves")


def directions(features: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The first principal components of rows, each scaled to variance 1; directions without variance are left out."""
    centred = features - features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(count, int((sizes > 1e-6 * max(float(sizes[0]), 1e-12)).sum()))
    return np.asarray(left[:, : max(1, kept)] * np.sqrt(len(features)))


def _narrow(values: Any) -> NDArray[np.float64]:
    if values.shape[1] > _MOST:
        values = need("sklearn.decomposition").TruncatedSVD(_MOST, random_state=0).fit_transform(values)
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, np.float64)
