from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.adversarial_rows import AdversarialRows, worst_nearby
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.predictor import Predictor
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe
from tests.controls import short


@pytest.mark.parametrize("make", [short.forest, short.logistic], ids=("forest", "logistic"))
def test_a_model_that_learns_from_changed_rows_withstands_other_changes_better(make: type) -> None:
    train, test, _, domain = short.table()
    recipe: Recipe = make()
    plain, robust = recipe.fit(train, 0), AdversarialRows(radius=0.1, rounds=4).harden(recipe).fit(train, 0)

    def success(model: object) -> float:
        found = worst_nearby(model, test, domain, 0.1, 60, np.random.default_rng(9))  # type: ignore[arg-type]
        return short.beaten(model, test, found)  # type: ignore[arg-type]

    assert success(robust) < success(plain) - 0.08
    assert short.accuracy(robust, test) > short.accuracy(plain, test) - 0.03


def test_a_linear_model_withstands_the_worst_change_there_is_better_though_it_never_saw_it() -> None:
    """Of a linear model of two classes, the worst change within a box is the sign of its slope."""
    train, test, _, domain = short.table()
    recipe = short.logistic()

    def success(model: Predictor) -> float:
        towards = np.where(test.y[:, None] == np.arange(2), -1.0, 1.0)
        slope = model.differentiate(test.x)[1](towards)
        return short.beaten(model, test, domain.feasible(test.x + 0.05 * domain.span() * np.sign(slope), test.x))

    robust = AdversarialRows(radius=0.05, rounds=6).harden(recipe).fit(train, 0)
    assert success(robust) < success(recipe.fit(train, 0)) - 0.05


def test_the_search_finds_more_than_chance_and_stays_in_the_box() -> None:
    train, test, _, domain = short.table()
    model = short.logistic().fit(train, 0)
    found = worst_nearby(model, test, domain, 0.1, 60, np.random.default_rng(0))
    assert (np.abs(found - test.x) <= 0.1 * domain.span() + 1e-9).all()
    rng = np.random.default_rng(1)
    drawn = domain.feasible(test.x + 0.1 * domain.span() * rng.uniform(-1, 1, test.x.shape), test.x)
    assert short.beaten(model, test, found) > short.beaten(model, test, drawn) + 0.1


def test_rows_change_only_as_an_attacker_could_change_them() -> None:
    rng = np.random.default_rng(0)
    features = (
        Feature(name="age", direction="none", low=0, high=1),
        Feature(name="pay", direction="up", low=0, high=1),
        Feature(name="cards", kind="integer", low=0, high=9),
    )
    domain = Domain(modality="table", shape=(3,), features=features)
    x = np.column_stack([rng.random(60), rng.random(60), rng.integers(0, 10, 60)])
    data = Dataset(x=x, y=(x[:, 1] + x[:, 2] / 9 > 1).astype(int), classes=2)
    model = SklearnRecipe(short.logistic().estimator, domain).fit(data, 0)
    found = worst_nearby(model, data, domain, 0.3, 20, rng)
    assert (found[:, 0] == x[:, 0]).all()
    assert (found[:, 1] >= x[:, 1]).all()
    assert (found[:, 2] == np.rint(found[:, 2])).all()
    assert (found != x).any(axis=0).tolist() == [False, True, True]
