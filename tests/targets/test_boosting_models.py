from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bartizan.core.extras import need
from bartizan.targets.boosting_models import BoostingRecipe, LightGBMPredictor, XGBoostPredictor
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from tests.targets import models

DATA = {"two classes": models.tumours, "three classes": models.wine}


@functools.cache
def _xgboost(name: str) -> Any:
    return need("xgboost").XGBClassifier(n_estimators=8, n_jobs=1, random_state=0).fit(DATA[name]().x, DATA[name]().y)


@functools.cache
def _lightgbm(name: str) -> Any:
    model = need("lightgbm").LGBMClassifier(n_estimators=8, n_jobs=1, random_state=0, verbose=-1)
    return model.fit(DATA[name]().x, DATA[name]().y)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_the_classifier_and_its_booster_answer_as_their_library_does(name: str) -> None:
    data = DATA[name]()
    for model, kind, booster in (
        (_xgboost(name), XGBoostPredictor, _xgboost(name).get_booster()),
        (_lightgbm(name), LightGBMPredictor, _lightgbm(name).booster_),
    ):
        for given in (model, booster):
            target = Border(kind(given, models.domain(data)))
            np.testing.assert_allclose(target.scores(data.x), model.predict_proba(data.x), atol=1e-6)
            assert (target.labels(data.x) == model.predict(data.x)).all()
            assert target.card.classes == data.classes
            assert target.labels(data.x[:0]).shape == (0,)


def test_a_saved_model_answers_the_same_and_its_digest_is_the_files(tmp_path: Path) -> None:
    data = models.wine()
    tree, light = tmp_path / "model.json", tmp_path / "model.txt"
    _xgboost("three classes").save_model(tree)
    _lightgbm("three classes").booster_.save_model(light)
    for file, opened, model in (
        (tree, XGBoostPredictor.open(tree, models.domain(data)), _xgboost("three classes")),
        (light, LightGBMPredictor.open(light, models.domain(data)), _lightgbm("three classes")),
    ):
        assert opened.card.digest == hashlib.sha256(file.read_bytes()).hexdigest()
        assert (opened.labels(data.x) == model.predict(data.x)).all()


def test_training_that_stopped_early_counts_only_its_best_rounds() -> None:
    data = models.tumours()
    model = need("xgboost").XGBClassifier(n_estimators=60, early_stopping_rounds=3, n_jobs=1, learning_rate=0.9)
    model.fit(data.x[:300], data.y[:300], eval_set=[(data.x[300:], data.y[300:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    for given in (model, model.get_booster()):
        scores = XGBoostPredictor(given, models.domain(data)).scores(data.x)
        np.testing.assert_allclose(scores, model.predict_proba(data.x), atol=1e-6)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_the_same_recipe_and_seed_make_the_same_model(library: str) -> None:
    data = models.wine()
    made = {
        "xgboost": lambda: need("xgboost").XGBClassifier(n_estimators=5, subsample=0.5),
        "lightgbm": lambda: need("lightgbm").LGBMClassifier(
            n_estimators=5, bagging_fraction=0.5, bagging_freq=1, verbose=-1
        ),
    }
    recipe = BoostingRecipe(made[library](), models.domain(data), "trees")
    one, same, other = recipe.fit(data, 1), recipe.fit(data, 1), recipe.fit(data, 2)
    assert one.card.digest == same.card.digest != other.card.digest
    assert recipe.digest == BoostingRecipe(made[library](), models.domain(data)).digest
    assert recipe.digest != BoostingRecipe(made[library]().set_params(n_estimators=6), models.domain(data)).digest
    assert (one.labels(data.x) == data.y).mean() > 0.8


def test_a_regression_is_no_target() -> None:
    data = models.wine()
    tree = need("xgboost").XGBRegressor(n_estimators=1, n_jobs=1).fit(data.x, data.y)
    light = need("lightgbm").LGBMRegressor(n_estimators=1, n_jobs=1, verbose=-1).fit(data.x, data.y)
    with pytest.raises(Unsuitable, match="is no classifier"):
        XGBoostPredictor(tree, models.domain(data))
    with pytest.raises(Unsuitable, match="is no classifier"):
        LightGBMPredictor(light, models.domain(data))


def test_training_data_without_a_class_are_refused() -> None:
    data = models.wine()
    some = Dataset(x=data.x[data.y < 2], y=data.y[data.y < 2], classes=3)
    recipe = BoostingRecipe(need("xgboost").XGBClassifier(n_estimators=1), models.domain(data))
    with pytest.raises(Unsuitable, match="2 of 3 classes"):
        recipe.fit(some, 0)
