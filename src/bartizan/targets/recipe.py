"""How a model is made from data, so that the lab can make it again: poisoned, hardened, or as a shadow of itself."""

from __future__ import annotations

import abc

from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor


class Recipe(abc.ABC):
    """Training as a value: same data and same seed, same model."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What it makes, in a line: 'random forest, 100 trees'."""

    @property
    @abc.abstractmethod
    def digest(self) -> str:
        """SHA-256 over everything but data and seed that the result depends on; the cache of models is kept by it."""

    @abc.abstractmethod
    def fit(self, data: Dataset, seed: int) -> Predictor:
        """A model trained on the data. Deterministic on one machine; does not change the data."""
