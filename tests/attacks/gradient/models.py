"""Models and runs that the tests of this folder share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.core.extras import need
from bartizan.lab.reference.rigs import tumours_data
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Card, Labels, Predictor, Pull, Scores, Wrapped
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import TorchPredictor, Training
from tests.rigs import digits, one_thread, rng


def some(n: int = 40) -> Dataset:
    """Test digits that the network answers rightly."""
    rig = digits()
    right = np.flatnonzero(rig.target.labels(rig.test.x) == rig.test.y)
    return rig.test.take(right[:n])


def last(attack: Evasion, target: Predictor, data: Dataset, limit: Limit, seed: int = 0) -> Inputs:
    """What the lab would grade: the last item."""
    *_, x = attack.propose(target, data, limit, Knowledge(), rng(seed))
    return np.asarray(x)


def fooled(target: Predictor, x: Inputs, data: Dataset) -> float:
    """The share of samples that are answered wrongly."""
    return float((target.labels(x) != data.y).mean())


@functools.cache
def table() -> Rig:
    """Two classes and 30 columns in their own units: logistic regression with its standardisation, in torch."""
    one_thread()
    data, domain = tumours_data()
    train, test = split(data, (0.5, 0.5), rng())

    def build() -> Any:
        nn = need("torch").nn
        return nn.Sequential(nn.BatchNorm1d(30), nn.Linear(30, 2))

    recipe = Training(build, domain, "linear", epochs=20, rate=1e-2)
    return Rig(name="table", target=recipe.fit(train, 0), test=test, train=train, recipe=recipe)


class Sharpened(Wrapped):
    """The same answers, but logits so far apart that a softmax in 32 bits has no gradient left."""

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        logits, pull = self.inner.differentiate(x)
        return logits * 300, lambda weights: pull(weights.astype(np.float32).astype(np.float64) * 300)


class Noisy(Wrapped):
    """Adds noise to its input anew at each question, as a random control does."""

    def __init__(self, inner: Predictor, size: float) -> None:
        super().__init__(inner)
        self._size, self._rng = size, rng(7)
        self.asked = 0

    @property
    def card(self) -> Card:
        return msgspec.structs.replace(self.inner.card, random=True)

    def labels(self, x: Inputs) -> Labels:
        return self.inner.labels(self._shaken(x))

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        self.asked += 1
        return self.inner.differentiate(self._shaken(x))

    def _shaken(self, x: Inputs) -> Inputs:
        return (x + self._rng.normal(0, self._size, x.shape)).astype(x.dtype)


class Choosy(Wrapped):
    """Refuses what its rule does not let through."""

    def __init__(self, inner: Predictor, refuses: Callable[[Inputs], Any]) -> None:
        super().__init__(inner)
        self._refuses = refuses

    def labels(self, x: Inputs) -> Labels:
        return np.where(self._refuses(x), -1, self.inner.labels(x))


def network(target: Predictor) -> Any:
    """The torch module of a target."""
    assert isinstance(target, TorchPredictor)
    return target.network
