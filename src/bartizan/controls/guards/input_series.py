"""Unwanted input series handling: queries are judged together, for each caller, in the order in which they come."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import Guarded, Rows
from bartizan.controls.guards.spaces import Points, Space, points_of
from bartizan.controls.guards.suspicion import Suspicion, numeric
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Predictor, Unsuitable


class SeriesGuard(Guarded):
    """Blocks a caller for good, from the query on that is too close to ``neighbours`` of their last ``window`` ones.

    The answer does not depend on how a series is cut into batches. What is blocked is not remembered.
    """

    remembers: ClassVar[bool] = True

    def __init__(self, inner: Predictor, guard: SimilarSeries, clean: Inputs) -> None:
        super().__init__(inner, guard.name)
        self.guard = guard
        self.threshold = 0.0
        self._points = points_of(inner, guard.space, clean)
        self._recent: dict[str, Points] = {}
        self.blocked: dict[str, int] = {}
        """Caller -> how many queries were answered before the block."""
        self._asked: dict[str, int] = {}

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """Refuse everything from the first suspicious query of this caller on."""
        caller, refused = self.caller, np.ones(len(x), np.bool_)
        if caller in self.blocked:
            return x, refused
        points = self._points(x)
        recent = self._recent.get(caller, points[:0])
        close = closeness(points, recent, self.guard.neighbours, self.guard.window)
        suspicious = np.flatnonzero(~(close >= self.threshold))
        passed = int(suspicious[0]) if len(suspicious) else len(x)
        refused[:passed] = False
        self._asked[caller] = self._asked.get(caller, 0) + passed
        self._recent[caller] = np.concatenate([recent, points[:passed]])[-self.guard.window :]
        if passed < len(x):
            self.blocked[caller] = self._asked[caller]
        return x, refused

    def release(self, caller: str) -> None:
        """Let a caller in again, with nothing remembered of them."""
        for memory in (self.blocked, self._recent, self._asked):
            memory.pop(caller, None)

    def suspicion(self, x: Inputs) -> Suspicion:
        """How suspicious each query is if these were all of one caller's, in this order; keeps no state. Shape (n,).

        Minus the mean distance to the nearest earlier ones; minus infinity while there are too few.
        """
        points = self._points(x)
        return -closeness(points, points[:0], self.guard.neighbours, self.guard.window)


def closeness(points: Points, recent: Points, neighbours: int, window: int) -> NDArray[np.float64]:
    """The mean distance of each point to its nearest ``neighbours`` among the last ``window`` before it, shape (n,).

    ``recent`` are those before the first. Infinite while there are fewer than ``neighbours``, NaN for a point that is
    not finite.
    """
    series = np.concatenate([recent, points])
    found = np.full(len(points), np.inf)
    for start in range(0, len(points), 256):
        stop = min(start + 256, len(points))
        first = max(0, len(recent) + start - window)
        distances = need("scipy.spatial.distance").cdist(points[start:stop], series[first : len(recent) + stop])
        age = (len(recent) + np.arange(start, stop))[:, None] - np.arange(first, len(recent) + stop)
        distances[(age <= 0) | (age > window)] = np.inf
        if distances.shape[1] > neighbours:
            nearest = np.partition(distances, neighbours - 1, axis=1)[:, :neighbours]
            found[start:stop] = nearest.mean(axis=1)
    found[~np.isfinite(points).all(axis=1)] = np.nan
    return found


class SimilarSeries(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Finds searches: many queries that are closer to one another than ordinary ones ever are.

    Extraction with natural inputs does not look like that, and a caller with many names escapes it.
    """

    id: ClassVar[ControlId] = ControlId("unwanted_input_series_handling")
    title: ClassVar[str] = "Detect searches among a caller's recent queries"
    source: ClassVar[str] = (
        "Chen, Carlini and Wagner 2020, Stateful detection of black-box adversarial attacks, section 4"
    )

    neighbours: int = 10
    window: int = 1000
    """How many queries of a caller are remembered."""
    false_positives: float = 0.01
    """The share of ordinary callers, each of whom sends ``stream`` queries, that may be blocked."""
    stream: int = 200
    factor: float = 0.75
    """The threshold is this share of what such callers reach: for longer streams, and for people who repeat a query."""
    space: Space = "inputs"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 1 <= self.neighbours < self.window:
            raise ValueError(f"{self.neighbours} neighbours do not fit into a window of {self.window}")

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> SeriesGuard:
        """The threshold is set by the closest queries of many streams drawn from the clean inputs."""
        numeric(target, self.title)
        length = min(self.stream, len(clean))
        if length <= 2 * self.neighbours:
            raise Unsuitable(f"{len(clean)} ordinary inputs are too few to look for {self.neighbours} neighbours")
        guard = SeriesGuard(target, self, clean.x)
        streams = [clean.x[rng.choice(len(clean), length, replace=False)] for _ in range(100)]
        closest = np.array([-guard.suspicion(stream).max() for stream in streams])
        guard.threshold = self.factor * float(np.quantile(closest, self.false_positives))
        return guard
