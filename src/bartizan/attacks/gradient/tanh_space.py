"""Adam in a space without bounds: inputs as the hyperbolic tangent of what is moved (Carlini and Wagner 2017, V-B)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.gradient.ground import Ground, lengths
from bartizan.attacks.gradient.losses import Values
from bartizan.attacks.gradient.prey import Rows
from bartizan.targets.domain import Inputs

_EDGE = 0.999999
"""How near to its bound a value may start; at the bound itself the tangent would not move."""
_FIRST, _SECOND, _SMALL = 0.9, 0.999, 1e-8
"""Adam's two decay rates and what is added to its divisor."""


class TanhSpace:
    """The ground's bounds as a middle and a half width, for each value; where there is no bound, far enough."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        room = np.maximum(1.0, np.ptp(ground.origin, axis=0, keepdims=True)) * 2
        low = np.where(np.isfinite(ground.low), ground.low, ground.origin.min(axis=0, keepdims=True) - room)
        high = np.where(np.isfinite(ground.high), ground.high, ground.origin.max(axis=0, keepdims=True) + room)
        kind = ground.origin.dtype
        self.middle, self.half = ((low + high) / 2).astype(kind), ((high - low) / 2).astype(kind)

    def enter(self) -> Inputs:
        """The originals in this space."""
        size = (self.ground.origin - self.middle) / np.where(self.half > 0, self.half, 1)
        return np.asarray(np.arctanh(np.clip(size, -1, 1) * self.half.dtype.type(_EDGE)))

    def take(self, going: NDArray[np.bool_]) -> None:
        """Keep only these samples."""
        if len(self.middle) == len(going):
            self.middle, self.half = self.middle[going], self.half[going]
        self.ground.take(going)


class Descent:
    """Where each sample stands, Adam's moments, and the nearest point noted since the last look."""

    def __init__(self, space: TanhSpace, rows: Rows, rate: float) -> None:
        self.space, self.rows, self._rate = space, rows, rate
        self._at = space.enter()
        self._first, self._second = np.zeros_like(self._at), np.zeros_like(self._at)
        self._count = 0
        self.cost_before: Values = np.full(len(rows), np.inf)
        self._noted, self._far = np.empty_like(self._at), np.full(len(rows), np.inf)
        self._clear()

    def _clear(self) -> None:
        self._tanh, self._z, self._change = (np.empty_like(self._at) for _ in range(3))

    def points(self) -> Inputs:
        """Where the samples stand, as inputs."""
        np.tanh(self._at, out=self._tanh)
        np.multiply(self._tanh, self.space.half, out=self._z)
        self._z += self.space.middle
        np.subtract(self._z, self.space.ground.origin, out=self._change)
        return self._z

    def squared(self) -> Values:
        """Squared distance of the points from the originals."""
        return lengths(self._change) ** 2

    def note(self, fools: NDArray[np.bool_], far: Values, known: Values) -> None:
        """Remember the points that fool and are nearer than what is known and noted."""
        at = np.flatnonzero(fools & (far < known) & (far < self._far))
        self._noted[at], self._far[at] = self._z[at], far[at]

    def noted(self) -> tuple[Rows, Inputs, Values]:
        """Which samples have a point noted, the points as they would be handed in, how far; forgets them."""
        at = np.flatnonzero(np.isfinite(self._far))
        x, far = self._noted[at], self._far[at]
        if len(at) and self.space.ground.discrete:
            whole = np.where(np.isfinite(self._far)[:, None], self._noted, self.space.ground.origin)
            x = self.space.ground.real(whole)[at]
            far = lengths(x - self.space.ground.origin[at])
        self._far = np.full(len(self._far), np.inf)
        return at, x, far

    def descend(self, gradient: Inputs) -> None:
        """One step of Adam against ``gradient`` of the gain plus the squared distance; the gradient is by the input."""
        self._count += 1
        self._change *= 2
        self._change -= gradient
        np.multiply(self._tanh, self._tanh, out=self._tanh)
        np.subtract(1, self._tanh, out=self._tanh)
        self._tanh *= self.space.half
        self._change *= self._tanh
        self._first *= _FIRST
        self._first += self._change
        self._second *= _SECOND
        self._change *= self._change
        self._second += self._change
        self._move()

    def _move(self) -> None:
        """The moments are kept without their factors 1 - decay, which are put back here at no cost."""
        first = (1 - _FIRST) / (1 - _FIRST**self._count)
        second = np.sqrt((1 - _SECOND) / (1 - _SECOND**self._count))
        np.sqrt(self._second, out=self._change)
        self._change += _SMALL / second
        np.divide(self._first, self._change, out=self._change)
        self._change *= self._rate * first / second
        self._at -= self._change

    def take(self, going: NDArray[np.bool_]) -> None:
        """Keep only these samples."""
        self.space.take(going)
        self.rows, self.cost_before = self.rows[going], self.cost_before[going]
        self._at, self._first, self._second = self._at[going], self._first[going], self._second[going]
        self._noted, self._far = self._noted[going], self._far[going]
        self._clear()
