from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from bartizan.controls.monotone import Monotone
from bartizan.core.extras import need
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.sklearn_models import SklearnRecipe
from tests.controls import short

RISING = ("worst area", "worst concave points")
FALLING = ("mean smoothness", "mean texture")


def boosted(kind: str) -> SklearnRecipe:
    makers: dict[str, Any] = {
        "hist": lambda: need("sklearn.ensemble").HistGradientBoostingClassifier(max_iter=20),
        "xgboost": lambda: need("xgboost").XGBClassifier(n_estimators=20, n_jobs=1),
        "lightgbm": lambda: need("lightgbm").LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1),
    }
    return SklearnRecipe(makers[kind](), short.table()[3], kind)


def columns(names: tuple[str, ...]) -> list[int]:
    known = [feature.name for feature in short.table()[3].features]
    return [known.index(name) for name in names]


def pushed(model: Predictor) -> float:
    """The most that the score of class 1 falls when an attacker moves features the constrained way, anyhow far."""
    test = short.table()[1]
    rng, before, worst = np.random.default_rng(0), model.scores(test.x)[:, 1], 0.0
    for _ in range(5):
        x = test.x.copy()
        x[:, columns(RISING)] *= 1 + rng.random((len(x), 2))
        x[:, columns(FALLING)] *= 1 - rng.random((len(x), 2))
        worst = max(worst, float((before - model.scores(x)[:, 1]).max()))
    return worst


@pytest.mark.parametrize("kind", ["hist", "xgboost", "lightgbm"])
def test_moving_constrained_features_their_way_never_lowers_the_score(kind: str) -> None:
    train, test, _, _ = short.table()
    recipe = boosted(kind)
    model = Monotone(rising=RISING, falling=FALLING).harden(recipe).fit(train, 0)
    assert pushed(model) <= 1e-6
    assert pushed(recipe.fit(train, 0)) > 0.1
    assert short.accuracy(model, test) > 0.9


def test_features_that_attackers_move_one_way_are_constrained_by_themselves() -> None:
    domain = short.table()[3]
    named = {feature.name: feature for feature in domain.features}
    one_way = {name: msgspec.structs.replace(named[name], direction="up") for name in RISING}
    narrowed = Domain(modality="table", shape=(30,), features=tuple({**named, **one_way}.values()))
    hardened = Monotone().harden(SklearnRecipe(boosted("hist").estimator, narrowed))
    assert isinstance(hardened, SklearnRecipe)
    assert np.flatnonzero(hardened.estimator.monotonic_cst).tolist() == sorted(columns(RISING))
    assert hardened.digest != boosted("hist").digest
    with pytest.raises(Unsuitable, match="none is named"):
        Monotone().harden(boosted("hist"))


def test_a_pipeline_is_constrained_only_behind_steps_that_keep_columns() -> None:
    make, table = need("sklearn.pipeline").make_pipeline, short.table()
    scale, turn = need("sklearn.preprocessing").StandardScaler(), need("sklearn.decomposition").PCA()
    trees = boosted("hist").estimator
    constrained = Monotone(rising=RISING, falling=FALLING).harden(SklearnRecipe(make(scale, trees), table[3]))
    model = constrained.fit(table[0], 0)
    assert pushed(model) <= 1e-6
    with pytest.raises(Unsuitable, match="PCA"):
        Monotone(rising=RISING).harden(SklearnRecipe(make(turn, trees), table[3]))


def test_what_cannot_be_constrained_says_why() -> None:
    with pytest.raises(Unsuitable, match="LogisticRegression knows no"):
        Monotone(rising=RISING).harden(short.logistic())
    with pytest.raises(Unsuitable, match="no feature is called age"):
        Monotone(rising=("age",)).harden(boosted("hist"))
    with pytest.raises(Unsuitable, match="both rise and fall"):
        Monotone(rising=RISING, falling=RISING).harden(boosted("hist"))
    with pytest.raises(Unsuitable, match="no scikit-learn estimator"):
        Monotone(rising=RISING).harden(short.network())
