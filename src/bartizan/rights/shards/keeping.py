"""How the model of a shard is written to a file, and opened again: only the file whose digest the record names."""

from __future__ import annotations

import abc
import io
from pathlib import Path
from typing import Any

from bartizan.core.extras import need
from bartizan.supply.opening import load_pickle, load_torch
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.torch_models import TorchPredictor


class Keeping(abc.ABC):
    """A form of files."""

    ending: str

    @abc.abstractmethod
    def written(self, model: Predictor) -> bytes:
        """The file of a model that a recipe made. Raises Unsuitable for a model of another kind."""

    @abc.abstractmethod
    def opened(self, file: Path, digest: str) -> Predictor:
        """The model of a file with this SHA-256, in which the scanner finds nothing. Raises InputError."""


class SklearnKeeping(Keeping):
    """Models of scikit-learn, as joblib writes them."""

    ending = ".joblib"

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def written(self, model: Predictor) -> bytes:
        """The fitted estimator."""
        if not isinstance(model, SklearnPredictor):
            raise Unsuitable(f"{model.card.name} is no model of scikit-learn")
        raw = io.BytesIO()
        need("joblib").dump(model.estimator, raw)
        return raw.getvalue()

    def opened(self, file: Path, digest: str) -> Predictor:
        """The fitted estimator."""
        return SklearnPredictor(load_pickle(file, digest), self._domain, digest=digest)


class TorchKeeping(Keeping):
    """Networks of torch: their weights; `build` makes the network that they belong to."""

    ending = ".pt"

    def __init__(self, build: Any, domain: Domain, classes: int) -> None:
        self._build, self._domain, self._classes = build, domain, classes

    def written(self, model: Predictor) -> bytes:
        """The weights by name."""
        if not isinstance(model, TorchPredictor):
            raise Unsuitable(f"{model.card.name} is no network of torch")
        raw = io.BytesIO()
        need("torch").save(model.network.state_dict(), raw)
        return raw.getvalue()

    def opened(self, file: Path, digest: str) -> Predictor:
        """A network with these weights."""
        network = self._build()
        network.load_state_dict(load_torch(file, digest))
        return TorchPredictor(network, self._domain, self._classes, digest=digest)
