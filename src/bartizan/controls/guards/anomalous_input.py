"""Anomalous input handling: refuse what is unlike the inputs that the model is meant for."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from bartizan.controls.family import Guard
from bartizan.controls.guards.spaces import Points, Space, points_of
from bartizan.controls.guards.suspicion import Detector, Suspicion, halves, numeric
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Predictor

Method = Literal["mahalanobis", "isolation", "neighbours"]
Score: TypeAlias = Callable[[Points], Suspicion]


class AnomalyDetector(Detector):
    """Refuses inputs whose points are too unusual."""

    def __init__(self, inner: Predictor, guard: str, points: Callable[[Inputs], Points], score: Score) -> None:
        super().__init__(inner, guard)
        self._points, self._score = points, score

    def suspicion(self, x: Inputs) -> Suspicion:
        """How unusual each input is, shape (n,); its unit depends on the method. NaN where a value is not finite."""
        points = self._points(x)
        sound = np.isfinite(points).all(axis=1)
        found = np.full(len(x), np.nan)
        if sound.any():
            found[sound] = self._score(points[sound])
        return found


class AnomalousInputHandling(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Refuses outliers: by Mahalanobis distance to the nearest class, isolation forest, or distance to neighbours."""

    id: ClassVar[ControlId] = ControlId("anomalous_input_handling")
    title: ClassVar[str] = "Refuse inputs unlike ordinary ones"
    source: ClassVar[str] = "Lee et al. 2018, section 2 (Mahalanobis); Liu et al. 2008; Sun et al. 2022 (neighbours)"

    method: Method = "mahalanobis"
    space: Space = "inputs"
    false_positives: float = 0.01
    """The share of ordinary inputs that may be refused."""
    neighbours: int = 5

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> AnomalyDetector:
        """Fitted on half of the clean inputs, its threshold set on the other half."""
        numeric(target, self.title)
        known, others = halves(clean, rng)
        points = points_of(target, self.space, known.x)
        score = self._score(points(known.x), known, int(rng.integers(2**31)))
        detector = AnomalyDetector(target, self.name, points, score)
        detector.calibrated(others, self.false_positives)
        return detector

    def _score(self, points: Points, known: Dataset, seed: int) -> Score:
        if self.method == "mahalanobis":
            return _mahalanobis(points, known)
        if self.method == "neighbours":
            return _neighbours(points, min(self.neighbours, len(points)))
        forest = need("sklearn.ensemble").IsolationForest(n_estimators=200, random_state=seed).fit(points)
        return lambda some: np.asarray(-forest.score_samples(some), np.float64)


def _mahalanobis(points: Points, known: Dataset) -> Score:
    present = np.unique(known.y)
    means = np.stack([points[known.y == label].mean(axis=0) for label in present])
    centred = points - means[np.searchsorted(present, known.y)]
    precision = need("sklearn.covariance").LedoitWolf(assume_centered=True).fit(centred).precision_
    # with precision = R R^T the Mahalanobis distance is the Euclidean one after turning by R
    root = np.linalg.cholesky(precision + 1e-12 * np.eye(len(precision)))
    turned = means @ root
    return lambda some: np.asarray(_distances(some @ root, turned).min(axis=1))


def _neighbours(points: Points, k: int) -> Score:
    def score(some: Points) -> Suspicion:
        return np.asarray(np.partition(_distances(some, points), k - 1, axis=1)[:, k - 1])

    return score


def _distances(first: Points, second: Points) -> Points:
    return np.asarray(need("scipy.spatial.distance").cdist(first, second))
