"""Whether the target answers as the attacker wants, asked for many inputs at once and within bounds of memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.reach import Flat, Reach, Rows
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Scores

_CACHED = 1 << 18
"""Values a question that still lie near the processor: 2 MB of 64 bits. Trees answer a fifth faster than beyond."""
_MOST = 1 << 24
_VOTES = 3
"""How often a target that answers at random is asked where one answer decides."""
_LEAST = 1e-12
"""A probability below this counts as this: forests answer 0, and its logarithm has no end."""


def batch(size: int) -> int:
    """How many inputs of ``size`` values one question holds: what is quick, but not so few that each call counts."""
    return max(1, _CACHED // max(1, size), min(4096, _MOST // max(1, size)))


class Aim:
    """A wrong answer that is an answer: not the true class, or the wanted one; never a refusal."""

    def __init__(self, target: Predictor, truth: Labels, wanted: int | None = None) -> None:
        self.target, self.truth, self.wanted = target, truth, wanted

    def reached(self, labels: Labels, rows: Rows) -> NDArray[np.bool_]:
        """Whether these answers are what is wanted; ``labels`` of shape (m,) or (m, k)."""
        if self.wanted is not None:
            return np.asarray(labels == self.wanted)
        truth = self.truth[rows]
        return np.asarray((labels != (truth if labels.ndim == 1 else truth[:, None])) & (labels != REFUSED))

    def given(self, x: Inputs, rows: Rows) -> NDArray[np.bool_]:
        """Whether inputs of these rows get the wanted answer, (m,); of a random target, by most of several answers."""
        votes = _VOTES if self.target.card.random else 1
        met = [self.reached(self.target.labels(x), rows) for _ in range(votes)]
        return np.asarray(np.sum(met, axis=0) * 2 > votes)

    def margin(self, scores: Scores, rows: Rows) -> NDArray[np.float64]:
        """How far the log-probabilities are from the wanted answer, (n,): below 0 it is given; infinite if refused.

        The difference of two log-probabilities is that of the logits, so it keeps its slope where a network is sure.
        """
        logs = np.log(np.maximum(scores, _LEAST))
        at, chosen = np.arange(len(rows)), self.truth[rows] if self.wanted is None else self.wanted
        own = logs[at, chosen]
        logs[at, chosen] = -np.inf
        margin = own - logs.max(axis=1)
        if self.wanted is not None:
            margin = -margin
        return np.where(scores.any(axis=1), margin, np.inf)


class Goal(Aim):
    """The same, for tries that come as rows of values."""

    def __init__(self, target: Predictor, reach: Reach, truth: Labels, wanted: int | None = None) -> None:
        super().__init__(target, truth, wanted)
        self.reach = reach

    def met(self, x: Flat, rows: Rows) -> NDArray[np.bool_]:
        """Whether each try gets the wanted answer: (m, size) -> (m,), (m, k, size) -> (m, k)."""
        return self.reached(self.labels(x).reshape(x.shape[:-1]), rows)

    def surely(self, x: Flat, rows: Rows) -> NDArray[np.bool_]:
        """As `met`; of a target that answers at random, by most of several answers."""
        votes = _VOTES if self.target.card.random else 1
        return np.asarray(np.sum([self.met(x, rows) for _ in range(votes)], axis=0) * 2 > votes)

    def labels(self, x: Flat) -> Labels:
        """The answer to each try, in one axis."""
        given, most = self.reach.shaped(x), batch(x.shape[-1])
        parts = [self.target.labels(given[i : i + most]) for i in range(0, len(given), most)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def margins(self, x: Flat, rows: Rows) -> NDArray[np.float64]:
        """The `margin` of each try, (m, size) -> (m,)."""
        given, most = self.reach.shaped(x), batch(x.shape[-1])
        parts = [self.target.scores(given[i : i + most]) for i in range(0, len(given), most)]
        return self.margin(np.concatenate(parts), rows)
