"""Moves of the Square attack on tables: some columns, drawn for each sample, take the place of the window.

Columns have no neighbours, so there is no square; schedule, starts at the corners and the exchange of length are as in
Andriushchenko et al. (2020), algorithms 2 and 3.
"""

from __future__ import annotations

import numpy as np

from bartizan.attacks.reach import Flat, Reach


class Columns:
    """What both norms share: which columns can change, and how far."""

    def __init__(self, reach: Reach, radius: float) -> None:
        self.free = np.flatnonzero(reach.free)
        self.unit, self.uneven, self.radius = reach.unit, reach.uneven, radius
        self.room = np.full(len(reach.unit), radius, reach.flat.dtype)
        """How far each value can go; integers and categories by whole steps."""
        self.room[reach.discrete] = np.floor(radius / reach.gap) * reach.gap
        self.room[~reach.free] = 0

    def count(self, share: float) -> int:
        """How many columns this share is."""
        return min(max(round(share * len(self.free)), 1), len(self.free))

    def drawn(self, m: int, count: int, rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """So many columns of each of ``m`` samples, as a mask."""
        mask = np.zeros((m, len(self.unit)), bool)
        order = rng.random((m, len(self.free)), np.float32).argsort(axis=1)[:, :count]
        np.put_along_axis(mask, self.free[order], True, axis=1)
        return mask


class BoxColumns(Columns):
    """For Linf: the chosen values change by the whole radius."""

    def begin(self, origin: Flat, rng: np.random.Generator) -> Flat:
        """Every value up or down."""
        return np.asarray(origin + self.room * _signs(origin, rng))

    def move(self, origin: Flat, x: Flat, share: float, rng: np.random.Generator) -> Flat:
        """The chosen values up or down; the only one the other way than it is."""
        count = self.count(share)
        there = origin + self.room * _signs(origin, rng)
        if count == 1:
            there = np.where(np.abs(there - x) < 1e-6 * self.room, 2 * origin - there, there)
        return np.where(self.drawn(len(x), count, rng), there, x)


class BallColumns(Columns):
    """For L2: what some columns give up, others get."""

    def begin(self, origin: Flat, rng: np.random.Generator) -> Flat:
        """A random direction of length ``radius``."""
        change = np.zeros_like(origin)
        change[:, self.free] = self._noise(origin, rng)[:, self.free]
        return np.asarray(origin + self.radius * change / _length(change))

    def move(self, origin: Flat, x: Flat, share: float, rng: np.random.Generator) -> Flat:
        """The length that is left over and that of all chosen columns goes into the first half of them."""
        change, count = x - origin, self.count(share)
        first = self.drawn(len(x), count, rng)
        second = self.drawn(len(x), count, rng) & ~first
        length = np.sqrt(
            np.maximum(self.radius**2 - (change**2).sum(axis=1, keepdims=True), 0)
            + (np.where(first | second, change, 0) ** 2).sum(axis=1, keepdims=True)
        )
        noise, old = np.where(first, self._noise(origin, rng), 0), np.where(first, change, 0)
        new = noise / _length(noise) + old / _length(old)
        moved = np.where(first, length * new / _length(new), np.where(second, 0, change))
        return np.asarray(origin + moved)

    def _noise(self, origin: Flat, rng: np.random.Generator) -> Flat:
        """Of a size in the values' own units, in their ranges, or between: any may be the one that matters."""
        power = rng.choice((0.0, 0.5, 1.0)) if self.uneven else 0.0
        noise: Flat = rng.standard_normal(origin.shape, np.float32) * self.unit**power
        return noise


def _signs(like: Flat, rng: np.random.Generator) -> Flat:
    return (2 * rng.integers(0, 2, like.shape, np.int8) - 1).astype(like.dtype)


def _length(flat: Flat) -> Flat:
    return np.asarray(np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12))
