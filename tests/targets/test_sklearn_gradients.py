from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Lacking
from bartizan.targets.sklearn_models import SklearnPredictor
from tests.targets import models


def _linear(**parameters: Any) -> Any:
    return need("sklearn.linear_model").LogisticRegression(max_iter=500, **parameters)


def _small_network(activation: str) -> Any:
    network = need("sklearn.neural_network").MLPClassifier((8, 5), activation=activation, solver="lbfgs", max_iter=60)
    return network.set_params(random_state=0, tol=10.0)


def _steps() -> dict[str, Any]:
    scale, reduce = need("sklearn.preprocessing"), need("sklearn.decomposition")
    return {
        "alone": _linear(C=0.01),
        "min-max": need("sklearn.pipeline").make_pipeline(scale.MinMaxScaler(), _linear()),
        "robust": need("sklearn.pipeline").make_pipeline(scale.RobustScaler(), _linear()),
        "max-abs, passthrough": need("sklearn.pipeline").make_pipeline(scale.MaxAbsScaler(), "passthrough", _linear()),
        "rotated": models.scaled(_linear(), reduce.PCA(5)),
        "whitened": models.scaled(_linear(), reduce.PCA(5, whiten=True)),
        "linear machine": models.scaled(need("sklearn.svm").LinearSVC()),
        "stochastic": models.scaled(need("sklearn.linear_model").SGDClassifier(random_state=0)),
        "network, relu": models.scaled(_small_network("relu")),
        "network, tanh": models.scaled(_small_network("tanh")),
        "network, logistic": models.scaled(_small_network("logistic")),
    }


def _fitted(name: str, data: Dataset) -> SklearnPredictor:
    return SklearnPredictor(_steps()[name].fit(data.x, data.y), models.domain(data))


@pytest.mark.parametrize("data", [models.tumours, models.wine], ids=["two classes", "three classes"])
@pytest.mark.parametrize("name", _steps())
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_gradients_are_the_slopes_of_the_logits_whatever_stands_before_the_model(name: str, data: Any) -> None:
    target = _fitted(name, data())
    x = data().x[::40].copy()
    logits, pull = target.differentiate(x)
    assert (logits.argmax(axis=1) == target.labels(x)).all()
    weights = np.random.default_rng(0).normal(size=logits.shape)

    def weighted(at: Any) -> Any:
        return (target.differentiate(at)[0] * weights).sum(axis=1)

    expected = models.slopes(weighted, x, 1e-5)
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(pull(weights), expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["alone", "min-max", "network, relu"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_softmax_of_the_logits_is_what_the_model_calls_probability(name: str) -> None:
    for data in (models.tumours(), models.wine()):
        target = _fitted(name, data)
        logits, _ = target.differentiate(data.x)
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        np.testing.assert_allclose(exps / exps.sum(axis=1, keepdims=True), target.scores(data.x), atol=1e-9)


def test_images_get_gradients_of_their_own_shape() -> None:
    raw = need("sklearn.datasets").load_digits()
    data = Dataset(x=raw.images[:200, None] / 16, y=raw.target[:200], classes=10)
    model = _linear().fit(data.x.reshape(200, -1), data.y)
    _, pull = SklearnPredictor(model, models.domain(data)).differentiate(data.x[:3])
    assert pull(np.ones((3, 10))).shape == (3, 1, 8, 8)


def test_no_gradients_are_claimed_where_none_are_known() -> None:
    scale = need("sklearn.preprocessing")
    data = models.wine()
    forest = need("sklearn.ensemble").RandomForestClassifier(3, random_state=0)
    clipped = need("sklearn.pipeline").make_pipeline(scale.MinMaxScaler(clip=True), _linear())
    bent = need("sklearn.pipeline").make_pipeline(scale.FunctionTransformer(np.log1p), _linear())
    for estimator in (forest, clipped, bent, models.scaled(need("sklearn.svm").SVC())):
        target = SklearnPredictor(estimator.fit(data.x, data.y), models.domain(data))
        assert "gradients" not in target.card.capabilities
        with pytest.raises(Lacking, match="gives no gradients"):
            target.differentiate(data.x)
    assert "gradients" not in SklearnPredictor(models.words(), models.TEXT).card.capabilities
