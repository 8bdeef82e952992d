"""Unwanted input series handling: the distances between a caller's queries, which natural ones spread evenly."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import Guarded, Rows
from bartizan.controls.guards.spaces import points_of
from bartizan.controls.guards.suspicion import numeric
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Scores, Unsuitable


class Spread:
    """The queries of one caller: for each, how far it was from the nearest earlier one with the same answer."""

    def __init__(self) -> None:
        self.distances: list[float] = []
        self._of: dict[int, list[NDArray[np.float64]]] = {}

    def add(self, point: NDArray[np.float64], label: int) -> None:
        """One more query. The first of a class has no distance."""
        earlier = self._of.setdefault(label, [])
        if earlier:
            self.distances.append(float(np.linalg.norm(np.asarray(earlier) - point, axis=1).min()))
        earlier.append(point)

    def normality(self) -> float:
        """Shapiro and Wilk's W of the distances within three standard deviations: 1 where they are as if normal."""
        found = np.asarray(self.distances)
        near = found[np.abs(found - found.mean()) <= 3 * found.std()]
        if len(near) < 3 or np.ptp(near) < 1e-12:
            return 0.0
        return float(need("scipy.stats").shapiro(near).statistic)


class SpreadGuard(Guarded):
    """Blocks a caller for good once their queries' distances look made, tested after every ``every`` answers."""

    remembers: ClassVar[bool] = True

    def __init__(self, inner: Predictor, guard: QuerySpread, clean: Inputs) -> None:
        super().__init__(inner, guard.name)
        self.guard = guard
        self.threshold = 0.0
        self._points = points_of(inner, "inputs", clean)
        self._spreads: dict[str, Spread] = {}
        self._asked: dict[str, int] = {}
        self.blocked: dict[str, int] = {}
        """Caller -> how many queries were answered before the block."""

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """Refuse all of a caller who is blocked."""
        return x, np.full(len(x), self.caller in self.blocked)

    def after_labels(self, x: Inputs, labels: Labels) -> Labels:
        """What comes after the answer that gave a caller away is withheld."""
        shown = self._watched(x, labels)
        return np.where(np.arange(len(x)) < shown, labels, REFUSED)

    def after_scores(self, x: Inputs, scores: Scores) -> Scores:
        """What comes after the answer that gave a caller away is withheld."""
        labels = np.where(scores.any(axis=1), scores.argmax(axis=1), REFUSED)
        shown = self._watched(x, labels)
        return np.where((np.arange(len(x)) < shown)[:, None], scores, 0.0)

    def normality(self, x: Inputs) -> float:
        """Of these inputs if they were all of one caller's; keeps no state. The lower, the more suspicious."""
        spread = Spread()
        for point, label in zip(self._points(x), self.inner.labels(x), strict=True):
            spread.add(point, int(label))
        return spread.normality() if spread.distances else 0.0

    def _watched(self, x: Inputs, labels: Labels) -> int:
        """How many of the answers may be shown."""
        spread = self._spreads.setdefault(self.caller, Spread())
        for i, (point, label) in enumerate(zip(self._points(x), labels, strict=True)):
            spread.add(point, int(label))
            asked = self._asked[self.caller] = self._asked.get(self.caller, 0) + 1
            if asked % self.guard.every == 0 and not spread.normality() >= self.threshold:
                self.blocked[self.caller] = asked
                return i + 1
        return len(x)


class QuerySpread(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Finds extraction by made-up inputs: their distances to earlier ones of the same class have a shape of their own.

    Natural queries pass, whatever they are for; and so does pure noise, which lies as evenly as nature.
    """

    id: ClassVar[ControlId] = ControlId("unwanted_input_series_handling")
    variant: ClassVar[str] = "spread"
    title: ClassVar[str] = "Test how a caller's queries are spread"
    source: ClassVar[str] = "Juuti et al. 2019, PRADA, section 5"

    every: int = 100
    """After how many answers the distances are tested."""
    false_positives: float = 0.01
    """The share of tests on ordinary callers that may fail."""
    factor: float = 0.9
    """The threshold is this share of what such callers reach, for the test gets stricter with longer series."""

    def __post_init__(self) -> None:
        """Refuse what cannot be tested."""
        if self.every < 20:
            raise ValueError(f"a test after {self.every} answers; it takes at least 20")

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> SpreadGuard:
        """The threshold is set on a hundred series drawn from the clean inputs."""
        numeric(target, self.title)
        if len(clean) < self.every:
            raise Unsuitable(f"{len(clean)} ordinary inputs are too few for series of {self.every}")
        guard = SpreadGuard(target, self, clean.x)
        found = [guard.normality(clean.x[rng.choice(len(clean), self.every, replace=False)]) for _ in range(100)]
        guard.threshold = self.factor * float(np.quantile(found, self.false_positives))
        return guard
