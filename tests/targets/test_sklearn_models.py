from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bartizan.core.extras import need
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Lacking, Unsuitable
from bartizan.targets.sklearn_models import SklearnPredictor, SklearnRecipe
from tests.targets import models


def _linear() -> Any:
    return need("sklearn.linear_model").LogisticRegression()


def test_classes_of_any_name_become_indexes_in_their_order() -> None:
    data = models.wine()
    named = models.scaled(_linear()).fit(data.x, np.array(["red", "amber", "white"])[data.y])
    target = Border(SklearnPredictor(named, models.domain(data)))
    assert (target.labels(data.x) == np.array([1, 0, 2])[data.y]).mean() > 0.95
    assert (target.scores(data.x).argmax(axis=1) == target.labels(data.x)).all()


def test_a_pipeline_that_picks_columns_by_name_is_asked_with_a_data_frame() -> None:
    pandas, compose, scale = need("pandas"), need("sklearn.compose"), need("sklearn.preprocessing")
    data = models.wine()
    frame = pandas.DataFrame(data.x, columns=[f"measure {i}" for i in range(13)])
    some = compose.ColumnTransformer([("scaled", scale.StandardScaler(), ["measure 0", "measure 12"])])
    model = need("sklearn.pipeline").make_pipeline(some, _linear()).fit(frame, data.y)
    target = Border(SklearnPredictor(model, models.domain(data)))
    assert (target.labels(data.x) == model.predict(frame)).all()
    np.testing.assert_allclose(target.scores(data.x), model.predict_proba(frame))


def test_gradients_do_not_mind_that_a_model_was_fitted_on_a_data_frame() -> None:
    data = models.wine()
    frame = need("pandas").DataFrame(data.x, columns=[f"measure {i}" for i in range(13)])
    named = SklearnPredictor(models.scaled(_linear()).fit(frame, data.y), models.domain(data))
    plain = SklearnPredictor(models.scaled(_linear()).fit(data.x, data.y), models.domain(data))
    weights = np.random.default_rng(0).normal(size=(178, 3))
    np.testing.assert_allclose(named.differentiate(data.x)[1](weights), plain.differentiate(data.x)[1](weights))


def test_texts_are_classified_by_a_pipeline() -> None:
    target = Border(SklearnPredictor(models.words(), models.TEXT))
    assert target.labels(models.TEXTS[:4]).tolist() == [1, 0, 1, 0]
    assert target.scores(models.TEXTS[:0]).shape == (0, 2)


def test_scores_are_offered_only_where_the_model_has_probabilities() -> None:
    data = models.wine()
    target = SklearnPredictor(models.scaled(need("sklearn.svm").LinearSVC()).fit(data.x, data.y), models.domain(data))
    assert "scores" not in target.card.capabilities
    with pytest.raises(Lacking, match="LinearSVC gives no scores"):
        target.scores(data.x)


def test_what_is_no_fitted_classifier_is_refused() -> None:
    data = models.wine()
    for model in (_linear(), need("sklearn.linear_model").LinearRegression().fit(data.x, data.y)):
        with pytest.raises(Unsuitable, match="not fitted, or no classifier"):
            SklearnPredictor(model, models.domain(data))


def test_the_digest_follows_the_model_and_not_the_object() -> None:
    data = models.wine()
    forest = need("sklearn.ensemble").RandomForestClassifier(3)
    recipe = SklearnRecipe(forest, models.domain(data))
    one, same, other = recipe.fit(data, 1), recipe.fit(data, 1), recipe.fit(data, 2)
    assert one.card.digest == same.card.digest != other.card.digest
    assert recipe.digest == SklearnRecipe(need("sklearn.base").clone(forest), models.domain(data)).digest
    assert recipe.digest != SklearnRecipe(forest.set_params(n_estimators=4), models.domain(data)).digest


def test_a_class_without_training_data_is_told_and_not_left_out() -> None:
    data = models.wine()
    some = Dataset(x=data.x[data.y < 2], y=data.y[data.y < 2], classes=3)
    with pytest.raises(Unsuitable, match="hold 2 of 3 classes"):
        SklearnRecipe(_linear(), models.domain(data)).fit(some, 0)
