"""Carlini and Wagner's attack: the smallest change in L2 that fools, by Adam and a search for the price of distance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.ground import Ground
from bartizan.attacks.gradient.losses import Values, margin, towards
from bartizan.attacks.gradient.prey import Prey, Rows
from bartizan.attacks.gradient.slope import draws_for, slope
from bartizan.attacks.gradient.tanh_space import Descent, TanhSpace
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Capability, Predictor, Scores

Mask: TypeAlias = NDArray[np.bool_]

_ENOUGH_SEARCHES, _ENOUGH_STEPS = 5, 200
_LOOKS = 10
"""How often a search is looked at: samples that make no progress leave it."""
_PROGRESS = 0.9999


class CarliniWagner(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minimises distance plus ``c`` times the margin, in a space in which every point is allowed."""

    id: ClassVar[str] = "carlini_wagner"
    title: ClassVar[str] = "Carlini-Wagner, the smallest change in L2"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("perfect_knowledge_evasion"))
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels", "gradients"})
    source: ClassVar[str] = "Carlini and Wagner 2017, section V"

    searches: int = 9
    """How many values of ``c`` are tried, a sample."""
    steps: int = 500
    """Steps of Adam at most, a value of ``c``."""
    rate: float = 0.01
    """Adam's step size."""
    constant: float = 1e-3
    """The first ``c``; ten times as much each time until the sample is fooled, then halfway between."""
    confidence: float = 0.0
    """By how much the wrong logit shall lead."""
    minimise: bool = True
    """Whether to look for smaller changes after one within the limit was found."""
    wanted: int | None = None
    """The class that shall be answered; None: any wrong one."""
    draws: int = 10
    """How many gradients are averaged where the target is random."""

    @property
    def strong(self) -> bool:
        """With 5 values of ``c`` and 200 steps each, or more."""
        return self.searches >= _ENOUGH_SEARCHES and self.steps >= _ENOUGH_STEPS and self.confidence == 0

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The nearest found so far, ten times a search; it may lie outside the limit. At radius 0: the originals."""
        prey = Prey(target, origin, limit, wanted=self.wanted, draws=draws_for(target, self.draws))
        yield prey.hand_out()
        if limit.radius <= 0:
            return
        prey.begin()
        hunted = prey.open
        distance = np.full(len(origin), np.inf)
        price, low, high = np.full(len(origin), self.constant), np.zeros(len(origin)), np.full(len(origin), np.inf)
        for _ in range(self.searches):
            rows = hunted if self.minimise else hunted[~self._within(prey, distance, hunted)]
            if not len(rows):
                return
            fooled = np.zeros(len(origin), bool)
            yield from self._search(prey, rows, price, distance, fooled)
            high = np.where(fooled, price, high)
            low = np.where(fooled, low, price)
            price = np.where(np.isinf(high), price * 10, (low + np.minimum(high, 1e300)) / 2)

    def _search(self, prey: Prey, rows: Rows, price: Values, distance: Values, fooled: Mask) -> Iterator[Inputs]:
        """One descent for each of the rows, at its own price; fills ``distance`` and ``fooled``."""
        ground = Ground(prey.target.card.domain, Limit(norm="l2", radius=np.inf), prey.x[rows])
        descent = Descent(TanhSpace(ground), rows, self.rate)
        often = max(1, -(-self.steps // _LOOKS))
        for step in range(self.steps):
            cost = self._step(prey, descent, price, distance, fooled)
            if (step + 1) % often == 0 or step == self.steps - 1:
                self._confirm(prey, descent, distance, fooled)
                yield prey.hand_out()
            if step % often == 0:
                going = cost <= _PROGRESS * descent.cost_before
                if not self.minimise:
                    going &= ~self._within(prey, distance, descent.rows)
                if not going.all():
                    self._confirm(prey, descent, distance, fooled)
                descent.cost_before = cost
                if not going.any():
                    break
                if not going.all():
                    descent.take(going)
        yield prey.hand_out()

    def _step(self, prey: Prey, descent: Descent, price: Values, distance: Values, fooled: Mask) -> Values:
        """One step of Adam; notes what fools nearer than what is known. The cost before it, a sample."""
        z, rows = descent.points(), descent.rows
        c, aims = price[rows], prey.aims[rows]

        def short(logits: Scores) -> tuple[Values, Scores]:
            lead, weights = (margin if self.wanted is None else towards(margin))(logits, aims)
            missing = lead < self.confidence
            missed = np.where(missing, lead - self.confidence, 0.0)
            return missed * c, weights * (c * missing)[:, None]

        here = slope(prey.target, descent.space.ground.real(z), short, prey.draws, level=False)
        lead = (margin if self.wanted is None else towards(margin))(here.logits, aims)[0]
        fools, squared = (lead > 0) & (lead >= self.confidence), descent.squared()
        fooled[rows] |= fools & np.isfinite(distance[rows])  # farther than what is known, but this price is enough
        descent.note(fools, np.sqrt(squared), distance[rows])
        descent.descend(here.gradient())
        return np.asarray(squared - here.values)

    def _confirm(self, prey: Prey, descent: Descent, distance: Values, fooled: Mask) -> None:
        """Ask the target's labels about what was noted, and keep what they confirm."""
        at, x, far = descent.noted()
        if not len(at):
            return
        rows = descent.rows[at]
        share = prey.success(x, rows)
        sure = (share > 0.5) & (far < distance[rows])
        prey.put(x[sure], rows[sure])
        distance[rows[sure]], fooled[rows[sure]] = far[sure], True

    def _within(self, prey: Prey, distance: Values, rows: Rows) -> Mask:
        found = np.isfinite(distance[rows])
        return np.asarray(found & prey.limit.holds(prey.best[rows], prey.x[rows]))
