"""What is asked lies in the domain, is as varied as it says, and is picked for a reason."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.attacks.extraction_queries import ClassBandit, drawn, mixtures, picked, pool, spread
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.predictor import Unsuitable
from tests import rigs

TABLE = Domain(
    modality="table",
    shape=(3,),
    features=(
        Feature(name="sum", low=0, high=50),
        Feature(name="count", kind="integer", low=1, high=3),
        Feature(name="kind", kind="categorical", categories=(2.0, 5.0)),
    ),
)


def test_drawn_inputs_fill_the_domain_and_nothing_else() -> None:
    x = drawn(TABLE, 400, rigs.rng())
    assert x.shape == (400, 3)
    assert x[:, 0].min() < 3
    assert 47 < x[:, 0].max() <= 50
    assert set(x[:, 1]) == {1, 2, 3}
    assert set(x[:, 2]) == {2, 5}
    images = drawn(Domain(modality="image", shape=(1, 4, 4)), 5, rigs.rng())
    assert images.dtype == np.float32
    assert images.shape == (5, 1, 4, 4)


def test_what_has_no_bounds_cannot_be_drawn() -> None:
    with pytest.raises(Unsuitable, match="'sum' has no bounds"):
        drawn(Domain(modality="table", shape=(1,), features=(Feature(name="sum"),)), 3, rigs.rng())
    with pytest.raises(Unsuitable, match="texts"):
        drawn(Domain(modality="text"), 3, rigs.rng())


def test_mixtures_lie_between_rows_and_invent_no_category() -> None:
    x = np.array([[0.0, 1, 2], [50, 3, 5]])
    mixed = mixtures(x, TABLE, 200, rigs.rng())
    assert len(np.unique(mixed[:, 0])) > 50
    assert set(mixed[:, 1]) == {1, 3}
    assert set(mixed[:, 2]) == {2, 5}
    words = mixtures(np.array(["a b c d", "e f g h"], object), Domain(modality="text"), 20, rigs.rng())
    assert words.dtype == object
    assert any("a" in text and "h" in text for text in words)


def test_a_pool_asks_the_reserve_first_and_each_row_once() -> None:
    reserve = rigs.tumours().reserve
    assert reserve is not None
    x = pool(reserve, rigs.tumours().target.card.domain, len(reserve) + 50, rigs.rng())
    assert len(x) == len(reserve) + 50
    assert np.array_equal(np.sort(x[: len(reserve)], axis=0), np.sort(reserve.x, axis=0))


def test_margins_pick_where_the_copy_is_least_sure() -> None:
    rig = rigs.tumours()
    assert rig.reserve is not None
    scores = rig.target.scores(rig.reserve.x)
    chosen = picked(rig.target, rig.reserve.x, rig.test.x, 20, "margin")
    margins = np.abs(scores[:, 0] - scores[:, 1])
    assert margins[chosen].max() <= np.delete(margins, chosen).min()
    assert len(set(picked(rig.target, rig.reserve.x, rig.test.x, 20, "both"))) == 20


def test_spread_takes_the_farthest_each_time_and_none_twice() -> None:
    points = np.array([[0.0], [1.0], [5.0], [9.0], [9.1]])
    assert spread(points, np.array([[0.0]]), 3).tolist() == [4, 2, 1]
    assert sorted(spread(points, np.array([[0.0]]), 5)) == [0, 1, 2, 3, 4]


def test_the_bandit_prefers_the_class_that_pays() -> None:
    bandit = ClassBandit(3)
    for _ in range(20):
        answered = np.array([[0.98, 0.01, 0.01], [0.4, 0.3, 0.3], [0.34, 0.33, 0.33]])
        copied = np.array([[0.1, 0.8, 0.1], [0.4, 0.3, 0.3], [0.34, 0.33, 0.33]])
        bandit.learn(np.array([0, 1, 2]), answered, copied)
    assert bandit.policy.argmax() == 0
    left = np.repeat([0, 1, 2], 100)
    rows = bandit.draw(left, 60, rigs.rng())
    assert len(set(rows)) == 60
    assert (left[rows] == 0).mean() > 0.6
