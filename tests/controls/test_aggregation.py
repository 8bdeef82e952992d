from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.controls.aggregation import Aggregated, PartitionAggregation, PartitionRecipe, row_hashes
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.sklearn_models import SklearnRecipe
from tests.controls import short


def recipe(parts: int = 15) -> PartitionRecipe:
    stump = SklearnRecipe(need("sklearn.tree").DecisionTreeClassifier(max_depth=2), short.table()[3])
    found = PartitionAggregation(parts=parts).harden(stump)
    assert isinstance(found, PartitionRecipe)
    return found


def fitted(data: Dataset) -> Aggregated:
    found = recipe().fit(data, 0)
    assert isinstance(found, Aggregated)
    return found


@functools.cache
def sound() -> Aggregated:
    return fitted(short.table()[0])


def test_the_vote_keeps_accuracy_and_withstands_several_rows() -> None:
    test = short.table()[1]
    answer, rows = sound().certify(test.x)
    assert (answer == sound().labels(test.x)).all()
    assert short.accuracy(sound(), test) > 0.88
    assert (rows >= 3).mean() > 0.6


def worst_flips(data: Dataset, count: int, part_of: np.ndarray, rng: np.random.Generator) -> Dataset:
    """The data with so many labels flipped, each in another part: nothing reaches more members."""
    y = data.y.copy()
    for part in rng.permutation(15)[:count]:
        rows = np.flatnonzero(part_of == part)
        y[rng.choice(rows)] ^= 1
    return Dataset(x=data.x, y=y, classes=2)


@pytest.mark.parametrize("seed", range(6))
def test_no_answer_changes_under_as_many_poisoned_rows_as_it_withstands(seed: int) -> None:
    train, test, _, _ = short.table()
    rng = np.random.default_rng(seed)
    part_of = np.array([int.from_bytes(one[:8], "big") % 15 for one in row_hashes(train)])
    answer, withstands = sound().certify(test.x)
    count = 1 + seed % 3
    flipped = fitted(worst_flips(train, count, part_of, rng)).labels(test.x)
    kept = rng.permutation(len(train))[count:]
    removed = fitted(train.take(np.sort(kept))).labels(test.x)
    extra = Dataset(x=test.x[:count] * 3.0, y=1 - test.y[:count], classes=2)
    added = fitted(extra.join(train)).labels(test.x)
    holds = withstands >= count
    assert holds.mean() > 0.5
    for now in (flipped, removed, added):
        assert (now[holds] == answer[holds]).all()


def test_the_certificate_counts_ties_for_the_lower_class() -> None:
    class Fixed(Aggregated):
        def votes(self, x: np.ndarray) -> np.ndarray:
            return np.asarray(x, np.int64)

    model = Fixed(sound().members, "")
    answer, rows = model.certify(np.array([[5, 0], [0, 5], [3, 2], [2, 3], [3, 3], [4, 2], [2, 4]]))
    assert answer.tolist() == [0, 1, 0, 1, 0, 0, 1]
    # Lead 5 falls to 1 by two rows and to -1 by three; a tie is lost by class 1.
    assert rows.tolist() == [2, 2, 0, 0, 0, 1, 0]


def test_members_depend_on_their_rows_alone_and_not_on_their_order() -> None:
    train, test, _, _ = short.table()
    shuffled = train.take(np.random.default_rng(0).permutation(len(train)))
    drawing = PartitionAggregation(parts=9).harden(short.forest(2))
    first, second = drawing.fit(train, 0), drawing.fit(shuffled, 0)
    assert (first.scores(test.x) == second.scores(test.x)).all()
    assert (short.forest(2).fit(train, 0).scores(test.x) != short.forest(2).fit(shuffled, 0).scores(test.x)).any()


def test_a_part_that_lacks_classes_answers_in_the_names_of_all() -> None:
    train, test, _ = short.images()
    tree = SklearnRecipe(need("sklearn.tree").DecisionTreeClassifier(max_depth=6), short.network().domain)
    model = PartitionAggregation(parts=60).harden(tree).fit(train, 0)
    assert short.accuracy(model, test) > 0.5
    assert model.scores(test.x).shape == (len(test), 10)
    mean = np.mean([member.scores(test.x) for member in model.members], axis=0)  # type: ignore[attr-defined]
    assert np.allclose(mean.sum(axis=1), 1)


def test_too_few_rows_for_the_parts_are_refused() -> None:
    with pytest.raises(Unsuitable, match="20 rows do not fill 15 parts"):
        recipe().fit(short.table()[0].take(slice(0, 20)), 0)
