"""Logistic regression under differential privacy by perturbing what it minimises."""

from __future__ import annotations

import hashlib
import math
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Hardened, mark
from bartizan.controls.privacy_ledger import PrivacyLedger, Release
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import CAPABILITIES, Card, Labels, Predictor, Pull, Scores, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe

_CURVE = 0.25
"""The most that the logistic loss curves: the paper's c."""


class PrivateLinear(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Objective perturbation: a random linear term in the objective, and rows clipped to length 1.

    Neighbouring data sets have the same size and differ in one record. Epsilon is pure: delta is 0. It takes the
    domain's bounds as public: where they were read off the training data, that reading is not covered. The proof
    speaks of the exact minimum; Newton's method comes within a gradient of 1e-9 of it. More than two classes are
    learned one against the rest, with an equal part of epsilon for each.
    """

    id: ClassVar[ControlId] = ControlId("obfuscate_training_data")
    variant: ClassVar[str] = "objective"
    title: ClassVar[str] = "Logistic regression with a perturbed objective"
    source: ClassVar[str] = (
        "K. Chaudhuri, C. Monteleoni, A. Sarwate, Differentially private empirical risk minimization, JMLR 12 (2011), "
        "algorithm 2 and theorem 9"
    )

    epsilon: float = 1.0
    strength: float = 0.01
    """Of the regularisation; the paper's capital lambda."""
    ledger: PrivacyLedger | None = None
    """What was spent on these data before, and the budget of all runs."""

    def harden(self, recipe: Recipe) -> PrivateLinearRecipe:
        """Private logistic regression in its place. Unsuitable where the recipe is no logistic regression."""
        if not isinstance(recipe, SklearnRecipe) or not _is_logistic(recipe):
            raise Unsuitable(f"{recipe.name}: the proof is for scikit-learn's logistic regression")
        if recipe.domain.modality == "text":
            raise Unsuitable(f"{recipe.name}: words are learned from the texts, which no proof covers")
        if not np.isfinite(np.stack(recipe.domain.bounds())).all():
            raise Unsuitable(f"{recipe.name}: a feature has no bounds; state public ones in the domain to clip rows by")
        if self.epsilon <= 0 or self.strength <= 0:
            raise Unsuitable("epsilon and strength must be above 0")
        return PrivateLinearRecipe(recipe, self)


def _is_logistic(recipe: SklearnRecipe) -> bool:
    steps = getattr(recipe.estimator, "steps", None)
    last = steps[-1][1] if steps else recipe.estimator
    return isinstance(last, need("sklearn.linear_model").LogisticRegression)


class LinearPredictor(Predictor):
    """Linear scores of clipped rows, with labels, scores and gradients."""

    def __init__(self, weights: NDArray[np.float64], domain: Domain, name: str, ledger: PrivacyLedger) -> None:
        self.weights = weights
        """(classes, values + 1); the last one stands for the constant."""
        self.ledger = ledger
        digest = hashlib.sha256(weights.tobytes()).hexdigest()
        capabilities = frozenset(CAPABILITIES)
        self._card = Card(name=name, classes=len(weights), domain=domain, capabilities=capabilities, digest=digest)

    @property
    def card(self) -> Card:
        """What is known about it."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """The class with the highest score."""
        return np.asarray((clipped(x, self._card.domain) @ self.weights.T).argmax(axis=1), np.int64)

    def scores(self, x: Inputs) -> Scores:
        """The softmax of the linear scores."""
        logits = clipped(x, self._card.domain) @ self.weights.T
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exps / exps.sum(axis=1, keepdims=True))

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """Linear scores, and the pull through the clipping."""
        rows, lengths, scale = _scaled(x, self._card.domain)
        logits = clipped(x, self._card.domain) @ self.weights.T

        def pull(weights: Scores) -> Inputs:
            back = (weights @ self.weights)[:, :-1] / math.sqrt(2)
            unit = rows / np.maximum(lengths, 1.0)
            along = (back * unit).sum(axis=1, keepdims=True) * unit
            inner = np.where(lengths > 1, (back - along) / np.maximum(lengths, 1.0), back)
            return np.asarray((inner * scale).reshape(x.shape))

        return np.asarray(logits), pull


def clipped(x: Inputs, domain: Domain) -> NDArray[np.float64]:
    """Rows of length 1 at most, shape (n, values + 1): what bounds the influence of each.

    Values go from their bounds to -1 .. 1 and are divided by half the root of their number, which gives an ordinary row
    a length of about 1. Longer rows are cut to length 1 and keep their direction; a constant is added, and all is
    divided by the root of 2.
    """
    rows, lengths, _ = _scaled(x, domain)
    rows = rows / np.maximum(lengths, 1.0)
    return np.hstack([rows, np.ones((len(rows), 1))]) / math.sqrt(2)


def _scaled(x: Inputs, domain: Domain) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    low, high = (np.asarray(bound, np.float64).ravel() for bound in domain.bounds())
    scale = 2 / np.maximum(high - low, 1e-12) / (0.5 * math.sqrt(len(low)))
    rows = (np.asarray(x, np.float64).reshape(len(x), -1) - (low + high) / 2) * scale
    return rows, np.linalg.norm(rows, axis=1, keepdims=True), scale


class PrivateLinearRecipe(Hardened):
    """Private logistic regression."""

    def __init__(self, inner: SklearnRecipe, how: PrivateLinear) -> None:
        super().__init__(inner, mark(msgspec.structs.replace(how, ledger=None)))
        self.inner: SklearnRecipe = inner
        self.how = how

    def fit(self, data: Dataset, seed: int) -> LinearPredictor:
        """The model with its ledger. Raises BudgetExceeded before anything is trained."""
        release = Release(what=self.name, neighbours="replace", epsilon=self.how.epsilon)
        ledger = (self.how.ledger or PrivacyLedger(budget=self.how.epsilon)).charge(release)
        rng = np.random.default_rng(seed)
        x = clipped(data.x, self.inner.domain)
        rest = range(1, 2) if data.classes == 2 else range(data.classes)
        share = self.how.epsilon / len(rest)
        fitted = [fit_binary(x, np.where(data.y == k, 1.0, -1.0), share, self.how.strength, rng) for k in rest]
        weights = np.stack([-fitted[0] / 2, fitted[0] / 2] if data.classes == 2 else fitted)
        return LinearPredictor(weights, self.inner.domain, self.name, ledger)


def noise_rate(n: int, epsilon: float, strength: float) -> tuple[float, float]:
    """The rate of the noise's length and the strength that is added, of algorithm 2, for n rows of length 1 at most.

    The length of the noise is drawn from Gamma(values, 1 / rate). Too little strength for epsilon is made up for.
    """
    slack = epsilon - math.log1p(2 * _CURVE / (n * strength) + (_CURVE / (n * strength)) ** 2)
    if slack > 0:
        return slack / 2, 0.0
    return epsilon / 4, _CURVE / (n * math.expm1(epsilon / 4)) - strength


def perturbation(values: int, rate: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A vector of density proportional to exp(-rate * length), shape (values,)."""
    direction = rng.standard_normal(values)
    return np.asarray(direction / np.linalg.norm(direction) * rng.gamma(values, 1 / rate))


def fit_binary(
    x: NDArray[np.float64], y: NDArray[np.float64], epsilon: float, strength: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Weights for labels -1 and 1, shape (values,). Raises Unsuitable for rows longer than 1, or without a minimum."""
    if np.linalg.norm(x, axis=1).max(initial=0.0) > 1 + 1e-9:
        raise Unsuitable("a row is longer than 1: the noise would be too small for its influence")
    n, values = x.shape
    rate, added = noise_rate(n, epsilon, strength)
    push, total = perturbation(values, rate, rng) / n, strength + added
    weights = np.zeros(values)
    for _ in range(200):
        doubt = need("scipy.special").expit(-y * (x @ weights))
        gradient = -(x * (y * doubt)[:, None]).mean(axis=0) + total * weights + push
        if np.linalg.norm(gradient) <= 1e-9:
            return weights
        curve = (x * (doubt * (1 - doubt))[:, None]).T @ x / n + total * np.eye(values)
        weights = weights - _damped(np.linalg.solve(curve, gradient), weights, x, y, total, push)
    raise Unsuitable("the perturbed objective was not brought to its minimum, and the proof is for the minimum")


def _damped(
    step: NDArray[np.float64],
    weights: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    total: float,
    push: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Newton's step, halved until the objective does not rise."""

    def objective(at: NDArray[np.float64]) -> float:
        loss = np.logaddexp(0, -y * (x @ at)).mean()
        return float(loss + total * at @ at / 2 + push @ at)

    here = objective(weights)
    for _ in range(60):
        if objective(weights - step) <= here + 1e-15:
            break
        step = step / 2
    return step
