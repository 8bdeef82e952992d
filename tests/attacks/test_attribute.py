"""Attribute inference on forests that learnt by heart, against what anybody could guess."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.attacks.attribute import AttributeInference, baseline, candidates
from bartizan.attacks.family import Knowledge
from bartizan.core.extras import need
from bartizan.core.interval import wilson
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.predictor import Card, Labels, Predictor, Unsuitable, Wrapped
from bartizan.targets.sklearn_models import SklearnRecipe
from tests import rigs
from tests.rigs import rng

HIDDEN = 1
DOMAIN = Domain(
    modality="table",
    shape=(4,),
    features=(
        Feature(name="a", low=0, high=1),
        Feature(name="hidden", kind="categorical", low=0, high=2, categories=(0.0, 1.0, 2.0)),
        Feature(name="b", low=0, high=1),
        Feature(name="c", low=0, high=1),
    ),
)


def people(n: int, seed: int) -> Dataset:
    """Nothing tells the hidden value but what one knows of this very person; the class depends on it a little."""
    dice = rng(seed)
    x = dice.random((n, 4))
    x[:, HIDDEN] = dice.choice(3, n, p=(0.5, 0.3, 0.2))
    y = (dice.random(n) < 0.3 + 0.2 * (x[:, HIDDEN] == 1)).astype(np.int64)
    return Dataset(x=x, y=y, classes=2)


def masked(data: Dataset) -> Dataset:
    x = data.x.copy()
    x[:, HIDDEN] = np.nan
    return Dataset(x=x, y=data.y, classes=data.classes)


def recipe() -> SklearnRecipe:
    forest = need("sklearn.ensemble").RandomForestClassifier(25, bootstrap=False)
    return SklearnRecipe(forest, DOMAIN, "forest by heart")


@functools.cache
def target() -> Predictor:
    return recipe().fit(people(300, 1), 0)


def right(guess: Inputs, data: Dataset) -> int:
    return int((guess == data.x[:, HIDDEN]).sum())


class LabelsOnly(Wrapped):
    """Tells no scores."""

    @property
    def card(self) -> Card:
        card = self.inner.card
        return Card(name=card.name, classes=card.classes, domain=card.domain)

    def labels(self, x: Inputs) -> Labels:
        return self.inner.labels(x)


@pytest.mark.parametrize("knows_recipe", [False, True])
def test_hidden_values_of_members_are_told_better_than_anybody_could(knows_recipe: bool) -> None:
    members, knowing = people(300, 1), Knowledge(reserve=people(300, 2), recipe=recipe() if knows_recipe else None)
    hits = right(AttributeInference().guess(target(), masked(members), HIDDEN, knowing, rng()), members)
    anybody = right(baseline(masked(members), HIDDEN, knowing), members)
    assert wilson(hits, 300)[0] > wilson(anybody, 300)[1]


def test_those_of_strangers_are_not() -> None:
    strangers, knowing = people(300, 3), Knowledge(reserve=people(300, 2), recipe=recipe())
    hits = right(AttributeInference().guess(target(), masked(strangers), HIDDEN, knowing, rng()), strangers)
    assert wilson(hits, 300)[0] < wilson(right(baseline(masked(strangers), HIDDEN, knowing), strangers), 300)[1]


def test_labels_alone_tell_something_too() -> None:
    members, knowing = people(300, 1), Knowledge(reserve=people(300, 2))
    hits = right(AttributeInference().guess(LabelsOnly(target()), masked(members), HIDDEN, knowing, rng()), members)
    assert hits > right(baseline(masked(members), HIDDEN, knowing), members)


def test_it_asks_once_for_each_value_and_says_the_same_for_the_same_seed() -> None:
    members, knowing, border = masked(people(300, 1)), Knowledge(reserve=people(100, 2)), Border(target())
    first = AttributeInference().guess(border, members, HIDDEN, knowing, rng(5))
    assert border.ledger.queries == 3 * 300
    assert (first == AttributeInference().guess(target(), members, HIDDEN, knowing, rng(5))).all()
    assert set(first) <= {0.0, 1.0, 2.0}


def test_the_baseline_finds_what_the_rest_of_a_record_gives_away() -> None:
    rig = rigs.tumours()
    assert rig.reserve is not None
    x = rig.test.x.copy()
    x[:, 0] = np.nan  # The radius: perimeter and area tell it.
    guess = baseline(Dataset(x=x, y=rig.test.y, classes=2), 0, Knowledge(reserve=rig.reserve))
    assert np.corrcoef(guess, rig.test.x[:, 0])[0, 1] > 0.9


def test_a_column_of_many_values_is_guessed_by_its_quantiles() -> None:
    values = candidates(Knowledge(reserve=people(500, 0)), 0)
    assert len(values) == 16
    assert (np.diff(values) > 0).all()


def test_without_anything_to_choose_from_it_is_unsuitable() -> None:
    with pytest.raises(Unsuitable, match="data in reserve"):
        baseline(masked(people(5, 0)), HIDDEN, Knowledge())
    same = people(50, 0)
    same.x[:, HIDDEN] = 1
    with pytest.raises(Unsuitable, match="nothing to guess"):
        AttributeInference().guess(target(), masked(people(5, 0)), HIDDEN, Knowledge(reserve=same), rng())
