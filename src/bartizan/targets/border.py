"""The border of a target: queries are counted, limited, recorded and slowed down here, and answers checked.

Nothing in an attack counts its own queries. A query is one sample that is answered; a gradient counts as one more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import numpy as np

from bartizan.core.errors import BartizanError, BudgetSpent, described
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Pull, Scores, Wrapped


class BadAnswer(BartizanError):
    """A target answered what no predictor may answer; its text says what, and what was expected."""


class TargetCrashed(BartizanError):
    """A target raised an error of its own while it was asked; its text says which. What was found before is kept."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Hard limits on a target. None: no limit."""

    queries: int | None = None
    seconds: float | None = None
    """Of the target's own time."""
    per_second: float | None = None
    """Queries a second at most: the border waits, it does not refuse."""


class Ledger:
    """What has been asked so far."""

    def __init__(self) -> None:
        self.queries = 0
        self.calls = 0
        self.gradients = 0
        self.seconds = 0.0
        """The target's own time, by the clock."""


class Border(Wrapped):
    """A target behind a counter. ``record`` is called with every batch that passes, before it is answered."""

    def __init__(
        self,
        inner: Predictor,
        budget: Budget | None = None,
        *,
        record: Callable[[Inputs], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(inner)
        self.budget = budget or Budget()
        self.ledger = Ledger()
        self.is_spent = False
        """Whether anything was asked for beyond the budget: who asked was cut short."""
        self._record = record
        self._sleep, self._clock = sleep, clock
        self._started: float | None = None
        self._lock = threading.Lock()

    def labels(self, x: Inputs) -> Labels:
        """As the inner one, counted and checked."""
        with self._passage(x):
            answer = self.inner.labels(x)
        return self._checked_labels(answer, len(x))

    def scores(self, x: Inputs) -> Scores:
        """As the inner one, counted and checked."""
        with self._passage(x):
            answer = self.inner.scores(x)
        return self._checked_scores(answer, len(x))

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the inner one, counted and checked; the pull counts the same again."""
        with self._passage(x):
            logits, pull = self.inner.differentiate(x)
        self._check_shape("logits", logits, (len(x), self.card.classes))

        def counted(weights: Scores) -> Inputs:
            with self._passage(x, gradients=True):
                gradient = pull(weights)
            self._check_shape("a gradient", gradient, x.shape)
            return gradient

        return logits, counted

    @contextmanager
    def _passage(self, x: Inputs, *, gradients: bool = False) -> Iterator[None]:
        with self._lock:
            self._admit(len(x))
            self.ledger.queries += len(x)
            self.ledger.calls += 1
            self.ledger.gradients += len(x) if gradients else 0
        if self._record is not None and not gradients:
            self._record(x)
        start = time.perf_counter()
        try:
            yield
        except BartizanError:
            raise
        except Exception as error:
            raise TargetCrashed(f"{self.card.name}: it crashed with {described(error)}") from error
        finally:
            self.ledger.seconds += time.perf_counter() - start

    def _admit(self, n: int) -> None:
        allowed, spent = self.budget.queries, self.ledger.queries
        if allowed is not None and spent + n > allowed:
            self.is_spent = True
            raise BudgetSpent(f"{self.card.name}: {spent} of {allowed} queries are spent, and {n} more were asked for")
        if self.budget.seconds is not None and self.ledger.seconds >= self.budget.seconds:
            self.is_spent = True
            raise BudgetSpent(f"{self.card.name}: it has worked for {self.ledger.seconds:.1f} s, its whole budget")
        if self.budget.per_second:
            now = self._clock()
            self._started = now if self._started is None else self._started
            ahead = self._started + spent / self.budget.per_second - now
            if ahead > 0:
                self._sleep(ahead)

    def _checked_labels(self, answer: Labels, n: int) -> Labels:
        self._check_shape("labels", answer, (n,))
        labels = np.asarray(answer)
        if labels.dtype.kind not in "iu":
            raise BadAnswer(f"{self.card.name}: labels are {labels.dtype}, not integers; return the index of the class")
        if n and not (labels.min() >= REFUSED and labels.max() < self.card.classes):
            raise BadAnswer(
                f"{self.card.name}: labels from {labels.min()} to {labels.max()}; "
                f"its card says {self.card.classes} classes, so 0 to {self.card.classes - 1}"
            )
        return labels.astype(np.int64, copy=False)

    def _checked_scores(self, answer: Scores, n: int) -> Scores:
        self._check_shape("scores", answer, (n, self.card.classes))
        scores = np.asarray(answer, np.float64)
        sums = scores.sum(axis=1)
        refused = ~scores.any(axis=1)
        if not np.isfinite(scores).all():
            bad = int((~np.isfinite(scores)).any(axis=1).sum())
            raise BadAnswer(f"{self.card.name}: {bad} of {n} rows of scores hold NaN or infinity")
        if scores.min(initial=0.0) < -1e-6 or (np.abs(sums[~refused] - 1) > 1e-3).any():
            raise BadAnswer(f"{self.card.name}: scores are no probabilities; rows must be 0 or more and add up to 1")
        return scores

    def _check_shape(self, what: str, answer: Inputs, expected: tuple[int, ...]) -> None:
        shape = np.shape(answer)
        if shape != expected:
            raise BadAnswer(f"{self.card.name}: {what} of shape {shape}; expected {expected}")
