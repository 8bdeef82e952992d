"""Square: evasion by scores, a random search that changes one window after the other, for all samples at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import ClassVar, TypeAlias

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.goal import Goal
from bartizan.attacks.reach import Reach
from bartizan.attacks.square_columns import BallColumns, BoxColumns
from bartizan.attacks.square_windows import BallWindows, BoxWindows
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Capability, Predictor, Unsuitable

Moves: TypeAlias = BallColumns | BoxColumns | BallWindows | BoxWindows
_SCHEDULE = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Parts of all steps after which the window's area is halved (the paper's section 4.4, for 10,000 steps)."""
_SHOWN = 20
"""Steps between two items: copying all images each time would cost more than asking about the few that are left."""


class Square(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Random search by scores on the margin: a change stays where it lowers it. One query a sample and step.

    Samples that are answered wrongly are left alone: the score says so first, then the label must.
    """

    id: ClassVar[str] = "square"
    title: ClassVar[str] = "Square, a random search by scores"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("zero_knowledge_evasion"))
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels", "scores"})
    source: ClassVar[str] = "Andriushchenko et al.: Square Attack (ECCV 2020), algorithms 1 to 3"

    steps: int = 1000
    """Queries a sample at most, but for the first three."""
    share: float = 0.8
    """The part of an image (of the columns of a table) that the first windows cover."""
    wanted: int | None = None
    """The class that it wants; None: any wrong one."""

    @property
    def strong(self) -> bool:
        """A thousand steps, where most of what the paper's ten thousand find is found."""
        return self.steps >= 1000

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The changed inputs with the lowest margin so far, every few steps. Raises Unsuitable for an L0 limit."""
        if limit.norm == "l0":
            raise Unsuitable(f"{self.title} searches by L2 or Linf, not by {limit.norm}")
        search = _Search(target, origin, limit, self.wanted)
        yield search.show()
        for step in range(self.steps + 1):
            if not len(search.rows):
                break
            share = self.share / 2 ** bisect_left(_SCHEDULE, (step - 1) / self.steps)
            search.move(share if step else None, rng)
            if step % _SHOWN == 0:
                yield search.show()
        yield search.show()


class _Search:
    """The state: the best so far of each sample, and which samples are still worth asking about."""

    def __init__(self, target: Predictor, origin: Dataset, limit: Limit, wanted: int | None) -> None:
        domain = target.card.domain
        self.limit, self.reach = limit, Reach(domain, origin.x)
        self.goal = Goal(target, self.reach, origin.y, wanted)
        self.moves = _moves(domain, self.reach, limit)
        self.best = self.reach.flat.copy()
        self.margins = np.full(len(origin), np.inf)
        everything = np.arange(len(origin))
        self.rows = everything[~self.goal.surely(self.best, everything)] if len(origin) else everything

    def show(self) -> Inputs:
        """What was found, apart from what goes on."""
        return self.reach.shaped(self.best.copy())

    def move(self, share: float | None, rng: np.random.Generator) -> None:
        """One step for each sample that is left; without a share, the first one."""
        rows, origin = self.rows, self.reach.flat[self.rows]
        move = self.moves.begin(origin, rng) if share is None else self.moves.move(origin, self.best[rows], share, rng)
        moved = self.reach.nearest(move, rows)
        margins = self.goal.margins(moved, rows)
        if len(self.reach.discrete):
            margins = np.where(self.limit.holds(moved, origin), margins, np.inf)
        lower = (margins <= self.margins[rows]) & np.isfinite(margins)
        self.best[rows[lower]], self.margins[rows[lower]] = moved[lower], margins[lower]
        wrong = np.flatnonzero(lower & (margins <= 0))
        if len(wrong):
            fooled = wrong[self.goal.surely(moved[wrong], rows[wrong])]
            self.rows = np.delete(rows, fooled)


def _moves(domain: Domain, reach: Reach, limit: Limit) -> Moves:
    box = limit.norm == "linf"
    if domain.modality == "table":
        return BoxColumns(reach, limit.radius) if box else BallColumns(reach, limit.radius)
    return (BoxWindows if box else BallWindows)(reach.shape, limit.radius)
