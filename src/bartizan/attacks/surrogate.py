"""Models of the attacker's own that stand in for the target, and the way up on several of them at once."""

from __future__ import annotations

import warnings

import numpy as np

from bartizan.attacks.family import Knowledge
from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe


def harvest(target: Predictor, knowledge: Knowledge, answers: int, rng: np.random.Generator) -> Dataset:
    """Inputs of the reserve with the target's answers; the rest, and all where ``answers`` is 0, with their own labels.

    Raises Unsuitable where the attacker has no data.
    """
    reserve = knowledge.reserve
    if reserve is None or not len(reserve):
        raise Unsuitable("a surrogate needs data of the same kind that the target was not trained on (a reserve)")
    asked = np.sort(rng.permutation(len(reserve))[:answers])
    labels = np.asarray(reserve.y).copy()
    if len(asked):
        labels[asked] = target.labels(reserve.x[asked])
    known = labels != REFUSED
    return Dataset(x=reserve.x[known], y=labels[known], classes=target.card.classes, name=reserve.name)


def own_recipe(domain: Domain) -> Recipe:
    """A small network, for an attacker who does not know how the target is made.

    Columns of a table are standardised. Pixels are only centred: one that is nearly always black would, divided by its
    spread, take most of the slope, and nothing of it would transfer.
    """
    network = need("sklearn.neural_network").MLPClassifier((128,), alpha=1e-3, max_iter=150)
    scaler = need("sklearn.preprocessing").StandardScaler(with_std=domain.modality == "table")
    return SklearnRecipe(need("sklearn.pipeline").make_pipeline(scaler, network), domain, "surrogate network")


def train(recipe: Recipe, data: Dataset, copies: int, rng: np.random.Generator) -> list[Predictor]:
    """So many models that differ in their seeds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a network could be trained for longer is no news to anybody
        return [recipe.fit(data, int(rng.integers(2**31))) for _ in range(copies)]


def ascend(surrogates: list[Predictor], origin: Dataset, limit: Limit, steps: int, decay: float) -> Inputs:
    """Inputs moved to the limit along the mean slope of the surrogates' losses, with momentum.

    It does not stop where the surrogates are fooled: what fools them best is what fools others. Source: Dong et al.,
    Boosting Adversarial Attacks with Momentum (2018), algorithm 1 and section 3.3 (an ensemble in logits' losses).
    """
    domain, x = surrogates[0].card.domain, origin.x.astype(float)
    momentum, flat = np.zeros_like(x), (len(x), *[1] * (x.ndim - 1))
    for _ in range(steps):
        slope = sum(_slope(surrogate, x.astype(origin.x.dtype), origin.y) for surrogate in surrogates)
        momentum = decay * momentum + slope / np.maximum(np.abs(slope).reshape(len(x), -1).mean(axis=1), 1e-30).reshape(
            flat
        )
        way = np.sign(momentum)
        if limit.norm == "l2":
            way = momentum / np.maximum(np.linalg.norm(momentum.reshape(len(x), -1), axis=1), 1e-30).reshape(flat)
        x = limit.project(x + way * 2 * limit.radius / steps, origin.x.astype(float))
        low, high = domain.bounds()
        x = np.clip(x, low, high)
    return allowed(domain, limit, x.astype(origin.x.dtype), origin.x)


def allowed(domain: Domain, limit: Limit, x: Inputs, origin: Inputs) -> Inputs:
    """What can be handed in, within the limit: rounded values that leave it go back to where they were."""
    real = domain.feasible(x.copy(), origin)
    outside = np.flatnonzero(~limit.holds(real, origin))
    if len(outside) and domain.features:
        discrete = np.array([feature.kind != "continuous" for feature in domain.features])
        real[outside] = np.where(discrete, origin[outside], real[outside])
    return real


def _slope(surrogate: Predictor, x: Inputs, truth: Labels) -> Inputs:
    """Of the cross-entropy by the input."""
    logits, pull = surrogate.differentiate(x)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    weights[np.arange(len(x)), truth] -= 1
    weights /= np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-300)
    return np.asarray(pull(weights), float)
