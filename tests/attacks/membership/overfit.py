"""A forest that has learnt its training data by heart, and one that never saw them."""

from __future__ import annotations

import functools
from collections.abc import Callable

import msgspec
import numpy as np

from bartizan.attacks.family import Knowledge
from bartizan.core.extras import need
from bartizan.lab.reference.rigs import tumours_data
from bartizan.lab.roc import Roc, roc
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe
from tests.rigs import rng


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Who was trained on what."""

    target: Predictor
    stranger: Predictor
    """Made the same way from records that are not among those below."""
    records: Dataset
    inside: int
    """So many of the records, the first ones, are members."""
    reserve: Dataset
    knowledge: Knowledge

    def curve(self, scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Roc:
        """How well these scores of the records tell the members."""
        return roc(scores[: self.inside], scores[self.inside :])


class Shelf:
    """A cache in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def __call__(self, key: str, make: Callable[[], bytes]) -> bytes:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]


class Spent(Recipe):
    """A recipe that nobody may fit any more."""

    def __init__(self, inner: Recipe | None) -> None:
        assert inner is not None
        self.inner = inner

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def digest(self) -> str:
        return self.inner.digest

    def fit(self, data: Dataset, seed: int) -> Predictor:
        raise AssertionError(f"{self.name} was to be trained on {len(data)} rows")


def recipe(trees: int = 20) -> Recipe:
    """A forest that fits each tree to all its data."""
    forest = need("sklearn.ensemble").RandomForestClassifier(trees, bootstrap=False)
    return SklearnRecipe(forest, tumours_data()[1], "forest by heart")


@functools.cache
def tumours() -> Case:
    """Tumours, one label in five wrong, which is learnt too: 200 members, 200 others, 169 in reserve."""
    data, _ = tumours_data()
    dice = rng(7)
    wrong = dice.random(len(data)) < 0.2
    noisy = Dataset(x=data.x, y=np.where(wrong, 1 - data.y, data.y), classes=2)
    order = dice.permutation(len(data))
    records, reserve = noisy.take(order[:400]), noisy.take(order[400:])
    return Case(
        target=recipe().fit(records.take(slice(0, 200)), 1),
        stranger=recipe().fit(reserve, 1),
        records=records,
        inside=200,
        reserve=reserve,
        knowledge=Knowledge(reserve=reserve, population=records, recipe=recipe()),
    )
