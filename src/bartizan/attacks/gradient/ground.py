"""Where an attacker may move: the limit's ball around each input, within what the target's domain lets them change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.scaled import gaps

_TINY = 1e-12
_ROUNDING = 1 + 1e-9
"""So that a whole number that was scaled and back is still one."""
_FAINT = 1e-15
"""The square of what is shorter is lost in 32 bits."""


class Ground:
    """The allowed neighbourhood of each sample, worked out once so that a step costs a clip.

    ``low`` and ``high`` hold bounds, directions and, for Linf, the limit. Whole numbers and categories do not fit a
    gradient, so a search moves as if they were continuous, and `real` says what is handed in.
    """

    def __init__(self, domain: Domain, limit: Limit, origin: Inputs) -> None:
        self.domain, self.limit, self.origin = domain, limit, origin
        self.low, self.high = _box(domain, limit, origin)
        self._discrete = tuple(i for i, f in enumerate(domain.features) if f.kind != "continuous")
        still = np.array([f.direction == "none" for f in domain.features], bool)
        self._still = still if still.any() else None

    @property
    def discrete(self) -> bool:
        """Whether what is handed in differs from where the search stands."""
        return bool(self._discrete)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> None:
        """Keep only these samples."""
        if len(self.low) == len(self.origin):
            self.low, self.high = self.low[rows], self.high[rows]
        self.origin = self.origin[rows]

    def confine(self, inside: NDArray[np.bool_]) -> None:
        """Let only these values change, (n, *shape)."""
        self.low = np.where(inside, self.low, self.origin)
        self.high = np.where(inside, self.high, self.origin)

    def project(self, z: Inputs) -> Inputs:
        """The points of the ground nearest to ``z``, which is changed in place."""
        if self.limit.norm == "l2":
            z -= self.origin
            z *= _spread(np.minimum(1.0, self.limit.radius / np.maximum(lengths(z), _TINY)), z)
            z += self.origin
        np.clip(z, self.low, self.high, out=z)
        return z

    def real(self, z: Inputs) -> Inputs:
        """What can be handed in at ``z``: whole numbers and categories in place, still within the limit."""
        if not self._discrete:
            return z
        x, apart = z.copy(), gaps(self.domain)
        for i in self._discrete:
            if self.domain.features[i].kind == "integer":
                x[:, i] = self.origin[:, i] + apart[i] * np.trunc((z[:, i] - self.origin[:, i]) / apart[i] * _ROUNDING)
        x = self.domain.feasible(x, self.origin)
        outside = ~self.limit.holds(x, self.origin)
        if outside.any():
            farther = np.abs(x - self.origin) > np.abs(z - self.origin)
            x = np.where(outside[:, None] & farther, self.origin, x)
        return x

    def uphill(self, gradient: Inputs, out: Inputs) -> Inputs:
        """The steepest direction of length 1 in the limit's norm, written into ``out``; 0 where there is no slope."""
        if self._still is not None:
            gradient = np.where(self._still, 0.0, gradient).astype(out.dtype, copy=False)
        if self.limit.norm == "linf":
            np.sign(gradient, out=out)
            return out
        length = lengths(gradient)
        if (length < _FAINT).any():
            gradient = _amplified(gradient)
            length = lengths(gradient)
        np.multiply(gradient, _spread(1.0 / np.where(length > 0, length, 1.0), gradient), out=out)
        return out

    def scatter(self, rng: np.random.Generator, *, surface: bool) -> Inputs:
        """A random point around each sample: on the ball's surface where ``surface``, else anywhere in the ball."""
        n, dtype = len(self.origin), self.origin.dtype
        if self.limit.norm == "linf":
            noise = (rng.random(self.origin.shape, dtype=np.float32) * 2 - 1).astype(dtype, copy=False)
            size = np.abs(noise).reshape(n, -1).max(axis=1, initial=0.0) if surface else np.ones(n)
        else:
            noise = rng.standard_normal(self.origin.shape, dtype=np.float32).astype(dtype, copy=False)
            inside = np.ones(n) if surface else rng.random(n) ** (1 / max(1, self.domain.size))
            size = lengths(noise) / np.maximum(inside, _TINY)
        noise *= _spread(self.limit.radius / np.maximum(size, _TINY), noise)
        noise += self.origin
        return self.project(noise)


def gradient_limit(limit: Limit, title: str) -> Limit:
    """The same limit. Raises Unsuitable for L0, in which no step along a gradient stays, and for one without end."""
    if limit.norm == "l0":
        raise Unsuitable(f"{title} moves every value a little; it is made for Linf and L2 limits, not for {limit}")
    if not np.isfinite(limit.radius):
        raise Unsuitable(f"{title} takes steps in parts of the radius; give a finite one, not {limit}")
    return limit


def lengths(change: Inputs) -> NDArray[np.float64]:
    """The Euclidean length of each sample, shape (n,)."""
    flat = change.reshape(len(change), -1)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", flat, flat)), np.float64)


def _amplified(gradient: Inputs) -> Inputs:
    """Each sample over its largest absolute value, worked out in 64 bits."""
    wide = gradient.astype(np.float64)
    top = np.abs(wide).max(axis=tuple(range(1, wide.ndim)), keepdims=True)
    return (wide / np.where(top > 0, top, 1)).astype(gradient.dtype)


def reachable(domain: Domain, origin: Inputs) -> tuple[Inputs, Inputs]:
    """Lowest and highest value that an attacker can set, shape (1, *shape) or (n, *shape), in the origin's type.

    The same for all samples where features move both ways.
    """
    low, high = (bound[None].astype(origin.dtype) for bound in domain.bounds())
    if all(f.direction == "both" for f in domain.features):
        return low, high
    rises = np.array([f.direction in {"up", "none"} for f in domain.features])
    falls = np.array([f.direction in {"down", "none"} for f in domain.features])
    return np.where(rises, _kept(domain.features, low, origin), low), np.where(
        falls, _kept(domain.features, high, origin), high
    )


def _kept(features: tuple[Feature, ...], bound: Inputs, origin: Inputs) -> Inputs:
    """The origin, clipped to a bound unless the feature cannot move at all."""
    fixed = np.array([f.direction == "none" for f in features])
    lows = np.array([f.low for f in features], origin.dtype)
    highs = np.array([f.high for f in features], origin.dtype)
    return np.broadcast_to(np.where(fixed, origin, np.clip(origin, lows, highs)), (len(origin), *bound.shape[1:]))


def _box(domain: Domain, limit: Limit, origin: Inputs) -> tuple[Inputs, Inputs]:
    low, high = reachable(domain, origin)
    if limit.norm != "linf":
        return low, high
    radius = origin.dtype.type(limit.radius)
    below, above = origin - radius, origin + radius
    # Rounding in 32 bits may push an edge out of the ball; the next number inwards is in it again.
    exact = origin.astype(np.float64)
    below = np.where(exact - below > limit.radius, np.nextafter(below, origin), below)
    above = np.where(above - exact > limit.radius, np.nextafter(above, origin), above)
    return np.maximum(low, below), np.minimum(high, above)


def _spread(factor: NDArray[np.float64], like: Inputs) -> Inputs:
    """One factor a sample, in the shape and type to multiply a batch by."""
    return factor.astype(like.dtype, copy=False).reshape(-1, *[1] * (like.ndim - 1))
