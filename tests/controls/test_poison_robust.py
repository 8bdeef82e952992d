from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.controls.poison_robust import FinePruning, RejectNegative, RoniRecipe, repaired
from bartizan.core.extras import need
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.torch_models import TorchPredictor, Training, state_digest
from tests.controls import short


@functools.cache
def planted() -> Predictor:
    return short.network(width=16).fit(short.poisoned(short.images()[0]), 0)


def test_fine_pruning_takes_a_backdoor_out_and_leaves_the_task() -> None:
    _, test, trusted = short.images()
    model = repaired(planted(), FinePruning(), trusted, 0)
    assert short.obeyed(planted(), test) > 0.8
    assert short.obeyed(model, test) < 0.3
    assert short.accuracy(model, test) > short.accuracy(planted(), test) - 0.03


def test_channels_that_were_cut_off_stay_cut_off_and_the_first_model_is_left_alone() -> None:
    trusted = short.images()[2]
    assert isinstance(planted(), TorchPredictor)
    digest = planted().card.digest
    model = repaired(planted(), FinePruning(epochs=2), trusted, 0)
    silent = [int((~layer.weight.flatten(1).any(dim=1)).sum()) for layer in model.network if hasattr(layer, "weight")]
    assert silent[1] >= 3
    assert silent[0] == silent[2] == silent[3] == 0
    assert state_digest(planted().network) == digest  # type: ignore[attr-defined]


def test_the_channels_that_are_left_learn_to_do_without_the_others() -> None:
    """With tanh a channel at 0 still has a slope: only cutting it off again and again keeps it from growing back."""
    train, test, trusted = short.images()
    nn = need("torch").nn

    def build() -> object:
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))

    model = Training(build, short.network().domain, epochs=8, rate=5e-3).fit(train, 0)
    pruned = repaired(model, FinePruning(drop=0.3, epochs=15), trusted, 0)
    assert (~pruned.network[1].weight.any(dim=1)).sum() > 16
    assert not pruned.network[1].bias[~pruned.network[1].weight.any(dim=1)].any()
    assert short.accuracy(pruned, test) > 0.8


def test_a_hardened_recipe_repairs_what_it_trains_and_depends_on_the_trusted_rows() -> None:
    train, _, trusted = short.images()
    recipe = FinePruning(epochs=1).harden_with(short.network(epochs=1, width=4), trusted)
    assert isinstance(recipe.fit(train.take(slice(0, 200)), 0), TorchPredictor)
    other = FinePruning(epochs=1).harden_with(short.network(epochs=1, width=4), trusted.take(slice(1, None)))
    assert recipe.digest != other.digest


def test_a_forest_has_no_channels() -> None:
    train, _, trusted, _ = short.table()
    with pytest.raises(Unsuitable, match="cuts channels of a network"):
        FinePruning().harden_with(short.forest(2), trusted).fit(train, 0)


@pytest.mark.parametrize(("group", "rounds"), [(1, 1), (3, 2)])
def test_rows_that_do_harm_are_left_out_and_accuracy_comes_back(group: int, rounds: int) -> None:
    train, test, trusted, _ = short.table()
    bad, rows = short.flipped(train.take(slice(0, None, 4)), 0.3)
    recipe = RejectNegative(group=group, rounds=rounds).harden_with(short.logistic(), trusted)
    assert isinstance(recipe, RoniRecipe)
    found = recipe.harmful(bad, 0)
    assert found[rows].mean() > 0.6
    assert found[rows].mean() > 2 * np.delete(found, rows).mean()
    assert short.accuracy(recipe.fit(bad, 0), test) > short.accuracy(short.logistic().fit(bad, 0), test) + 0.05
    assert found.mean() <= 0.4
    assert (found == recipe.harmful(bad, 0)).all()
