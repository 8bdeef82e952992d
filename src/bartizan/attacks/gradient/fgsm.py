"""The fast gradient sign method: one step as far as the limit goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.ground import Ground, gradient_limit
from bartizan.attacks.gradient.losses import cross_entropy, towards
from bartizan.attacks.gradient.prey import Prey
from bartizan.attacks.gradient.slope import draws_for, slope
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Capability, Predictor


class Fgsm(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of the whole radius along the gradient of the cross-entropy: quick, and no proof of anything."""

    id: ClassVar[str] = "fgsm"
    title: ClassVar[str] = "FGSM, one step along the gradient"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("perfect_knowledge_evasion"))
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels", "gradients"})
    source: ClassVar[str] = "Goodfellow, Shlens, Szegedy 2015, section 4"

    wanted: int | None = None
    """The class that shall be answered; None: any wrong one."""
    draws: int = 10
    """How many gradients are averaged where the target is random."""

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The originals, and then the step where it fools. Raises Unsuitable for an L0 limit."""
        gradient_limit(limit, self.title)
        draws = draws_for(target, self.draws)
        prey = Prey(target, origin, limit, wanted=self.wanted, draws=draws)
        yield prey.hand_out()
        if limit.radius <= 0:
            return
        prey.begin()
        rows = prey.open
        if not len(rows):
            return
        ground = Ground(target.card.domain, limit, origin.x[rows])
        loss, aims = (cross_entropy if self.wanted is None else towards(cross_entropy)), prey.aims[rows]
        gradient = slope(target, ground.origin, lambda logits: loss(logits, aims), draws).gradient()
        step = ground.uphill(gradient, np.empty_like(ground.origin))
        step *= limit.radius
        prey.report(ground.real(ground.project(ground.origin + step)), rows)
        yield prey.hand_out()
