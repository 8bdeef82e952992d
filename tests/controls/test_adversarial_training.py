from __future__ import annotations

import functools

import numpy as np
import pytest

from bartizan.controls.adversarial_training import Climb, FastTraining, PgdTraining, TradesTraining, mistakes
from bartizan.core.extras import need
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.predictor import Predictor
from tests.controls import short

RADIUS = 0.1


@functools.cache
def robust(kind: type[PgdTraining]) -> Predictor:
    control = FastTraining(radius=RADIUS) if kind is FastTraining else kind(radius=RADIUS, steps=3)
    return control.harden(short.network()).fit(short.images()[0], 0)


@pytest.mark.parametrize("kind", [PgdTraining, FastTraining, TradesTraining], ids=lambda kind: kind.__name__)
def test_a_network_trained_on_attacks_withstands_an_attack_of_many_steps_far_better(kind: type[PgdTraining]) -> None:
    test, model = short.images()[1], robust(kind)
    before = short.beaten(short.plain(), test, short.pgd(short.plain(), test, RADIUS))
    after = short.beaten(model, test, short.pgd(model, test, RADIUS))
    assert after < before - 0.2
    assert short.accuracy(model, test) > short.accuracy(short.plain(), test) - 0.06


def climbed(climb: Climb, x: np.ndarray, network: object) -> np.ndarray:
    torch = need("torch")
    given = torch.as_tensor(x, dtype=torch.float32)
    y = torch.zeros(len(x), dtype=torch.int64)
    changed = climb(network, given, mistakes(y), torch.Generator().manual_seed(0))
    return np.asarray(changed)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_inner_attack_stays_within_its_radius_and_the_bounds_and_leaves_the_network_in_training(norm: str) -> None:
    network = short.network(epochs=1).build().train()
    x = short.images()[1].x[:20]
    climb = Climb(domain=short.network().domain, radius=0.2, steps=3, step=0.5, norm=norm)  # type: ignore[arg-type]
    moved = climbed(climb, x, network) - x
    size = np.abs(moved).max() if norm == "linf" else np.linalg.norm(moved.reshape(20, -1), axis=1).max()
    assert 0.1 < size <= 0.2 + 1e-5
    assert (x + moved).min() >= 0
    assert (x + moved).max() <= 1
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_inner_attack_on_a_table_moves_only_what_an_attacker_can_in_the_width_of_each_column() -> None:
    features = (
        Feature(name="age", direction="none", low=0, high=100),
        Feature(name="pay", direction="up", low=0, high=1000),
        Feature(name="kind", kind="categorical", categories=(0, 1), low=0, high=1),
        Feature(name="free", low=0, high=10),
    )
    nn = need("torch").nn
    climb = Climb(domain=Domain(modality="table", shape=(4,), features=features), radius=0.1, steps=4, step=0.5)
    x = np.tile([50.0, 500.0, 1.0, 5.0], (30, 1))
    moved = climbed(climb, x, nn.Sequential(nn.Linear(4, 2))) - x
    assert not moved[:, [0, 2]].any()
    assert moved[:, 1].min() >= 0
    assert moved[:, 1].max() <= 100.001
    assert np.abs(moved[:, 3]).max() == pytest.approx(1.0, abs=0.01)


def test_longer_training_means_more_epochs() -> None:
    hardened = PgdTraining(longer=2.5).harden(short.network(epochs=4))
    assert hardened.epochs == 10  # type: ignore[attr-defined]
