"""What may be fed to a predictor, and what an attacker can really change of it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Inputs: TypeAlias = NDArray[Any]
"""A batch: first axis the samples. Floating point for images and tables, objects (str) for texts."""

Modality: TypeAlias = Literal["image", "table", "text"]
FeatureKind: TypeAlias = Literal["continuous", "integer", "categorical"]
Direction: TypeAlias = Literal["both", "up", "down", "none"]
"""Which way an attacker can move a feature; ``none``: not at all (age, a value that the bank looks up itself)."""


class Feature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of a table."""

    name: str
    kind: FeatureKind = "continuous"
    low: float = -np.inf
    high: float = np.inf
    direction: Direction = "both"
    cost: float = 1.0
    """What one unit of change costs the attacker, in any currency that is the same for all features."""
    categories: tuple[float, ...] = ()
    """For a categorical feature: the values it may have."""


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs that a predictor is made for."""

    modality: Modality
    shape: tuple[int, ...] = ()
    """Of one sample, without the batch axis; () for texts."""
    low: float = 0.0
    high: float = 1.0
    """Bounds of every value of an image; for tables the features' own bounds count."""
    features: tuple[Feature, ...] = ()
    """For tables: one for each column, in order. None: all continuous, within low and high."""

    def __post_init__(self) -> None:
        """Refuse what cannot be: a table whose features do not fit its shape, bounds the wrong way round."""
        if self.features and self.shape != (len(self.features),):
            raise ValueError(f"{len(self.features)} features do not fit a sample of shape {self.shape}")
        if any(low > high for low, high in ((self.low, self.high), *((f.low, f.high) for f in self.features))):
            raise ValueError("a lower bound lies above its upper bound")

    @property
    def size(self) -> int:
        """How many values a sample has."""
        return int(np.prod(self.shape, dtype=int))

    def bounds(self) -> tuple[Inputs, Inputs]:
        """Lower and upper bound of each value, each of the shape of a sample."""
        if not self.features:
            return np.full(self.shape, self.low), np.full(self.shape, self.high)
        return np.array([f.low for f in self.features]), np.array([f.high for f in self.features])

    def span(self) -> Inputs:
        """How wide each value ranges; 1 where it has no bound."""
        low, high = self.bounds()
        wide = high - low
        return np.where(np.isfinite(wide) & (wide > 0), wide, 1.0)

    def feasible(self, x: Inputs, origin: Inputs) -> Inputs:
        """The inputs nearest to ``x`` that an attacker who starts from ``origin`` could really hand in.

        Both of shape (n, *shape). Values are clipped to their bounds and to the direction in which they can move,
        integers rounded (back towards the origin where rounding would leave the bounds), categories moved to the
        nearest one that exists. What an attacker cannot change is as in ``origin``. Texts come back as they are.
        """
        if self.modality == "text":
            return x
        low, high = self.bounds()
        inside = np.clip(x, low, high)
        if not self.features:
            return inside.astype(x.dtype, copy=False)
        for i, feature in enumerate(self.features):
            inside[:, i] = _feasible(feature, inside[:, i], origin[:, i])
        return inside.astype(x.dtype, copy=False)

    def cost(self, x: Inputs, origin: Inputs) -> NDArray[np.float64]:
        """What the changes cost the attacker, a sample; with no features, the sum of absolute changes."""
        change = np.abs(np.asarray(x, float) - np.asarray(origin, float)).reshape(len(x), -1)
        prices = np.array([f.cost for f in self.features]) if self.features else np.ones(change.shape[1])
        return np.asarray(change @ prices)


def flat(x: Inputs) -> Inputs:
    """A batch with all values of a sample in one axis, (n, values); of no samples too."""
    return x.reshape(len(x), int(np.prod(x.shape[1:], dtype=int)))


def _feasible(feature: Feature, x: Inputs, origin: Inputs) -> Inputs:
    if feature.direction == "none":
        return origin
    # again afterwards: where the origin is no whole number, or no category, rounding may lead past it
    return _in_direction(feature, _existing(feature, _in_direction(feature, x, origin), origin), origin)


def _in_direction(feature: Feature, x: Inputs, origin: Inputs) -> Inputs:
    if feature.direction == "up":
        return np.maximum(x, origin)
    return np.minimum(x, origin) if feature.direction == "down" else x


def _existing(feature: Feature, x: Inputs, origin: Inputs) -> Inputs:
    if feature.kind == "integer":
        x = np.where(x == origin, x, np.rint(x))
        x = np.where((x < feature.low) | (x > feature.high), origin, x)
    if feature.kind == "categorical" and feature.categories:
        known = np.asarray(feature.categories)
        nearest = known[np.abs(np.asarray(x)[:, None] - known).argmin(axis=1)]
        x = np.where(x == origin, x, nearest)
    return x
