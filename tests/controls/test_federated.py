from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.controls.federated import FederatedLearning, partition
from bartizan.controls.federated_aggregation import krum, mean, median, trimmed_mean
from bartizan.lab.reference.rigs import digits_data
from bartizan.targets.data import Dataset, split
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.torch_models import Training, state_digest
from tests import rigs
from tests.controls import dense


def _right(target: Predictor, test: Dataset) -> float:
    return float((target.labels(test.x) == test.y).mean())


def _recipe() -> Training:
    return dense.training(epochs=5)


@functools.cache
def _data() -> tuple[Dataset, Dataset]:
    train, test = split(digits_data(), (0.5, 0.5), rigs.rng())
    return train, test


def test_one_liar_moves_the_mean_anywhere_and_the_robust_rules_hardly() -> None:
    honest = np.random.default_rng(0).normal(1.0, 0.1, (6, 50))
    updates = np.vstack([honest, np.full((1, 50), -1e6)])
    assert np.abs(mean(updates, np.ones(7)) - 1).min() > 1e5
    for robust in (median(updates), trimmed_mean(updates, 1), krum(updates, 1)):
        assert np.abs(robust - 1).max() < 0.5


def test_krum_picks_an_update_that_was_sent() -> None:
    updates = np.random.default_rng(1).normal(size=(7, 20))
    assert (krum(updates, 2) == updates).all(axis=1).any()


def test_rules_say_how_many_clients_they_need() -> None:
    with pytest.raises(Unsuitable, match="7 clients or more, not 6"):
        krum(np.zeros((6, 3)), 2)
    with pytest.raises(Unsuitable, match="needs 5, not 4"):
        trimmed_mean(np.zeros((4, 3)), 2)


def test_every_row_is_held_by_one_client_and_by_label_a_client_holds_few_classes() -> None:
    train, _ = _data()
    for how in ("iid", "label", "order"):
        held = partition(train, 5, how, 0)
        assert sorted(np.concatenate(held).tolist()) == list(range(len(train)))
    assert max(len(np.unique(train.y[rows])) for rows in partition(train, 5, "label", 0)) <= 3
    assert min(len(np.unique(train.y[rows])) for rows in partition(train, 5, "iid", 0)) == 10


def test_a_federation_learns_and_the_secure_sum_gives_the_model_of_the_plain_mean() -> None:
    train, test = _data()
    plain, secure = (
        FederatedLearning(rounds=2, aggregation=rule).harden(_recipe()).fit(train, 0)
        for rule in ("mean", "secure mean")
    )
    assert _right(secure, test) > 0.4
    assert np.abs(plain.scores(test.x) - secure.scores(test.x)).max() < 1e-3


def test_one_client_with_poisoned_rows_costs_the_mean_more_than_krum() -> None:
    train, test = _data()
    rows = partition(train, 5, "iid", 0)[0]
    y = train.y.copy()
    y[rows] = (y[rows] + 1) % 10
    poisoned = Dataset(x=train.x, y=y, classes=10)
    lost = {}
    for rule in ("mean", "krum"):
        recipe = FederatedLearning(rounds=3, aggregation=rule).harden(_recipe())
        lost[rule] = _right(recipe.fit(train, 0), test) - _right(recipe.fit(poisoned, 0), test)
    assert lost["krum"] < 0.01
    assert lost["mean"] > lost["krum"] + 0.02


def test_parameters_change_the_digest_and_other_models_are_refused() -> None:
    recipe = _recipe()
    digests = {
        FederatedLearning(clients=clients, aggregation=rule).harden(recipe).digest
        for clients in (5, 6)
        for rule in ("mean", "median")
    }
    assert len(digests | {recipe.digest}) == 5
    tumours = rigs.tumours().recipe
    assert tumours is not None
    with pytest.raises(Unsuitable):
        FederatedLearning().harden(tumours)
    with pytest.raises(Unsuitable, match="two clients"):
        FederatedLearning(clients=1).harden(recipe)


def test_the_training_data_and_the_base_are_left_as_they_were() -> None:
    train, _ = _data()
    base = _recipe().build()
    data, weights = train.digest, state_digest(base)
    FederatedLearning(rounds=1, local_epochs=1).harden(_recipe().with_("based", base=base)).fit(train, 0)
    assert (train.digest, state_digest(base)) == (data, weights)
