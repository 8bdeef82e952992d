from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bartizan.attacks.family import Evasion
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.attacks.gradient.carlini_wagner import CarliniWagner
from bartizan.attacks.gradient.fgsm import Fgsm
from bartizan.attacks.gradient.ground import Ground, reachable
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Card, Predictor, Wrapped
from tests.attacks.gradient.models import fooled, last, table
from tests.rigs import rng, tumours

ATTACKS: list[Evasion] = [
    Fgsm(),
    Pgd(steps=20),
    ApgdCe(steps=20),
    ApgdT(steps=20),
    CarliniWagner(searches=4, steps=60, rate=0.05, constant=100),
]


class Within(Wrapped):
    """The same model under other rules of what can be changed."""

    def __init__(self, inner: Predictor, features: tuple[Feature, ...]) -> None:
        super().__init__(inner)
        domain = msgspec.structs.replace(inner.card.domain, features=features)
        self._card = msgspec.structs.replace(inner.card, domain=domain)

    @property
    def card(self) -> Card:
        return self._card


def rows(n: int = 40) -> Dataset:
    rig = table()
    return rig.test.take(np.flatnonzero(rig.target.labels(rig.test.x) == rig.test.y)[:n])


def ruled() -> Within:
    """Columns of all kinds: fixed, one way only, whole numbers, categories, without bounds."""
    plain = table().target
    columns = list(plain.card.domain.features)
    changed = {0: {"direction": "none"}, 1: {"direction": "up"}, 2: {"direction": "down"}, 3: {"kind": "integer"}}
    for i, how in changed.items():
        columns[i] = msgspec.structs.replace(columns[i], **how)
    columns[22] = msgspec.structs.replace(columns[22], kind="categorical", categories=(50.0, 60.0, 100.0, 200.0))
    columns[23] = msgspec.structs.replace(columns[23], low=-np.inf, high=np.inf)
    return Within(plain, tuple(columns))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_a_model_of_two_classes_on_a_table_is_fooled_in_64_bits(attack: Evasion) -> None:
    data, limit = rows(), Limit(norm="l2", radius=300.0)
    x = last(attack, table().target, data, limit)
    assert x.dtype == np.float64
    assert fooled(table().target, x, data) > 0.4


@pytest.mark.parametrize("attack", ATTACKS[:4], ids=lambda attack: attack.id)
@pytest.mark.parametrize("limit", [Limit(norm="l2", radius=300), Limit(norm="linf", radius=100)], ids=str)
def test_what_cannot_be_changed_in_a_table_is_not(attack: Evasion, limit: Limit) -> None:
    data, target = rows(), ruled()
    x = last(attack, target, data, limit)
    assert (target.card.domain.feasible(x, data.x) == x).all()
    assert limit.holds(x, data.x).all()
    assert (x[:, 0] == data.x[:, 0]).all()
    assert (x[:, 1] >= data.x[:, 1]).all()
    assert (x[:, 2] <= data.x[:, 2]).all()
    assert fooled(target, x, data) > 0.2


def test_carlini_wagner_hands_in_what_is_feasible() -> None:
    data, target = rows(), ruled()
    x = last(ATTACKS[4], target, data, Limit(norm="l2", radius=1000))
    assert (target.card.domain.feasible(x, data.x) == x).all()
    assert (x[:, 0] == data.x[:, 0]).all()
    assert fooled(target, x, data) > 0.2


def test_a_target_without_gradients_is_named() -> None:
    assert "gradients" in ApgdCe().unfit(tumours(model="forest").target)
    assert ApgdCe().unfit(table().target) == ""


@pytest.mark.parametrize("limit", [Limit(norm="l2", radius=1.7), Limit(norm="linf", radius=0.7)], ids=str)
def test_the_ground_rounds_back_into_the_limit(limit: Limit) -> None:
    features = (
        Feature(name="whole", kind="integer", low=0, high=9),
        Feature(name="kind", kind="categorical", low=0, high=9, categories=(0.0, 1.0, 4.0)),
        Feature(name="any", low=0, high=9),
    )
    domain = Domain(modality="table", shape=(3,), features=features)
    origin = np.column_stack([rng().integers(0, 9, 200), rng(1).choice([0.0, 1.0, 4.0], 200), rng(2).random(200) * 9])
    ground = Ground(domain, limit, origin)
    x = ground.real(ground.project(origin + rng(3).normal(0, 2, origin.shape)))
    assert limit.holds(x, origin).all()
    assert (domain.feasible(x, origin) == x).all()
    assert (x != origin).any()


def test_a_radius_in_32_bits_is_never_exceeded() -> None:
    origin = (rng().random((100, 1, 4, 4)) * 900).astype(np.float32)
    domain = Domain(modality="image", shape=(1, 4, 4), high=1000)
    limit = Limit(norm="linf", radius=0.01)
    ground = Ground(domain, limit, origin)
    x = ground.project(origin + 1)
    assert x.dtype == np.float32
    assert (np.abs(x.astype(float) - origin) <= limit.radius).all()


def test_faint_gradients_keep_their_direction_in_32_bits() -> None:
    ground = Ground(Domain(modality="image", shape=(2,)), Limit(norm="l2", radius=1), np.zeros((2, 2), np.float32))
    step = ground.uphill(np.array([[3e-30, 4e-30], [0, 0]], np.float32), np.empty((2, 2), np.float32))
    np.testing.assert_allclose(step, np.array([[0.6, 0.8], [0, 0]]), rtol=1e-5)


def test_reachable_values_follow_the_directions() -> None:
    ways = ("both", "up", "down", "none")
    features = tuple(Feature(name=way, low=0, high=9, direction=way) for way in ways)  # type: ignore[arg-type]
    low, high = reachable(Domain(modality="table", shape=(4,), features=features), np.full((2, 4), 5.0))
    assert low[0].tolist() == [0, 5, 0, 5]
    assert high[0].tolist() == [9, 9, 5, 5]
