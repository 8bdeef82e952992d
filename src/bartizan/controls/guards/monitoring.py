"""Monitor use: what each caller asks is recorded and compared with ordinary use. It alarms and blocks nothing."""

from __future__ import annotations

import math
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import Guarded, Rows
from bartizan.controls.guards.spaces import Points, points_of
from bartizan.controls.guards.suspicion import Suspicion, halves, threshold_at
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Predictor, Scores, Unsuitable

SIGNS = ("near the boundary", "step from query to query", "share of one class", "repeated")
"""What is looked at in each window of a caller's queries."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A window of queries that is unlike ordinary ones."""

    caller: str
    query: int
    """The number of the caller's query with which the window ended, from 1."""
    suspicion: float
    sign: str
    """What differed most."""


class Record(msgspec.Struct):
    """What one caller has done."""

    queries: int = 0
    refused: int = 0
    """By guards behind this one."""
    waiting: list[NDArray[np.float64]] = msgspec.field(default_factory=list)
    """Rows of (point, margin, label) of the window that is not full yet."""


class Monitored(Guarded):
    """Answers everything as the inner one does, and keeps records.

    Each caller's queries are cut into windows. A window's suspicion is how far its signs lie from those of ordinary
    windows, in standard deviations of the sign that lies farthest.
    """

    remembers: ClassVar[bool] = True

    def __init__(self, inner: Predictor, guard: MonitorUse, clean: Inputs) -> None:
        super().__init__(inner, guard.name)
        self.guard = guard
        self.threshold = math.inf
        self.alarms: list[Alarm] = []
        self.records: dict[str, Record] = {}
        self._points = points_of(inner, "inputs", clean)
        self._middle, self._wide = np.zeros(len(SIGNS)), np.ones(len(SIGNS))

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """Refuses nothing; a caller's first query opens their record."""
        self.records.setdefault(self.caller, Record())
        return x, np.zeros(len(x), np.bool_)

    def after_labels(self, x: Inputs, labels: Labels) -> Labels:
        """Unchanged, and recorded."""
        self._record(x, labels, np.full(len(x), np.nan))
        return labels

    def after_scores(self, x: Inputs, scores: Scores) -> Scores:
        """Unchanged, and recorded."""
        labels = np.where(scores.any(axis=1), scores.argmax(axis=1), -1)
        self._record(x, labels, _margins(scores))
        return scores

    def suspicion(self, x: Inputs) -> Suspicion:
        """Of each whole window if these were all of one caller's queries, in this order; shape (n // window,).

        Keeps no state. Asks the inner target.
        """
        size = self.guard.window
        rows = self._rows(x, *self._answers(x))
        signs = np.array([_signs(rows[i : i + size], self.guard.margin) for i in range(0, len(x) - size + 1, size)])
        return self._distance(signs).max(axis=1) if len(signs) else np.zeros(0)

    def learn(self, known: Dataset, others: Dataset, rng: np.random.Generator) -> None:
        """Set by ordinary windows: their signs from the first inputs, the threshold from the others."""
        size = self.guard.window
        ordinary = self._rows(known.x, *self._answers(known.x))
        windows = [ordinary[rng.choice(len(ordinary), size, replace=False)] for _ in range(200)]
        signs = np.array([_signs(window, self.guard.margin) for window in windows])
        self._middle, self._wide = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-3)
        rows = self._rows(others.x, *self._answers(others.x))
        windows = [rows[rng.choice(len(rows), size, replace=False)] for _ in range(400)]
        found = self._distance(np.array([_signs(window, self.guard.margin) for window in windows]))
        self.threshold = threshold_at(found.max(axis=1), self.guard.false_alarms)

    def _answers(self, x: Inputs) -> tuple[Labels, Suspicion]:
        if "scores" not in self.inner.card.capabilities:
            return self.inner.labels(x), np.full(len(x), np.nan)
        scores = self.inner.scores(x)
        return scores.argmax(axis=1), _margins(scores)

    def _rows(self, x: Inputs, labels: Labels, margins: Suspicion) -> Points:
        return np.column_stack([self._points(x), margins, labels.astype(float)])

    def _record(self, x: Inputs, labels: Labels, margins: Suspicion) -> None:
        record = self.records[self.caller]
        record.refused += int((labels < 0).sum())
        for row in self._rows(x, labels, margins):
            record.queries += 1
            record.waiting.append(row)
            if len(record.waiting) == self.guard.window:
                self._judge(record)

    def _judge(self, record: Record) -> None:
        distances = self._distance(_signs(np.array(record.waiting), self.guard.margin)[None])[0]
        record.waiting.clear()
        if distances.max() > self.threshold:
            sign = SIGNS[int(distances.argmax())]
            found = Alarm(caller=self.caller, query=record.queries, suspicion=float(distances.max()), sign=sign)
            self.alarms.append(found)

    def _distance(self, signs: Points) -> Points:
        return np.asarray(np.abs(signs - self._middle) / self._wide)


def _margins(scores: Scores) -> Suspicion:
    top = np.partition(scores, -2, axis=1)[:, -2:]
    return np.asarray(top[:, 1] - top[:, 0])


def _signs(window: Points, margin: float) -> NDArray[np.float64]:
    """One value for each of SIGNS; margins are NaN where only labels were asked, and then count as far."""
    points, margins, labels = window[:, :-2], window[:, -2], window[:, -1]
    steps = np.log(np.linalg.norm(np.diff(points, axis=0), axis=1) + 1e-3)
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    repeated = 1 - len(np.unique(points, axis=0)) / len(points)
    return np.array([np.mean(margins < margin), np.median(steps), shares.max(), repeated])


class MonitorUse(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Watches four signs in each window of a caller's queries and raises an alarm where one is out of the ordinary.

    It detects and does not hinder: its effect is measured by alarms on attacks and on ordinary use.
    """

    id: ClassVar[ControlId] = ControlId("monitor_use")
    title: ClassVar[str] = "Alarms by statistics of use"

    window: int = 50
    """Queries that are judged together."""
    margin: float = 0.2
    """The difference of the two highest scores below which a query counts as near the boundary."""
    false_alarms: float = 0.01
    """The share of ordinary windows that may raise one."""

    def __post_init__(self) -> None:
        """Refuse what cannot be judged."""
        if self.window < 3:
            raise ValueError(f"a window of {self.window} queries; it takes at least 3")

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Monitored:
        """Raises Unsuitable for texts, and where half of the clean inputs does not fill a window."""
        if target.card.domain.modality == "text":
            raise Unsuitable(f"{self.title} measures distances between numbers; texts have none")
        known, others = halves(clean, rng)
        if min(len(known), len(others)) < self.window:
            raise Unsuitable(f"{len(clean)} ordinary inputs are too few for windows of {self.window}")
        guard = Monitored(target, self, known.x)
        guard.learn(known, others, rng)
        return guard
