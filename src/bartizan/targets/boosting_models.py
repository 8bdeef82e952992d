"""XGBoost and LightGBM models as targets, through their scikit-learn classes or their own boosters, on one thread."""

from __future__ import annotations

import abc
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, flat
from bartizan.targets.predictor import Card, Labels, Predictor, Scores, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe


class BoosterPredictor(Predictor):
    """What both libraries have in common: probabilities, and the likeliest class as the label."""

    def __init__(self, card: Card) -> None:
        self._card = card

    @property
    def card(self) -> Card:
        """What is known about it; the digest is of the model as its library saves it, or of the file it came from."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """The class with the highest score."""
        return np.asarray(self.scores(x).argmax(axis=1), np.int64)

    def scores(self, x: Inputs) -> Scores:
        """Probabilities; those of two classes from that of the second one."""
        if not len(x):
            return np.zeros((0, self._card.classes))
        answer = np.asarray(self._answers(flat(x)), np.float64)
        return np.column_stack([1 - answer, answer]) if answer.ndim == 1 else answer

    @abc.abstractmethod
    def _answers(self, x: Inputs) -> Inputs:
        """What the library answers to rows: probabilities of all classes, or of the second one."""


class XGBoostPredictor(BoosterPredictor):
    """An ``XGBClassifier`` or a ``Booster`` for classes. Its classes are 0, 1, ..., as XGBoost has them."""

    def __init__(self, model: Any, domain: Domain, name: str = "", *, digest: str = "") -> None:
        self.booster = model.get_booster() if hasattr(model, "get_booster") else model
        config = json.loads(self.booster.save_config())["learner"]
        self.objective = config["objective"]["name"]
        if self.objective not in {"binary:logistic", "binary:logitraw", "multi:softprob", "multi:softmax"}:
            raise Unsuitable(f"an XGBoost model for '{self.objective}' is no classifier")
        # as XGBClassifier does: where training stopped early, only the best rounds count
        best = self.booster.attr("best_iteration")
        self._rounds = (0, int(best) + 1) if best is not None else (0, 0)
        classes = max(2, int(config["learner_model_param"]["num_class"]))
        super().__init__(_card(name or "XGBoost", classes, domain, digest, bytes(self.booster.save_raw("ubj"))))

    def _answers(self, x: Inputs) -> Inputs:
        matrix = need("xgboost").DMatrix(x, nthread=1)
        self.booster.set_param({"nthread": 1})
        margins = self.booster.predict(
            matrix, output_margin=True, iteration_range=self._rounds, validate_features=False
        )
        values = np.asarray(margins, np.float64)
        if values.ndim == 1:
            return np.asarray(0.5 * (1 + np.tanh(0.5 * values)))
        exps = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(exps / exps.sum(axis=1, keepdims=True))

    @classmethod
    def open(cls, file: Path, domain: Domain, name: str = "") -> XGBoostPredictor:
        """From a file in XGBoost's own JSON or UBJSON, which holds no code; the digest is the file's."""
        raw = file.read_bytes()
        booster = need("xgboost").Booster()
        booster.load_model(bytearray(raw))
        return cls(booster, domain, name, digest=hashlib.sha256(raw).hexdigest())


class LightGBMPredictor(BoosterPredictor):
    """An ``LGBMClassifier`` or a ``Booster`` for classes. Classes with other names become 0, 1, ... in their order."""

    def __init__(self, model: Any, domain: Domain, name: str = "", *, digest: str = "") -> None:
        self.booster = getattr(model, "booster_", model)
        saved = self.booster.model_to_string()
        objective = next((line for line in saved.splitlines() if line.startswith("objective=")), "objective=none")
        if objective.split("=")[1].split(" ")[0] not in {"binary", "multiclass", "multiclassova"}:
            raise Unsuitable(f"a LightGBM model for '{objective.partition('=')[2]}' is no classifier")
        classes = max(2, int(self.booster.num_model_per_iteration()))
        super().__init__(_card(name or "LightGBM", classes, domain, digest, saved.encode()))

    def _answers(self, x: Inputs) -> Inputs:
        answer = np.asarray(self.booster.predict(x, num_threads=1), np.float64)
        # one-against-all gives probabilities that do not add up to 1
        return answer if answer.ndim == 1 else answer / answer.sum(axis=1, keepdims=True)

    @classmethod
    def open(cls, file: Path, domain: Domain, name: str = "") -> LightGBMPredictor:
        """From a file in LightGBM's own text form, which holds no code; the digest is the file's."""
        raw = file.read_bytes()
        booster = need("lightgbm").Booster(model_str=raw.decode("utf-8"))
        return cls(booster, domain, name, digest=hashlib.sha256(raw).hexdigest())


class BoostingRecipe(Recipe):
    """Fits a clone of an ``XGBClassifier`` or ``LGBMClassifier`` on one thread, which makes it the same bits again."""

    def __init__(self, estimator: Any, domain: Domain, name: str = "") -> None:
        single = need("sklearn.base").clone(estimator).set_params(n_jobs=1)
        self._of = SklearnRecipe(single, domain, name)
        self.domain = domain

    @property
    def name(self) -> str:
        """The name that was given, or the estimator's class."""
        return self._of.name

    @property
    def estimator(self) -> Any:
        """The unfitted estimator."""
        return self._of.estimator

    @property
    def digest(self) -> str:
        """SHA-256 over the estimator's class and parameters."""
        return self._of.digest

    def fit(self, data: Dataset, seed: int) -> BoosterPredictor:
        """A fitted clone. Data with fewer classes than the data set names are refused by `Unsuitable`."""
        fitted = self._of.fitted(data, seed)
        kind = XGBoostPredictor if hasattr(fitted, "get_booster") else LightGBMPredictor
        return kind(fitted, self.domain, self.name)


def _card(name: str, classes: int, domain: Domain, digest: str, saved: bytes) -> Card:
    known = digest or hashlib.sha256(saved).hexdigest()
    return Card(name=name, classes=classes, domain=domain, capabilities=frozenset({"labels", "scores"}), digest=known)
