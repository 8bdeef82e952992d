"""Scores of predictions, and how much is lost between two of them, with intervals by a paired bootstrap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Measure: TypeAlias = Literal["auc", "log-loss", "r2"]
Floats: TypeAlias = npt.NDArray[np.float64]
MEASURES: Final[dict[Measure, str]] = {
    "auc": "ROC AUC",
    "log-loss": "share of the log loss of a constant guess that is avoided",
    "r2": "R2",
}
RESAMPLES: Final = 500
_CELLS: Final = 4_000_000
_SURE: Final = (2.5, 97.5)
_LEAST: Final = 1e-3
"""Probabilities below count as this: else single rows decide a log loss."""


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A score, and what it would have been on rows drawn anew."""

    value: float
    drawn: Floats

    @property
    def interval(self) -> Interval:
        """With its percentiles."""
        return _interval(self.value, self.drawn)

    def above(self, other: Score) -> Interval:
        """How much better it is than another on the same rows: each drawing compares the two on the same rows."""
        return _interval(self.value - other.value, self.drawn - other.drawn)


def _interval(value: float, drawn: Floats) -> Interval:
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < RESAMPLES // 2:
        return Interval(value=value, low=-np.inf, high=np.inf)
    low, high = np.percentile(drawn, _SURE)
    return Interval(value=float(value), low=float(min(low, value)), high=float(max(high, value)))


class Scoring:
    """One measure on one set of rows, drawn anew in the same ways for whatever is scored.

    `units` says which rows belong together, as the numbers of persons: they are drawn together or not at all.
    """

    def __init__(self, measure: Measure, y: Floats, *, seed: int, units: npt.NDArray[np.int64] | None = None) -> None:
        self._measure, self._y = measure, y
        rng = np.random.default_rng(seed)
        unit = np.arange(len(y)) if units is None else np.unique(units, return_inverse=True)[1]
        count = int(unit.max()) + 1
        chances = np.full(count, 1 / count)
        kind = np.uint8 if count > 1 else np.int64  # no row is drawn 256 times out of its own number
        drawn = [rng.multinomial(count, chances).astype(kind)[unit] for _ in range(RESAMPLES)]
        self._weights = np.stack(drawn)

    def score(self, predicted: Floats) -> Score:
        """Of probabilities (rows x classes) or, for numbers, of predictions (rows x 1)."""
        step = max(1, _CELLS // len(self._y))
        parts = [self._of(predicted, part) for part in self._parts(step)]
        return Score(value=self.once(predicted), drawn=np.concatenate(parts))

    def once(self, predicted: Floats) -> float:
        """The score without an interval."""
        return float(self._of(predicted, np.ones((1, len(self._y))))[0])

    def _parts(self, step: int) -> Iterator[Floats]:
        for start in range(0, RESAMPLES, step):
            yield self._weights[start : start + step].astype(np.float64)

    def _of(self, predicted: Floats, weights: Floats) -> Floats:
        if self._measure == "auc":
            return auc(self._y, predicted[:, 1], weights)
        if self._measure == "r2":
            return r2(self._y, predicted[:, 0], weights)
        return avoided(self._y, predicted, weights)


def auc(y: Floats, scores: Floats, weights: Floats) -> Floats:
    """The area under the ROC curve for each row of weights; ties count half. NaN where one class has no weight."""
    order = np.argsort(scores, kind="stable")
    sorted_scores = scores[order]
    starts = np.flatnonzero(np.r_[True, sorted_scores[1:] != sorted_scores[:-1]])
    positive = np.add.reduceat(weights[:, order] * y[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * (1 - y[order]), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (positive * below).sum(1) / (positive.sum(1) * negative.sum(1))
    return np.asarray(found, np.float64)


def avoided(y: Floats, probabilities: Floats, weights: Floats) -> Floats:
    """1 - log loss / log loss of always saying the shares of the classes (McFadden's R2), for each row of weights.

    Probabilities below .001 count as .001.
    """
    classes = y.astype(np.int64)
    paid = -np.log(np.clip(probabilities[np.arange(len(y)), classes], _LEAST, 1))
    counts = np.stack([weights @ (classes == one) for one in range(probabilities.shape[1])], axis=1)
    total = counts.sum(1)
    shares = np.clip(counts / total[:, None], _LEAST, 1)
    constant = -(counts * np.log(shares)).sum(1) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (weights @ paid) / total / constant, np.float64)


def r2(y: Floats, predicted: Floats, weights: Floats) -> Floats:
    """The share of the variance that is explained, for each row of weights."""
    total = weights.sum(1)
    middle = weights @ y / total
    spread = np.array([one @ (y - at) ** 2 for one, at in zip(weights, middle, strict=True)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (weights @ (y - predicted) ** 2) / spread, np.float64)
