"""scikit-learn models and pipelines as targets, and their training as a recipe."""

from __future__ import annotations

import hashlib
import importlib.util
from typing import Any

import numpy as np

from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, flat
from bartizan.targets.predictor import Capability, Card, Labels, Predictor, Pull, Scores, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_gradients import gradients_of


class SklearnPredictor(Predictor):
    """A fitted scikit-learn classifier, or a pipeline that ends in one. Its classes become 0, 1, ... in their order.

    Inputs of more than one axis are flattened for it. Scores are offered where it has ``predict_proba``, gradients
    where `sklearn_gradients` knows them. One that was fitted on a data frame is asked with one, its columns in their
    order. ``digest``: of the file it came from, if it came from one.
    """

    def __init__(self, estimator: Any, domain: Domain, name: str = "", *, digest: str = "") -> None:
        if not hasattr(estimator, "classes_"):
            raise Unsuitable(f"{type(estimator).__name__} is not fitted, or no classifier: it has no classes_")
        self.estimator = estimator
        named = domain.modality != "text" and importlib.util.find_spec("pandas") is not None
        self._columns = getattr(estimator, "feature_names_in_", None) if named else None
        capabilities: set[Capability] = {"labels"}
        if hasattr(estimator, "predict_proba"):
            capabilities.add("scores")
        self._differentiated = None if domain.modality == "text" else gradients_of(estimator)
        if self._differentiated is not None:
            capabilities.add("gradients")
        self._card = Card(
            name=name or _name(estimator),
            classes=len(estimator.classes_),
            domain=domain,
            capabilities=frozenset(capabilities),
            digest=digest or hashlib.sha256(str(need("joblib").hash(estimator)).encode()).hexdigest(),
        )

    @property
    def card(self) -> Card:
        """What is known about it."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """The index of the predicted class among ``classes_``."""
        if not len(x):  # which most estimators take for a mistake
            return np.zeros(0, np.int64)
        found = np.searchsorted(self.estimator.classes_, self.estimator.predict(self._flat(x)))
        return np.asarray(found, np.int64)

    def scores(self, x: Inputs) -> Scores:
        """As ``predict_proba``."""
        if "scores" not in self._card.capabilities:
            return super().scores(x)
        if not len(x):
            return np.zeros((0, self._card.classes))
        return np.asarray(self.estimator.predict_proba(self._flat(x)), np.float64)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Logits and the pull, by `sklearn_gradients`."""
        if self._differentiated is None:
            return super().differentiate(x)
        logits, flat_pull = self._differentiated(self._flat(x))
        return logits, lambda weights: flat_pull(weights).reshape(x.shape)

    def _flat(self, x: Inputs) -> Any:
        """As the estimator wants it: with the names of its columns where it was fitted on a data frame."""
        rows = flat(x) if x.ndim > 2 else x
        if self._columns is None or rows.ndim != 2 or rows.shape[1] != len(self._columns):
            return rows
        return need("pandas").DataFrame(rows, columns=self._columns, copy=False)


class SklearnRecipe(Recipe):
    """Fits a clone of an estimator; every ``random_state`` in it is set to the seed."""

    def __init__(self, estimator: Any, domain: Domain, name: str = "") -> None:
        self.estimator = estimator
        self.domain = domain
        self._name = name or _name(estimator)

    @property
    def name(self) -> str:
        """The name that was given, or the estimator's class."""
        return self._name

    @property
    def digest(self) -> str:
        """SHA-256 over the estimator's class and parameters."""
        return hashlib.sha256(
            f"{type(self.estimator).__name__} {need('joblib').hash(self.estimator)}".encode()
        ).hexdigest()

    def fit(self, data: Dataset, seed: int) -> SklearnPredictor:
        """A fitted clone. Data with fewer classes than the data set names are refused by `Unsuitable`."""
        return SklearnPredictor(self.fitted(data, seed), self.domain, self._name)

    def fitted(self, data: Dataset, seed: int) -> Any:
        """The fitted clone itself. Raises Unsuitable as `fit` does."""
        if len(np.unique(data.y)) < data.classes:
            raise Unsuitable(f"{self.name}: the training data hold {len(np.unique(data.y))} of {data.classes} classes")
        estimator = need("sklearn.base").clone(self.estimator)
        seeds = {key: seed for key in estimator.get_params() if key.split("__")[-1] == "random_state"}
        estimator.set_params(**seeds)
        x = data.x.reshape(len(data), -1) if data.x.ndim > 2 else data.x
        return estimator.fit(x, data.y)


def _name(estimator: Any) -> str:
    steps = getattr(estimator, "steps", None)
    return type(steps[-1][1] if steps else estimator).__name__
