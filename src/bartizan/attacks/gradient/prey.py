"""Which samples are fooled by now, and by what: the memory of an attack, decided by the target's labels alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Scores

Rows = NDArray[np.intp]


class Prey:
    """All samples of an attack, the best input found for each, and who is still to be fooled.

    A sample is fooled when the target's label is wrong, or the wanted one; a refusal is neither. Of a random target
    several labels are asked; the input that fools most often is kept, and one that always fools ends the search.
    """

    def __init__(
        self, target: Predictor, origin: Dataset, limit: Limit, *, wanted: int | None = None, draws: int = 1
    ) -> None:
        self.target, self.limit, self.wanted, self.draws = target, limit, wanted, draws
        self.x, self.y = origin.x, np.asarray(origin.y, np.int64)
        self.best: Inputs = origin.x
        """The best input of each sample; its original where nothing was found. Never changed once handed out."""
        self.share = np.zeros(len(origin))
        """How often the best one fools, 0 to 1."""
        self._over = self.y == wanted if wanted is not None else np.zeros(len(origin), bool)
        self._handed_out = True

    @property
    def aims(self) -> Labels:
        """The class that a loss is about, a sample: the wanted one, or the true one to get away from."""
        return self.y if self.wanted is None else np.full_like(self.y, self.wanted)

    @property
    def open(self) -> Rows:
        """The samples that are still to be fooled."""
        return np.flatnonzero(~self._over & (self.share < 1))

    def finished(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of these need no more work."""
        return np.asarray(self._over[rows] | (self.share[rows] >= 1))

    def begin(self) -> None:
        """Ask about the originals: what is answered wrongly already is fooled, at no distance."""
        rows = self.open
        if len(rows):
            self.share[rows] = self.success(self.x[rows], rows)

    def success(self, x: Inputs, rows: Rows) -> NDArray[np.float64]:
        """How often each of these inputs fools, 0 to 1, by the labels that the target gives."""
        answers = [self._fools(self.target.labels(x), rows) for _ in range(self.draws)]
        return np.asarray(np.mean(answers, axis=0))

    def likely(self, logits: Scores, rows: Rows) -> NDArray[np.bool_]:
        """Which of these look fooled by the logits that came with a gradient: worth a question."""
        return self._fools(logits.argmax(axis=1), rows)

    def report(self, x: Inputs, rows: Rows, logits: Scores | None = None) -> NDArray[np.bool_]:
        """Tell of inputs that were tried; which of their samples are finished now, shape (len(rows),).

        Where ``logits`` are known only those are asked about that look fooled by them.
        """
        over = self.finished(rows)
        tried = ~over if logits is None else ~over & self.likely(logits, rows)
        at = np.flatnonzero(tried)
        at = at[self.limit.holds(x[at], self.x[rows[at]])]
        if len(at):
            self.keep(x[at], rows[at], self.success(x[at], rows[at]))
            over = self.finished(rows)
        return over

    def keep(self, x: Inputs, rows: Rows, share: NDArray[np.float64]) -> None:
        """Remember the inputs that fool more often than what was known of their samples."""
        better = share > self.share[rows]
        self.put(x[better], rows[better])
        self.share[rows[better]] = share[better]

    def put(self, x: Inputs, rows: Rows) -> None:
        """Remember these inputs as the best of their samples, whatever was known."""
        if not len(rows):
            return
        if self._handed_out:
            self.best, self._handed_out = self.best.copy(), False
        self.best[rows] = x

    def hand_out(self) -> Inputs:
        """The best inputs, as an array that will not change any more."""
        self._handed_out = True
        return self.best

    def _fools(self, labels: Labels, rows: Rows) -> NDArray[np.bool_]:
        if self.wanted is not None:
            return np.asarray(labels == self.wanted)
        return np.asarray((labels != self.y[rows]) & (labels != REFUSED))
