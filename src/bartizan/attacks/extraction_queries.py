"""What a thief asks: inputs drawn from the domain, from data of the same kind, or picked by the copy so far."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.predictor import Predictor, Scores, Unsuitable

Picking = Literal["margin", "entropy", "spread", "both"]


def drawn(domain: Domain, n: int, rng: np.random.Generator) -> Inputs:
    """Inputs drawn evenly from all that the domain allows, shape (n, *shape): what somebody asks who has no data.

    Raises Unsuitable for texts, and for tables with a feature that has no bounds.
    """
    if domain.modality == "text":
        raise Unsuitable("texts cannot be drawn from a domain; give the attacker a reserve of texts")
    if not domain.features:
        kind = np.float32 if domain.modality == "image" else np.float64
        return np.asarray(rng.uniform(domain.low, domain.high, (n, *domain.shape)), kind)
    return np.stack([_drawn_feature(feature, n, rng) for feature in domain.features], axis=1)


def _drawn_feature(feature: Feature, n: int, rng: np.random.Generator) -> Inputs:
    if feature.kind == "categorical" and feature.categories:
        return rng.choice(np.asarray(feature.categories, float), n)
    if not (np.isfinite(feature.low) and np.isfinite(feature.high)):
        raise Unsuitable(f"feature '{feature.name}' has no bounds to draw from; give the attacker a reserve instead")
    if feature.kind == "integer":
        return rng.integers(int(np.ceil(feature.low)), int(np.floor(feature.high)) + 1, n).astype(float)
    return rng.uniform(feature.low, feature.high, n)


def pool(reserve: Dataset, domain: Domain, n: int, rng: np.random.Generator) -> Inputs:
    """The reserve's inputs in random order, and mixtures of them where it has fewer than ``n``."""
    own = reserve.x[rng.permutation(len(reserve))]
    if len(own) >= n:
        return own
    return np.concatenate([own, mixtures(own, domain, n - len(own), rng)])


def mixtures(x: Inputs, domain: Domain, n: int, rng: np.random.Generator) -> Inputs:
    """Inputs between two rows each, same type. Whole numbers and categories are taken from one of the two.

    Texts are spliced: the first words of the one, the last words of the other.
    """
    first, second = x[rng.integers(len(x), size=n)], x[rng.integers(len(x), size=n)]
    if domain.modality == "text":
        cuts = rng.uniform(0.2, 0.8, n)
        return np.array([_spliced(a, b, cut) for a, b, cut in zip(first, second, cuts, strict=True)], object)
    share = rng.uniform(0, 1, (n, *[1] * (x.ndim - 1)))
    mixed = first * share + second * (1 - share)
    for i, feature in enumerate(domain.features):
        if feature.kind != "continuous":
            mixed[:, i] = np.where(rng.random(n) < 0.5, first[:, i], second[:, i])
    return np.asarray(mixed, x.dtype)


def _spliced(first: str, second: str, cut: float) -> str:
    head, tail = str(first).split(), str(second).split()
    return " ".join([*head[: int(np.ceil(cut * len(head)))], *tail[int(cut * len(tail)) :]])


def picked(copy: Predictor, candidates: Inputs, asked: Inputs, n: int, picking: Picking) -> NDArray[np.intp]:
    """Which ``n`` of the candidates teach most, by index, as the copy sees them.

    ``margin`` and ``entropy``: where it is least sure (Tramèr et al. 2016, section 5; Pal et al. 2020).
    ``spread``: those whose answers differ most from what was asked and from one another (k-center; Pal et al. 2020,
    section 4). ``both``: a spread among the three times ``n`` it is least sure about. A copy without scores picks the
    first.
    """
    n = min(n, len(candidates))
    if "scores" not in copy.card.capabilities:
        return np.arange(n)
    scores = copy.scores(candidates)
    if picking == "spread":
        return spread(scores, copy.scores(asked), n)
    unsure = np.argsort(_sureness(scores, "entropy" if picking == "entropy" else "margin"), kind="stable")
    if picking != "both":
        return unsure[:n]
    near = unsure[: 3 * n]
    return near[spread(scores[near], copy.scores(asked), n)]


def _sureness(scores: Scores, how: Literal["margin", "entropy"]) -> NDArray[np.float64]:
    if how == "entropy":
        return np.asarray((scores * np.log(np.maximum(scores, 1e-12))).sum(axis=1))
    top = np.partition(scores, -2, axis=1)[:, -2:]
    return np.asarray(top[:, 1] - top[:, 0])


def spread(points: NDArray[np.float64], centres: NDArray[np.float64], n: int) -> NDArray[np.intp]:
    """Greedy k-center: ``n`` points by index, each the farthest from the centres and from those taken before."""
    far = np.full(len(points), np.inf)
    for start in range(0, len(centres), 256):
        some = centres[start : start + 256]
        squares = (points**2).sum(axis=1)[:, None] - 2 * points @ some.T + (some**2).sum(axis=1)
        far = np.minimum(far, squares.min(axis=1))
    taken = np.empty(n, np.intp)
    for i in range(n):
        taken[i] = int(far.argmax())
        far = np.minimum(far, ((points - points[taken[i]]) ** 2).sum(axis=1))
        far[taken[i]] = -np.inf
    return taken


class ClassBandit:
    """Which of the reserve's classes to draw from next, learnt from what the answers were worth.

    Source: Orekondy et al. 2019, section 4.2 (gradient bandit; rewards for certainty, diversity and loss), with the
    policy updated a batch at a time.
    """

    def __init__(self, classes: int, rate: float = 1.0) -> None:
        self.preference = np.zeros(classes)
        self._rate = rate
        self._mean: Scores | None = None

    @property
    def policy(self) -> NDArray[np.float64]:
        """The share of each class among the next queries."""
        exps = np.exp(self.preference - self.preference.max())
        return np.asarray(exps / exps.sum())

    def draw(self, left: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """``n`` of the rows that are left, by index; ``left`` holds the class of each. No row twice."""
        weights = self.policy[left] / np.maximum(np.bincount(left, minlength=len(self.preference))[left], 1)
        weights = np.maximum(weights, 1e-12)
        keys = np.log(rng.random(len(left))) / weights
        return np.argsort(-keys, kind="stable")[: min(n, len(left))]

    def learn(self, classes: NDArray[np.int64], answered: Scores, copied: Scores) -> None:
        """Prefer classes whose answers were sure, unlike the mean so far, and not yet those of the copy."""
        if not len(classes):
            return
        self._mean = answered.mean(axis=0) if self._mean is None else 0.5 * (self._mean + answered.mean(axis=0))
        rewards = np.stack(
            [
                _sureness(answered, "margin"),
                np.maximum(answered - self._mean, 0).sum(axis=1),
                -(answered * np.log(np.maximum(copied, 1e-6))).sum(axis=1),
            ]
        )
        wide = rewards.std(axis=1, keepdims=True)
        advantage = ((rewards - rewards.mean(axis=1, keepdims=True)) / np.where(wide > 1e-9, wide, 1.0)).mean(axis=0)
        gain = np.bincount(classes, weights=advantage, minlength=len(self.preference)) / len(classes)
        self.preference += self._rate * (gain - advantage.mean() * self.policy)
