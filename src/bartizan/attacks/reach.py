"""What an attacker can hand in from where they start: `Domain.feasible` made ready for very many tries a sample."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.scaled import ScaledDomain, gaps

Flat = NDArray[np.floating[Any]]
"""Samples as rows of their values: (m, size), or (m, k, size) for k tries of each."""
Rows = NDArray[np.intp]
"""Which samples of the origin a batch is about, by index."""


class Reach:
    """Bounds and directions worked out once for each sample, so that a try costs no more than a clip.

    ``flat`` holds the origin as rows of values, in the type that tries are computed in.
    """

    def __init__(self, domain: Domain, origin: Inputs) -> None:
        self.shape, self.dtype = origin.shape[1:], origin.dtype
        kind = origin.dtype if origin.dtype.kind == "f" else np.dtype(np.float64)
        self.flat: Flat = np.ascontiguousarray(origin.reshape(len(origin), math.prod(self.shape)), kind)
        self.unit: Flat = domain.span().reshape(-1).astype(kind)
        """What counts as one unit of change, a value: how wide it ranges. Noise is drawn in these."""
        low, high = (bound.reshape(1, -1).astype(kind) for bound in domain.bounds())
        self._low, self._high = _passable(domain.features, low, high, self.flat)
        self.free = np.array([f.direction != "none" for f in domain.features] or [True] * self.flat.shape[1])
        """Which values can change at all, shape (size,)."""
        self.discrete = np.array([i for i, f in enumerate(domain.features) if f.kind != "continuous"], np.intp)
        """The columns that hold integers or categories."""
        self.gap = gaps(domain)[self.discrete].astype(kind)
        """How far the next value is in each of these columns."""
        self.uneven = bool(self.unit.max(initial=1) > 1.01 * self.unit.min(initial=1))
        """Whether values have different ranges."""
        self._steps = _only(domain, self.discrete) if len(self.discrete) else None

    @property
    def bounds(self) -> tuple[Flat, Flat]:
        """Lower and upper bounds of what can be handed in, (1 or n, size)."""
        return self._low, self._high

    def __len__(self) -> int:
        return len(self.flat)

    def nearest(self, x: Flat, rows: Rows) -> Flat:
        """What can really be handed in, nearest to each try; ``x`` itself is changed. Same as `Domain.feasible`."""
        low, high = (b if len(b) == 1 else b[rows] for b in (self._low, self._high))
        if x.ndim == 3:
            low, high = low[:, None], high[:, None]
        np.clip(x, low, high, out=x)
        if self._steps is not None:
            origin = self.flat[rows][:, self.discrete]
            tries = x[..., self.discrete]
            start = np.broadcast_to(origin[:, None] if x.ndim == 3 else origin, tries.shape)
            width = tries.shape[-1]
            stepped = self._steps.feasible(tries.reshape(-1, width), start.reshape(-1, width))
            x[..., self.discrete] = stepped.reshape(tries.shape)
        return x

    def shaped(self, x: Flat) -> Inputs:
        """Tries as the target takes them, (all tries, *shape), in the type of the origin."""
        if self.dtype.kind in "iu":
            x = np.rint(x)
        return x.reshape(-1, *self.shape).astype(self.dtype, copy=False)


def _passable(features: tuple[Feature, ...], low: Flat, high: Flat, flat: Flat) -> tuple[Flat, Flat]:
    """Bounds that also hold each value to the directions in which it can move; one row where all samples share them."""
    directions = np.array([f.direction for f in features])
    if not len(directions) or (directions == "both").all():
        return low, high
    up, down, fixed = (directions == way for way in ("up", "down", "none"))
    floor = np.select([fixed, up, down], [flat, np.maximum(low, flat), np.minimum(low, flat)], low)
    ceiling = np.select([fixed, up, down], [flat, np.maximum(high, flat), np.minimum(high, flat)], high)
    return floor.astype(flat.dtype), ceiling.astype(flat.dtype)


def _only(domain: Domain, columns: Rows) -> Domain:
    """The domain of these columns alone."""

    def cut(whole: Domain) -> Domain:
        return Domain(modality="table", shape=(len(columns),), features=tuple(whole.features[i] for i in columns))

    if isinstance(domain, ScaledDomain):
        part = cut(domain)
        return ScaledDomain(modality="table", shape=part.shape, features=part.features, own=cut(domain.own))
    return cut(domain)


class Seen(msgspec.Struct):
    """What has been found for each sample so far; a sample that has nothing shows its origin."""

    x: Flat
    distance: NDArray[np.float64]
    """Infinite where nothing was found."""

    def keep(self, rows: Rows, x: Flat, distance: NDArray[np.float64]) -> None:
        """Remember those that are nearer than what was known."""
        nearer = distance < self.distance[rows]
        self.x[rows[nearer]] = x[nearer]
        self.distance[rows[nearer]] = distance[nearer]
