from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.controls.data_minimize import DataMinimize, MinimizedPredictor, NeedlessColumns, newest, usual
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnRecipe
from tests import rigs


@functools.cache
def _rig() -> Rig:
    """Two columns decide, eight say nothing."""
    rng = rigs.rng(4)
    x = rng.uniform(-1, 1, (1200, 10))
    y = (x[:, 2] + 0.7 * x[:, 7] > 0).astype(np.int64)
    features = tuple(Feature(name=f"column {k}", low=-1, high=1) for k in range(10))
    domain = Domain(modality="table", shape=(10,), features=features)
    data = Dataset(x=x, y=y, classes=2)
    recipe = SklearnRecipe(need("sklearn.linear_model").LogisticRegression(C=100.0), domain)
    train, test = data.take(slice(0, 800)), data.take(slice(800, 1200))
    return Rig(name="two of ten", target=recipe.fit(train, 0), train=train, test=test, recipe=recipe)


def _minimized(loss: float = 0.03, retain: float = 1.0) -> MinimizedPredictor:
    rig = _rig()
    assert rig.recipe is not None
    assert rig.train is not None
    return DataMinimize(loss=loss, retain=retain).harden(rig.recipe).fit(rig.train, 0)


def _right(target: Predictor, test: Dataset) -> float:
    return float((target.labels(test.x) == test.y).mean())


def test_columns_that_say_nothing_go_and_those_that_decide_stay() -> None:
    found = _minimized()
    assert found.dropped.tolist() == [0, 1, 3, 4, 5, 6, 8, 9]
    assert _right(found, _rig().test) > _right(_rig().target, _rig().test) - 0.03


def test_callers_may_send_anything_in_a_dropped_column_and_nothing_pulls_on_it() -> None:
    found, x = _minimized(), _rig().test.x[:50]
    other = x.copy()
    other[:, found.dropped] = rigs.rng().uniform(-1, 1, (50, len(found.dropped)))
    assert (found.scores(x) == found.scores(other)).all()
    if "gradients" in found.card.capabilities:
        gradient = found.differentiate(x)[1](np.tile([1.0, -1.0], (50, 1)))
        assert not gradient[:, found.dropped].any()
        assert gradient[:, [2, 7]].all()


def test_few_rows_prove_nothing_so_nothing_is_dropped() -> None:
    rig = _rig()
    assert rig.recipe is not None
    assert rig.train is not None
    few = rig.train.take(slice(0, 40))
    assert len(DataMinimize(loss=0.02).harden(rig.recipe).fit(few, 0).dropped) == 0


def test_the_newest_rows_of_each_class_are_kept() -> None:
    y = np.array([0, 0, 1, 0, 1, 0, 1, 1, 2])
    data = Dataset(x=np.arange(9.0)[:, None], y=y, classes=3)
    assert newest(data, 0.5).tolist() == [3, 5, 6, 7, 8]
    assert newest(data, 0.01).tolist() == [5, 7, 8]
    assert len(_minimized(loss=0.0, retain=0.5).dropped) == 0


def test_a_constant_is_a_value_that_occurred() -> None:
    x = np.array([[0.0, 10.0], [1.0, 20.0], [5.0, 30.0], [9.0, 40.0]])
    assert usual(x).tolist() == [5.0, 30.0]


def test_the_check_finds_columns_without_use_and_none_once_they_are_gone() -> None:
    rig, found = _rig(), _minimized()
    forced = Rig(name=rig.name, target=found.inner, train=rig.train, test=rig.test)
    (before,) = NeedlessColumns().check(forced, rigs.rng())
    assert not before.passed  # the inner model was trained on constants there: its weights are idle
    assert (before.hits, before.trials) == (8, 10)
    assert "column 0" in before.what
    (after,) = NeedlessColumns().check(Rig(name="", target=found, train=rig.train, test=rig.test), rigs.rng())
    assert after.passed
    assert (after.hits, after.trials) == (0, 2)


def test_parameters_are_in_the_digest_and_wrong_ones_refused() -> None:
    recipe = _rig().recipe
    assert recipe is not None
    assert len({DataMinimize(loss=loss).harden(recipe).digest for loss in (0.01, 0.02)} | {recipe.digest}) == 3
    with pytest.raises(Unsuitable, match="retain"):
        DataMinimize(retain=0.0).harden(recipe)
    texts = Dataset(x=np.array(["a", "b"], object), y=np.array([0, 1]), classes=2)
    with pytest.raises(Unsuitable, match="texts"):
        DataMinimize().harden(recipe).fit(texts, 0)
