"""A patch: a small square of an image that may hold anything, and nothing else changes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.ground import Ground
from bartizan.attacks.gradient.losses import cross_entropy, towards
from bartizan.attacks.gradient.prey import Prey, Rows
from bartizan.attacks.gradient.slope import Slope, draws_for, slope
from bartizan.attacks.gradient.window import busiest, plane, window
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.predictor import Capability, Predictor, Unsuitable


class Patch(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fills a square where the gradient is largest: one for each image, or the same one for all."""

    id: ClassVar[str] = "patch"
    title: ClassVar[str] = "a localised patch"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("perfect_knowledge_evasion"))
    needs: ClassVar[frozenset[Capability]] = frozenset({"labels", "gradients"})
    modalities: ClassVar[tuple[Modality, ...]] = ("image",)
    norms: ClassVar[tuple[Norm, ...]] = ("l0",)
    source: ClassVar[str] = "Brown et al. 2017, section 2; Karmon, Zoran, Goldberg 2018, section 3"

    side: int | None = None
    """Of the square, in pixels; None: the largest that the limit allows."""
    places: int = 3
    """How many squares are tried, those with the largest gradient first."""
    universal: bool = False
    """Whether one patch in one place shall fool all images."""
    steps: int = 50
    """Gradients at most, a sample and place."""
    step: float = 0.1
    """Length of a step, as a part of the range of a value."""
    wanted: int | None = None
    """The class that shall be answered; None: any wrong one."""
    draws: int = 10
    """How many gradients are averaged where the target is random."""

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The best so far after each step. Raises Unsuitable but for L0 limits that the square fits into."""
        side = self._side(target, limit)
        prey = Prey(target, origin, limit, wanted=self.wanted, draws=draws_for(target, self.draws))
        yield prey.hand_out()
        prey.begin()
        rows = prey.open
        if side == 0 or not len(rows):
            return
        steep = np.abs(self._slope(prey, prey.x[rows], rows).gradient())
        if self.universal:
            everywhere = busiest(steep.sum(axis=0, keepdims=True), side, self.places)
            for corner in everywhere[0]:
                yield from self._share(prey, window(target.card.domain.shape, corner[None], side), rows, rng)
            return
        corners = np.zeros((len(origin), self.places, 2), np.intp)
        corners[rows] = busiest(steep, side, self.places)
        for place in range(self.places):
            rows = prey.open
            if not len(rows):
                return
            yield from self._fill(prey, window(target.card.domain.shape, corners[rows, place], side), rows, rng)

    def _side(self, target: Predictor, limit: Limit) -> int:
        if limit.norm != "l0":
            raise Unsuitable(
                f"{self.title} changes few values by any amount; it is made for L0 limits, not for {limit}"
            )
        domain = target.card.domain
        if len(domain.shape) not in {2, 3}:
            raise Unsuitable(f"{self.title} needs images of two or three axes, not samples of shape {domain.shape}")
        high, wide = (domain.shape[axis] for axis in plane(domain.shape))
        depth = domain.size // (high * wide)
        largest = min(high, wide, math.isqrt(int(min(limit.radius, domain.size)) // depth))
        if self.side is not None and self.side > largest:
            raise Unsuitable(f"{self.title} of {self.side} x {self.side} pixels does not fit into {limit} or the image")
        return largest if self.side is None else self.side

    def _slope(self, prey: Prey, x: Inputs, rows: Rows) -> Slope:
        loss, aims = cross_entropy if self.wanted is None else towards(cross_entropy), prey.aims[rows]
        return slope(prey.target, x, lambda logits: loss(logits, aims), prey.draws)

    def _fill(self, prey: Prey, inside: NDArray[np.bool_], rows: Rows, rng: np.random.Generator) -> Iterator[Inputs]:
        """Search the content of one square an image; who is fooled leaves."""
        ground = Ground(prey.target.card.domain, prey.limit, prey.x[rows])
        ground.confine(inside)
        step = (prey.target.card.domain.span() * self.step).astype(ground.origin.dtype)
        z = _anything(ground.low, ground.high, ground.origin, rng)
        for _ in range(self.steps):
            here = self._slope(prey, z, rows)
            going = ~prey.report(z, rows, here.logits)
            yield prey.hand_out()
            if not going.any():
                return
            gradient = here.gradient()
            if not going.all():
                ground.take(going)
                rows, z, gradient = rows[going], z[going], gradient[going]
            z = ground.project(z + np.sign(gradient) * step)
        prey.report(z, rows)
        yield prey.hand_out()

    def _share(self, prey: Prey, inside: NDArray[np.bool_], rows: Rows, rng: np.random.Generator) -> Iterator[Inputs]:
        """Search the content of one square for all images; the content that fools most of them is kept."""
        domain, origin = prey.target.card.domain, prey.x[rows]
        low, high = (bound.astype(origin.dtype) for bound in domain.bounds())
        content = _anything(low, high, origin[:1], rng)
        for _ in range(self.steps):
            x = np.where(inside, content, origin)
            here, success = self._slope(prey, x, rows), prey.success(x, rows)
            if success.sum() > prey.share[rows].sum():
                prey.put(np.where((success > 0).reshape(-1, *[1] * len(domain.shape)), x, origin), rows)
                prey.share[rows] = success
            yield prey.hand_out()
            if (success >= 1).all():
                return
            uphill = np.sign(here.gradient().sum(axis=0, keepdims=True))
            content = np.clip(content + uphill * ((high - low) * origin.dtype.type(self.step)), low, high)


def _anything(low: Inputs, high: Inputs, like: Inputs, rng: np.random.Generator) -> Inputs:
    """Random values between the bounds, in shape and type of ``like``."""
    return (low + (high - low) * rng.random(like.shape, dtype=np.float32)).astype(like.dtype, copy=False)
