from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from bartizan.controls.privacy_ledger import BudgetExceeded, PrivacyLedger
from bartizan.controls.private_linear import PrivateLinear, clipped, fit_binary, noise_rate, perturbation
from bartizan.core.extras import need
from bartizan.lab.reference.rigs import DIGITS, digits_data
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe
from tests import rigs


def _tumours() -> tuple[Recipe, Dataset, Dataset]:
    rig = rigs.tumours()
    assert rig.recipe is not None
    assert rig.train is not None
    return rig.recipe, rig.train, rig.test


def _right(target: Predictor, test: Dataset) -> float:
    return float((target.labels(test.x) == test.y).mean())


def test_the_noise_has_the_scale_of_algorithm_2() -> None:
    # n 1000, epsilon 1, lambda .01: epsilon' = 1 - log(1 + .05 + .000625), no strength added
    rate, added = noise_rate(1000, 1.0, 0.01)
    assert added == 0
    assert rate == pytest.approx((1 - math.log(1 + 0.05 + 0.000625)) / 2)
    rate, added = noise_rate(10, 0.1, 0.01)  # too little strength: epsilon' is half of epsilon, and strength is added
    assert rate == pytest.approx(0.1 / 4)
    assert added == pytest.approx(0.25 / (10 * (math.exp(0.025) - 1)) - 0.01)


def test_the_noises_length_is_gamma_distributed_and_its_direction_is_none() -> None:
    rng = rigs.rng()
    drawn = np.stack([perturbation(20, 0.5, rng) for _ in range(4000)])
    lengths = np.linalg.norm(drawn, axis=1)
    assert lengths.mean() == pytest.approx(20 / 0.5, rel=0.02)
    assert lengths.std() == pytest.approx(math.sqrt(20) / 0.5, rel=0.05)
    assert np.abs(drawn.mean(axis=0)).max() < 0.6


def test_no_row_is_longer_than_one_wherever_it_comes_from() -> None:
    _, train, _ = _tumours()
    wild = np.vstack([train.x, train.x * 1e6, -train.x])
    assert np.linalg.norm(clipped(wild, rigs.tumours().target.card.domain), axis=1).max() <= 1 + 1e-12
    with pytest.raises(Unsuitable, match="longer than 1"):
        fit_binary(np.array([[2.0, 0.0]]), np.array([1.0]), 1.0, 0.1, rigs.rng())


def test_two_neighbours_give_any_model_with_about_the_same_likelihood() -> None:
    # The density of a model by theorem 9: that of the noise that leads to it, times the Jacobian of that map.
    rng, n, epsilon, strength = rigs.rng(5), 60, 0.8, 0.05
    x = rng.normal(size=(n, 3))
    x /= np.maximum(1, np.linalg.norm(x, axis=1, keepdims=True))
    y = rng.choice([-1.0, 1.0], n)
    other_x, other_y = x.copy(), y.copy()
    x[0], other_x[0] = (1, 0, 0), (-1, 0, 0)
    rate, added = noise_rate(n, epsilon, strength)

    def log_density(weights: np.ndarray, rows: np.ndarray, labels: np.ndarray) -> float:
        doubt = 1 / (1 + np.exp(labels * (rows @ weights)))
        noise = rows.T @ (labels * doubt) - n * (strength + added) * weights
        curve = (rows * (doubt * (1 - doubt))[:, None]).T @ rows + n * (strength + added) * np.eye(3)
        return float(-rate * np.linalg.norm(noise) + np.linalg.slogdet(curve)[1])

    losses = []
    for seed in range(200):
        weights = fit_binary(x, y, epsilon, strength, rigs.rng(seed))
        losses.append(abs(log_density(weights, x, y) - log_density(weights, other_x, other_y)))
    assert 0.2 * epsilon < max(losses) <= epsilon


def test_more_epsilon_gives_a_better_model_and_the_ledger_knows_what_it_cost() -> None:
    recipe, train, test = _tumours()
    accuracy = {
        e: np.mean(
            [_right(PrivateLinear(epsilon=e, strength=0.001).harden(recipe).fit(train, s), test) for s in range(5)]
        )
        for e in (0.1, 50.0)
    }
    assert accuracy[50.0] > 0.9 > accuracy[0.1]
    first = PrivateLinear(epsilon=0.7, ledger=PrivacyLedger(budget=1.0)).harden(recipe).fit(train, 0)
    assert first.ledger.spent == pytest.approx(0.7)
    with pytest.raises(BudgetExceeded):
        PrivateLinear(epsilon=0.7, ledger=first.ledger).harden(recipe).fit(train, 0)


def test_its_gradients_are_those_of_its_logits() -> None:
    recipe, train, test = _tumours()
    target = PrivateLinear(epsilon=20.0).harden(recipe).fit(train, 0)
    x, span = test.x[:4], target.card.domain.span()
    weights = rigs.rng().normal(size=(4, 2))
    _, pull = target.differentiate(x)
    step = rigs.rng(1).normal(size=x.shape) * span * 1e-6
    rise = ((target.differentiate(x + step)[0] - target.differentiate(x - step)[0]) * weights).sum(axis=1) / 2
    assert np.allclose((pull(weights) * step).sum(axis=1), rise, rtol=1e-3, atol=1e-12)


def test_ten_classes_share_epsilon() -> None:
    recipe = SklearnRecipe(need("sklearn.linear_model").LogisticRegression(), DIGITS)
    data = digits_data().take(slice(0, 600))
    target = PrivateLinear(epsilon=200.0, strength=0.001).harden(recipe).fit(data, 0)
    assert target.ledger.spent == pytest.approx(200.0)
    assert _right(target, data) > 0.7
    assert np.allclose(target.scores(data.x).sum(axis=1), 1)


def test_other_models_and_features_without_bounds_are_refused() -> None:
    forest = rigs.tumours("forest").recipe
    assert forest is not None
    with pytest.raises(Unsuitable, match="logistic regression"):
        PrivateLinear().harden(forest)
    endless = Domain(modality="table", shape=(1,), features=(Feature(name="income"),))
    with pytest.raises(Unsuitable, match="no bounds"):
        PrivateLinear().harden(SklearnRecipe(need("sklearn.linear_model").LogisticRegression(), endless))
    recipe, _, _ = _tumours()
    assert PrivateLinear().harden(recipe).digest != PrivateLinear(epsilon=2.0).harden(recipe).digest
    assert msgspec.json.decode(msgspec.json.encode(PrivateLinear()), type=PrivateLinear) == PrivateLinear()
