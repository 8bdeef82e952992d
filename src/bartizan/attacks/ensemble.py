"""Several attacks as one: a sample counts as fooled when any of them fools it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import REFUSED, Predictor


class Ensemble(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Runs its members one after the other, each on what those before it did not fool: the pointwise worst case."""

    id: ClassVar[str] = "ensemble"
    title: ClassVar[str] = "an ensemble of attacks, pointwise the worst"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("perfect_knowledge_evasion"))
    source: ClassVar[str] = "Croce and Hein 2020, section 6"

    members: tuple[Evasion, ...] = (ApgdCe(), ApgdT())
    """The attacks, the quickest first."""
    answers: int = 5
    """How many labels are asked of a random target to decide what is fooled: more than half of them must be wrong."""

    @property
    def strong(self) -> bool:
        """Where one of its members is."""
        return any(member.strong for member in self.members)

    def unfit(self, target: Predictor) -> str:
        """Why one of its members cannot apply: an ensemble without it would prove less than it says."""
        return next((why for member in self.members if (why := member.unfit(target))), "")

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The best so far after each step of each member."""
        best = origin.x
        yield best
        rows = np.arange(len(origin))
        for member in self.members:
            rows = rows[~self._fooled(target, best, origin, limit, rows)]
            if not len(rows):
                return
            before = best
            for found in member.propose(target, origin.take(rows), limit, knowledge, rng):
                best = before.copy()
                best[rows] = found
                yield best

    def _fooled(
        self, target: Predictor, x: Inputs, origin: Dataset, limit: Limit, rows: np.typing.NDArray[np.intp]
    ) -> np.typing.NDArray[np.bool_]:
        """Which of these rows are answered wrongly within the limit, by the target's labels."""
        if not len(rows):
            return np.zeros(0, bool)
        times = self.answers if target.card.random else 1
        answers = np.stack([target.labels(x[rows]) for _ in range(times)])
        wrong = ((answers != origin.y[rows]) & (answers != REFUSED)).mean(axis=0) > 0.5
        return np.asarray(wrong & limit.holds(x[rows], origin.x[rows]))
