from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.hardened import Prepared
from bartizan.controls.more_data import Augmentation, MoreData
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.recipe import Recipe
from tests.controls import short


def changed(recipe: Recipe, data: Dataset) -> Dataset:
    assert isinstance(recipe, Prepared)
    return recipe.change(data, np.random.default_rng(0))


def test_clean_rows_dilute_flipped_labels() -> None:
    train, test, reserve, _ = short.table()
    poisoned, _ = short.flipped(train, 0.35)
    before = short.accuracy(short.logistic().fit(poisoned, 0), test)
    more = MoreData(weight=3).harden_with(short.logistic(), reserve)
    assert short.accuracy(more.fit(poisoned, 0), test) > before + 0.05


def test_rows_are_added_by_share_weight_and_rarity() -> None:
    train, _, reserve, _ = short.table()
    recipe = short.logistic()
    few = changed(MoreData(share=0.1, weight=2).harden_with(recipe, reserve), train)
    assert len(few) == len(train) + 2 * round(0.1 * len(reserve))
    rare = changed(MoreData(share=0.1, rare=True).harden_with(recipe, reserve), train)
    assert set(rare.y[len(train) :]) == {int(np.bincount(train.y).argmin())}


def test_the_digest_covers_the_rows_that_are_added() -> None:
    reserve = short.table()[2]
    first, second = (MoreData().harden_with(short.logistic(), part) for part in (reserve, reserve.take(slice(1, None))))
    assert first.digest != second.digest


def test_augmented_images_are_like_their_originals_and_help_where_there_are_few() -> None:
    train, test, _ = short.images()
    few = train.take(np.concatenate([np.flatnonzero(train.y == label)[:15] for label in range(10)]))
    grown = changed(Augmentation(copies=3).harden(short.network()), few)
    assert len(grown) == 4 * len(few)
    assert grown.x.dtype == np.float32
    assert (grown.y[len(few) :] == np.tile(few.y, 3)).all()
    assert 0.02 < np.abs(grown.x[len(few) : 2 * len(few)] - few.x).mean() < 0.3
    alone = short.network(epochs=12).fit(few, 0)
    more = Augmentation(copies=3).harden(short.network(epochs=12)).fit(few, 0)
    assert short.accuracy(more, test) > short.accuracy(alone, test) + 0.02


def test_augmented_rows_lie_between_rows_of_their_class_and_stay_valid() -> None:
    rng = np.random.default_rng(1)
    features = (
        Feature(name="size", low=0, high=10),
        Feature(name="count", kind="integer", low=0, high=20),
        Feature(name="kind", kind="categorical", categories=(0, 1, 2), low=0, high=2),
    )
    y = rng.integers(0, 2, 80)
    x = np.column_stack([rng.random(80) + 5 * y, rng.integers(0, 20, 80), rng.integers(0, 3, 80)])
    data = Dataset(x=x, y=y, classes=2)
    recipe = type(short.logistic())(short.logistic().estimator, Domain(modality="table", shape=(3,), features=features))
    made = changed(Augmentation(copies=1).harden(recipe), data).x[80:]
    assert (made[:, 2] == x[:, 2]).all()
    assert (made[:, 1] == np.rint(made[:, 1])).all()
    assert (made[:, 0] != x[:, 0]).any()
    for label in (0, 1):
        mine, theirs = made[y == label, 0], x[y == label, 0]
        assert mine.min() >= theirs.min()
        assert mine.max() <= theirs.max()


@pytest.mark.parametrize("seed", [0, 1])
def test_augmentation_draws_by_the_seed(seed: int) -> None:
    train = short.table()[0]
    recipe = Augmentation().harden(short.forest(3))
    assert recipe.fit(train, seed).card.digest == recipe.fit(train, seed).card.digest
