from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.small_model import SmallModel, slimmed
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.sklearn_models import SklearnRecipe
from bartizan.targets.torch_models import Training
from tests.controls import short


def told_apart(model: Predictor, members: Dataset, others: Dataset) -> float:
    """How often a member is answered more surely than somebody else: .5 is chance."""
    inside, outside = (model.scores(some.x)[np.arange(len(some)), some.y] for some in (members, others))
    return float((inside[:, None] > outside).mean() + 0.5 * (inside[:, None] == outside).mean())


def test_a_smaller_forest_tells_less_about_who_was_in_the_training_data() -> None:
    train, test, _, _ = short.table()
    train = short.flipped(train, 0.1)[0]
    large = short.forest().fit(train, 0)
    small = SmallModel(depth=3, leaf=10).harden(short.forest()).fit(train, 0)
    assert told_apart(small, train, test) < told_apart(large, train, test) - 0.1
    assert short.accuracy(small, test) > 0.88


@pytest.mark.parametrize("distil", [False, True])
def test_a_slim_network_has_fewer_weights_and_still_knows_its_task(distil: bool) -> None:
    train, test, _ = short.images()
    small = SmallModel(width=0.5, distil=distil).harden(short.network(width=16)).fit(train, 0)
    weights = sum(p.numel() for p in small.network.parameters())  # type: ignore[attr-defined]
    assert weights < 0.3 * sum(p.numel() for p in short.network(width=16).build().parameters())
    assert short.accuracy(small, test) > 0.85


def test_every_layer_of_a_chain_is_slimmed_alike() -> None:
    torch = need("torch")
    nn = torch.nn

    def build() -> object:
        features = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        return nn.Sequential(features, nn.Flatten(), nn.Linear(8 * 16, 20), nn.Dropout(), nn.Linear(20, 10))

    slim = slimmed(build, 0.25)()
    assert slim(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    assert [p.shape[0] for p in slim.parameters() if p.ndim > 1] == [2, 5, 10]
    with pytest.raises(Unsuitable, match="LayerNorm"):
        slimmed(lambda: nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)), 0.5)()


def settings(estimator: object) -> dict[str, object]:
    hardened = SmallModel().harden(SklearnRecipe(estimator, short.table()[3]))
    assert isinstance(hardened, SklearnRecipe)
    found: dict[str, object] = hardened.estimator.get_params()
    return found


def test_estimators_get_smaller_and_never_larger() -> None:
    trees, linear = need("sklearn.tree"), need("sklearn.linear_model")
    assert settings(trees.DecisionTreeClassifier())["max_depth"] == 4
    assert settings(trees.DecisionTreeClassifier(max_depth=2, min_samples_leaf=9))["max_depth"] == 2
    assert settings(trees.DecisionTreeClassifier(max_depth=2, min_samples_leaf=9))["min_samples_leaf"] == 9
    assert settings(linear.LogisticRegression(C=2.0))["C"] == pytest.approx(0.2)
    assert settings(short.logistic().estimator)["logisticregression__C"] == pytest.approx(0.1)
    assert settings(need("sklearn.neural_network").MLPClassifier((40,)))["hidden_layer_sizes"] == (20,)


def test_what_cannot_be_made_smaller_says_why() -> None:
    with pytest.raises(Unsuitable, match="GaussianNB has no depth"):
        SmallModel().harden(SklearnRecipe(need("sklearn.naive_bayes").GaussianNB(), short.table()[3]))
    based = Training(short.network().build, short.network().domain, base=short.network().build())
    with pytest.raises(Unsuitable, match="starts from a trained network"):
        SmallModel().harden(based)
