"""HopSkipJump: evasion by decisions alone, along the boundary, for all samples at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.boundary_start import begin, pool_of
from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.goal import Goal
from bartizan.attacks.hop_skip_jump_steps import bisect, lean, leap, undo
from bartizan.attacks.reach import Flat, Reach, Rows, Seen
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.limit import Limit, Norm, distance
from bartizan.targets.predictor import Predictor, Unsuitable


class HopSkipJump(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minimum-norm evasion by labels: draws near, finds by noise where the boundary leans, leaps along it, again.

    Every question of a phase is asked for all samples in one batch; samples without a start, and those already answered
    wrongly, are left out. About 100 * sqrt(t) queries a sample in step t. L2 or Linf as the limit says.
    """

    id: ClassVar[str] = "hop_skip_jump"
    title: ClassVar[str] = "HopSkipJump, by decisions alone"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("zero_knowledge_evasion"))
    source: ClassVar[str] = "Chen, Jordan, Wainwright: HopSkipJumpAttack (IEEE S&P 2020), algorithm 2"

    steps: int = 20
    """How often it goes on along the boundary."""
    first: int = 100
    """Answers a sample that the first step's direction is estimated from; later steps take sqrt(step) times as many."""
    most: int = 10_000
    """Answers a sample for one direction at most."""
    starts: int = 10
    """Real points of another class that it tries to start from, a sample; the nearest at the boundary counts."""
    pool: int = 500
    """Inputs of the reserve that are asked once to find such points."""
    wanted: int | None = None
    """The class that it wants; None: any wrong one."""
    until_limit: bool = False
    """Whether a sample is left alone once it lies within the limit: fewer queries, but no smallest distance."""

    @property
    def strong(self) -> bool:
        """Ten steps of the paper's size."""
        return self.steps >= 10 and self.first >= 100

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The nearest wrongly answered inputs found so far, after the start and after each step."""
        if limit.norm == "l0":
            raise Unsuitable(f"{self.title} searches by L2 or Linf, not by {limit.norm}")
        if not len(origin):
            yield origin.x
            return
        reach = Reach(target.card.domain, origin.x)
        goal = Goal(target, reach, origin.y, self.wanted)
        seen = Seen(x=reach.flat.copy(), distance=np.full(len(origin), np.inf))
        rows, x = self._start(goal, limit.norm, knowledge, rng)
        for step in range(self.steps + 1):
            if step:
                x = self._step(goal, x, rows, limit.norm, step, rng)
            apart = distance(limit.norm, x, reach.flat[rows])
            seen.keep(rows, x, apart)
            yield reach.shaped(seen.x.copy())
            if self.until_limit:
                far = apart > limit.radius
                rows, x = rows[far], x[far]
            if not len(rows):
                return

    def _start(self, goal: Goal, norm: Norm, knowledge: Knowledge, rng: np.random.Generator) -> tuple[Rows, Flat]:
        everything = np.arange(len(goal.reach))
        own = goal.labels(goal.reach.flat)
        rows = everything[~goal.reached(own, everything)]
        if not len(rows):
            return rows, goal.reach.flat[rows]
        pool = pool_of(goal, own, knowledge.reserve, self.pool, rng)
        rows, x = begin(goal, rows, pool, norm, self.starts, rng)
        return rows, bisect(goal, x, rows, norm, _tolerance(x.shape[1], norm)) if len(rows) else x

    def _step(self, goal: Goal, x: Flat, rows: Rows, norm: Norm, step: int, rng: np.random.Generator) -> Flat:
        size, origin = x.shape[1], goal.reach.flat[rows]
        count = min(int(self.first * math.sqrt(step)), self.most)
        inner = distance(norm, x / goal.reach.unit, origin / goal.reach.unit)
        width = np.full(len(rows), 0.1) if step == 1 else _width(goal.target.card.domain.modality) * inner
        reached, length = [], distance(norm, x, origin) / math.sqrt(step)
        for way in lean(goal, x, rows, np.maximum(width, 1e-7), count, norm, rng):
            leapt = bisect(goal, leap(goal, x, rows, way, length), rows, norm, _tolerance(size, norm))
            reached.append(undo(goal, leapt, rows))
        nearest = np.argmin([distance(norm, points, origin) for points in reached], axis=0)
        return np.asarray(np.stack(reached)[nearest, np.arange(len(rows))])


def _tolerance(size: int, norm: Norm) -> float:
    """How near the boundary is near enough, as a part of the distance."""
    return 0.01 / math.sqrt(size) if norm == "l2" else max(0.01 / size, 1e-5)


def _width(modality: Modality) -> float:
    """How wide the noise is, as a part of the distance.

    For images as in the authors' code. Trees are flat between their splits, so on tables wider noise sees more of them;
    a linear model's boundary is the same at any width.
    """
    return 0.1 if modality == "table" else 0.01
