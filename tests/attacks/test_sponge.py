"""Sponges on models whose cost depends on the input, and on models where it does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.sponge import Sponge
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import Card, Labels, Predictor, Wrapped
from tests import rigs


class Cascade(Wrapped):
    """A quick model, and a slow one for what the quick one is not sure about: an early exit."""

    def __init__(self) -> None:
        super().__init__(rigs.tumours().target)
        self.slow = rigs.tumours("forest").target

    def labels(self, x: Inputs) -> Labels:
        scores = self.inner.scores(x)
        labels, unsure = scores.argmax(axis=1), scores.max(axis=1) < 0.9
        if unsure.any():
            labels[unsure] = self.slow.labels(x[unsure])
        return np.asarray(labels, np.int64)

    def work(self, x: Inputs) -> NDArray[np.float64]:
        """Units of work a sample: 1 for the quick model, 100 more for the slow one."""
        return np.where(self.inner.scores(x).max(axis=1) < 0.9, 101.0, 1.0)


def test_nearly_every_input_becomes_dear_where_there_is_an_early_exit() -> None:
    target = Cascade()
    origin = rigs.tumours().test.take(slice(0, 40))
    noise = rigs.rng(7)

    def cost(x: Inputs) -> NDArray[np.float64]:
        return np.asarray(target.work(x) * noise.uniform(1, 1.05, len(x)))

    found = list(Sponge(generations=25).propose(target, origin, cost, rigs.rng()))
    low, high = target.card.domain.bounds()
    assert np.mean(target.work(origin.x) > 50) < 0.3
    assert np.mean(target.work(found[-1]) > 50) > 0.8
    assert found[-1].shape == origin.x.shape
    assert ((found[-1] >= low) & (found[-1] <= high)).all()


def test_where_the_cost_does_not_vary_the_originals_come_back_unchanged() -> None:
    rig = rigs.tumours()
    noise = rigs.rng(3)
    found = list(
        Sponge(generations=8).propose(
            rig.target, rig.test, lambda x: 1e-3 * (1 + 0.2 * noise.exponential(size=len(x))), rigs.rng()
        )
    )
    assert np.array_equal(found[-1], rig.test.x)


class Tokenising(Predictor):
    """Cuts off words until a known one is left: a text costs what it has in unknown pieces."""

    def __init__(self) -> None:
        self._card = Card(name="tokeniser", classes=2, domain=Domain(modality="text"))

    @property
    def card(self) -> Card:
        return self._card

    def labels(self, x: Inputs) -> Labels:
        return np.array(["free" in text for text in x], np.int64)

    @staticmethod
    def work(x: Inputs) -> NDArray[np.float64]:
        return np.array([sum(1 if word.isalpha() else len(word) for word in text.split()) for text in x], float)


def test_texts_grow_dear_up_to_the_longest_allowed() -> None:
    texts = np.array(["win a free prize now", "see you at noon"], object)
    target = Tokenising()
    origin = Dataset(x=texts, y=target.labels(texts), classes=2)
    found = list(Sponge(generations=10, longest=300).propose(target, origin, target.work, rigs.rng()))
    assert (target.work(found[-1]) > 10 * target.work(texts)).all()
    assert max(map(len, found[-1])) <= 300
    assert found[-1].dtype == object
