"""How far an attacker may go from the input that they start from."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Inputs
from bartizan.targets.text_distance import text_distance

Norm: TypeAlias = Literal["l0", "l2", "linf"]


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ball around each input. Distances are in the units of the input; L0 counts changed values."""

    norm: Norm
    radius: float

    def __post_init__(self) -> None:
        """Refuse what is no distance."""
        if not self.radius >= 0:  # NaN neither
            raise ValueError(f"radius: {self.radius:g} is no distance; write a number of 0 or more")

    def __str__(self) -> str:
        return f"{self.norm} {self.radius:g}"

    def holds(self, x: Inputs, origin: Inputs, slack: float = 1e-5) -> NDArray[np.bool_]:
        """Which samples lie within it, shape (n,); the slack covers rounding in 32 bits, relative to the radius."""
        return np.asarray(distance(self.norm, x, origin) <= self.radius * (1 + slack) + 1e-9)

    def project(self, x: Inputs, origin: Inputs) -> Inputs:
        """The nearest points within it, same shape and type as ``x``. For L0 the largest changes stay."""
        change = _rows(x - origin)
        if self.norm == "linf":
            change = np.clip(change, -self.radius, self.radius)
        elif self.norm == "l2":
            length = np.linalg.norm(change, axis=1, keepdims=True)
            change = change * np.minimum(1.0, self.radius / np.maximum(length, 1e-12))
        elif change.shape[1] > int(self.radius):
            smallest = np.argsort(np.abs(change), axis=1)[:, : change.shape[1] - int(self.radius)]
            np.put_along_axis(change, smallest, 0.0, axis=1)
        nearest: Inputs = (origin + change.reshape(x.shape)).astype(x.dtype, copy=False)
        return nearest


def distance(norm: Norm, x: Inputs, origin: Inputs) -> NDArray[np.float64]:
    """How far each sample of ``x`` is from its own in ``origin``, shape (n,); for texts, L0 counts changed words."""
    if x.dtype == object:
        if norm != "l0":
            raise ValueError(f"texts are compared by changed words (l0), not by {norm}")
        return text_distance(x, origin)
    change = _rows(np.asarray(x, float) - np.asarray(origin, float))
    if norm == "l0":
        return np.asarray(np.count_nonzero(change, axis=1), np.float64)
    if norm == "l2":
        return np.asarray(np.linalg.norm(change, axis=1), np.float64)
    return np.asarray(np.abs(change).max(axis=1, initial=0.0), np.float64)


def _rows(change: Inputs) -> Inputs:
    """One row a sample; of no samples, none."""
    return change.reshape(len(change), int(np.prod(change.shape[1:], dtype=int)))
