"""The climb of APGD: Croce and Hein 2020, algorithm 1, for a batch of samples at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.gradient.ground import Ground
from bartizan.attacks.gradient.losses import Values
from bartizan.attacks.gradient.prey import Rows
from bartizan.targets.domain import Inputs

_KEPT_MOMENTUM = 0.25
"""1 - alpha: how much of the former step goes into the next one."""
_RISES = 0.75
"""rho: the share of steps in a period that must have raised the loss, or else the step is halved."""


def checkpoints(steps: int) -> tuple[int, ...]:
    """After which steps the step size is looked at: the ``w_j`` of section 3.1."""
    before, now, found = 0.0, 0.22, []
    while (at := math.ceil(round(now * steps, 6))) <= steps:
        found.append(at)
        before, now = now, now + max(now - before - 0.03, 0.06)
    return tuple(dict.fromkeys(found))


class Ascent:
    """Where each sample stands, how it got there, and the best point that it passed.

    Call `advance`, ask for loss and gradient at ``z``, tell `arrive`; at each checkpoint `adapt`.
    """

    def __init__(self, ground: Ground, rows: Rows, z: Inputs) -> None:
        self.ground, self.rows, self.z = ground, rows, z
        n = len(z)
        self._before, self._scratch, self._first = z.copy(), np.empty_like(z), True
        self.value = np.full(n, -np.inf)
        self.gradient = self._best_gradient = np.zeros_like(z)
        self.best = z
        self.highest: Values = np.full(n, -np.inf)
        self._step = np.full(n, 2 * ground.limit.radius)
        self._rises = np.zeros(n, int)
        self._halved = np.zeros(n, bool)
        self._highest_then = self.highest

    def start(self, values: Values, gradient: Inputs) -> None:
        """The loss and its gradient where the climb begins."""
        self.value, self.highest, self._highest_then = values, values.copy(), values.copy()
        self.gradient, self._best_gradient = gradient, gradient.copy()
        self.best = self.z.copy()

    def advance(self) -> Inputs:
        """Take a step along the gradient, and a part of the former one again; the new points."""
        new = self.ground.uphill(self.gradient, self._scratch)
        new *= self._step.astype(new.dtype).reshape(-1, *[1] * (new.ndim - 1))
        new += self.z
        self.ground.project(new)
        if not self._first:
            new -= self.z
            new *= 1 - _KEPT_MOMENTUM
            np.subtract(self.z, self._before, out=self._before)
            self._before *= _KEPT_MOMENTUM
            new += self._before
            new += self.z
            self.ground.project(new)
        self._first = False
        self._scratch, self._before, self.z = self._before, self.z, new
        return new

    def arrive(self, values: Values, gradient: Inputs) -> None:
        """The loss and its gradient at the new points."""
        self._rises += values > self.value
        self.value, self.gradient = values, gradient
        higher = values > self.highest
        self.highest = np.where(higher, values, self.highest)
        at = np.flatnonzero(higher)
        self.best[at] = self.z[at]
        self._best_gradient[at] = gradient[at]

    def adapt(self, period: int) -> None:
        """At a checkpoint: halve the step where the loss rose too seldom in the period, and go back to the best."""
        seldom = self._rises < _RISES * period
        stuck = ~self._halved & (self._highest_then >= self.highest)
        self._halved = seldom | stuck
        self._highest_then, self._rises = self.highest.copy(), np.zeros_like(self._rises)
        back = np.flatnonzero(self._halved)
        if len(back):
            self._step[back] /= 2
            self.value = np.where(self._halved, self.highest, self.value)
            self.z[back] = self.best[back]
            self.gradient = _writable(self.gradient)
            self.gradient[back] = self._best_gradient[back]

    def take(self, going: NDArray[np.bool_]) -> None:
        """Keep only these samples."""
        self.ground.take(going)
        for name in _BY_SAMPLE:
            setattr(self, name, getattr(self, name)[going])
        self._scratch = np.empty_like(self.z)


_BY_SAMPLE = (
    *("rows", "z", "best", "gradient", "value", "highest"),
    *("_before", "_best_gradient", "_step", "_rises", "_halved", "_highest_then"),
)


def _writable(gradient: Inputs) -> Inputs:
    return gradient if gradient.flags.writeable else gradient.copy()
