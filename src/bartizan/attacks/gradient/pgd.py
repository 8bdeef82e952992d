"""Projected gradient descent: many small steps from random starts, never leaving the limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.ground import Ground, gradient_limit
from bartizan.attacks.gradient.losses import LOSSES, LossName, towards
from bartizan.attacks.gradient.prey import Prey
from bartizan.attacks.gradient.slope import draws_for, slope
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Capability, Predictor


class Pgd(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps of fixed length along the gradient, projected back to the limit; with momentum where asked for."""

    id: ClassVar[str] = "pgd"
    title: ClassVar[str] = "PGD, many steps along the gradient"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("perfect_knowledge_evasion"))
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels", "gradients"})
    source: ClassVar[str] = "Madry et al. 2018, section 2.1; momentum: Dong et al. 2018, algorithm 1"

    steps: int = 40
    """Gradients at most, a sample and restart."""
    step: float = 0.0
    """Length of a step in radii; 0: 2.5 / steps, as Madry et al. do."""
    restarts: int = 1
    """How often to begin anew with what is not fooled yet."""
    random_start: bool = True
    """Whether to begin anywhere in the limit, and not at the original."""
    momentum: float = 0.0
    """How much of the former direction stays, 0 to 1."""
    loss: LossName = "cross_entropy"
    """What is climbed."""
    wanted: int | None = None
    """The class that shall be answered; None: any wrong one."""
    draws: int = 10
    """How many gradients are averaged where the target is random."""

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The best so far after each step. Raises Unsuitable for an L0 limit."""
        gradient_limit(limit, self.title)
        prey = Prey(target, origin, limit, wanted=self.wanted, draws=draws_for(target, self.draws))
        yield prey.hand_out()
        if limit.radius <= 0:
            return
        prey.begin()
        for _ in range(self.restarts):
            if not len(prey.open):
                return
            yield from self._climb(prey, rng)

    def _climb(self, prey: Prey, rng: np.random.Generator) -> Iterator[Inputs]:
        rows, loss = prey.open, LOSSES[self.loss] if self.wanted is None else towards(LOSSES[self.loss])
        ground = Ground(prey.target.card.domain, prey.limit, prey.x[rows])
        z = ground.scatter(rng, surface=False) if self.random_start else ground.origin.copy()
        way = np.zeros_like(z) if self.momentum else None
        length = (self.step or 2.5 / self.steps) * prey.limit.radius
        for _ in range(self.steps):
            x, aims = ground.real(z), prey.aims[rows]
            here = slope(prey.target, x, lambda logits, aims=aims: loss(logits, aims), prey.draws)  # type: ignore[misc]
            going = ~prey.report(x, rows, here.logits)
            yield prey.hand_out()
            if not going.any():
                return
            gradient = here.gradient()
            if not going.all():
                rows, z, gradient = rows[going], z[going], gradient[going]
                ground.take(going)
                way = None if way is None else way[going]
            if way is not None:
                gradient = way = self.momentum * way + _of_mean_size_one(gradient)
            step = ground.uphill(gradient, np.empty_like(z))
            step *= length
            z = ground.project(np.add(z, step, out=step))
        prey.report(ground.real(z), rows)
        yield prey.hand_out()


def _of_mean_size_one(gradient: Inputs) -> Inputs:
    """Each sample's gradient over its mean absolute value, as momentum wants it."""
    size = np.abs(gradient).mean(axis=tuple(range(1, gradient.ndim)), keepdims=True)
    return np.asarray(gradient / np.where(size > 0, size, 1), gradient.dtype)
