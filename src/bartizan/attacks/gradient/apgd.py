"""Auto-PGD: a step size that adapts itself, on the cross-entropy and on the targeted difference of logits ratio."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator
from typing import ClassVar, TypeAlias

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.ascent import Ascent, checkpoints
from bartizan.attacks.gradient.ground import Ground, gradient_limit
from bartizan.attacks.gradient.losses import Values, cross_entropy, targeted_dlr
from bartizan.attacks.gradient.prey import Prey, Rows
from bartizan.attacks.gradient.slope import draws_for, slope
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Capability, Predictor, Scores

RowLoss: TypeAlias = Callable[[Scores, Rows], tuple[Values, Scores]]
"""(logits, which samples they are of) -> values and weights."""

_ENOUGH_STEPS = 50


class Apgd(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the two kinds share: the climb, restarts, and leaving out who is fooled."""

    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("perfect_knowledge_evasion"))
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels", "gradients"})

    steps: int = 100
    """Steps at most, a sample and climb."""
    restarts: int = 1
    """Climbs from different random points, with what is not fooled yet."""
    draws: int = 20
    """How many gradients are averaged where the target is random."""

    @property
    def strong(self) -> bool:
        """With 50 steps or more."""
        return self.steps >= _ENOUGH_STEPS and self.restarts > 0

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The best so far after each step. Raises Unsuitable for an L0 limit."""
        gradient_limit(limit, self.title)
        prey = Prey(target, origin, limit, draws=draws_for(target, self.draws))
        yield prey.hand_out()
        if limit.radius <= 0:
            return
        prey.begin()
        for loss in self._losses(prey):
            for _ in range(self.restarts):
                if not len(prey.open):
                    return
                yield from self._climb(prey, loss, rng)

    @abc.abstractmethod
    def _losses(self, prey: Prey) -> Iterator[RowLoss]:
        """What is climbed, one after the other."""

    def _climb(self, prey: Prey, loss: RowLoss, rng: np.random.Generator) -> Iterator[Inputs]:
        rows = prey.open
        ground = Ground(prey.target.card.domain, prey.limit, prey.x[rows])
        ascent = Ascent(ground, rows, ground.scatter(rng, surface=True))
        marks, last = checkpoints(self.steps), 0
        for step in range(self.steps):
            if not self._look(prey, ascent, loss, first=step == 0):
                yield prey.hand_out()
                return
            yield prey.hand_out()
            if step in marks:
                ascent.adapt(step - last)
                last = step
            ascent.advance()
        prey.report(ground.real(ascent.z), ascent.rows)
        if prey.target.card.random:
            prey.report(ground.real(ascent.best), ascent.rows)
        yield prey.hand_out()

    def _look(self, prey: Prey, ascent: Ascent, loss: RowLoss, *, first: bool) -> bool:
        """Ask for loss and gradient where the climb stands, and leave out who is fooled; whether anyone is left."""
        x, rows = ascent.ground.real(ascent.z), ascent.rows
        here = slope(prey.target, x, lambda logits: loss(logits, rows), prey.draws)
        going = ~prey.report(x, rows, here.logits)
        if not going.any():
            return False
        (ascent.start if first else ascent.arrive)(here.values, here.gradient())
        if not going.all():
            ascent.take(going)
        return True


class ApgdCe(Apgd, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Auto-PGD on the cross-entropy."""

    id: ClassVar[str] = "apgd_ce"
    title: ClassVar[str] = "Auto-PGD on the cross-entropy"
    source: ClassVar[str] = "Croce and Hein 2020, algorithm 1"

    def _losses(self, prey: Prey) -> Iterator[RowLoss]:
        yield lambda logits, rows: cross_entropy(logits, prey.y[rows])


class ApgdT(Apgd, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Auto-PGD on the targeted difference of logits ratio, towards one class after the other."""

    id: ClassVar[str] = "apgd_t"
    title: ClassVar[str] = "Auto-PGD towards each of the likeliest wrong classes"
    source: ClassVar[str] = "Croce and Hein 2020, algorithm 1 and equation 7"

    classes: int = 9
    """Towards how many wrong classes a sample is pushed, the likeliest first."""

    @property
    def strong(self) -> bool:
        """With 50 steps or more, towards some class."""
        return super().strong and self.classes > 0

    def _losses(self, prey: Prey) -> Iterator[RowLoss]:
        rows = prey.open
        if not len(rows):
            return
        logits = np.mean([prey.target.differentiate(prey.x[rows])[0] for _ in range(prey.draws)], axis=0)
        logits[np.arange(len(rows)), prey.y[rows]] = -np.inf
        ranked = np.zeros((len(prey.y), logits.shape[1]), np.int64)
        ranked[rows] = np.argsort(-logits, axis=1, kind="stable")
        for rank in range(min(self.classes, logits.shape[1] - 1)):
            wanted = ranked[:, rank]
            yield lambda logits, rows, wanted=wanted: targeted_dlr(  # type: ignore[misc]
                logits, prey.y[rows], wanted[rows]
            )
