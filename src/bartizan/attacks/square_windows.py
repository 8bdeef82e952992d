"""Moves of the Square attack on images: a square window gets a new change, the same place for all samples of a turn.

Source: Andriushchenko et al., Square Attack (2020), algorithms 2 (Linf) and 3 (L2), and their own code. Arrays are
flat, (m, size); a move may leave the bounds of the pixels: who asks the target clips.
"""

from __future__ import annotations

import math

import numpy as np

from bartizan.attacks.reach import Flat

_TILES = 5
"""The first change for L2 is a grid of so many tiles a side."""


class Windows:
    """What both norms share: how an image is laid out, and where a window lies."""

    def __init__(self, shape: tuple[int, ...], radius: float) -> None:
        self.last = len(shape) == 3 and shape[2] in {1, 3, 4} and shape[0] not in {1, 3, 4}
        self.shape = shape if len(shape) == 3 else (1, *shape) if len(shape) == 2 else (1, 1, math.prod(shape))
        channels, height, width = (self.shape[2], *self.shape[:2]) if self.last else self.shape
        self.channels, self.height, self.width, self.radius = channels, height, width, radius

    def images(self, flat: Flat) -> Flat:
        """A view as (m, channels, height, width)."""
        laid = flat.reshape(-1, *self.shape)
        return np.moveaxis(laid, 3, 1) if self.last else laid

    def side(self, share: float, least: int = 1) -> int:
        """Of a square that covers this share of the image."""
        side = max(round(math.sqrt(share * self.height * self.width)), least)
        return min(side, self.height, self.width)

    def place(self, side: int, rng: np.random.Generator) -> tuple[slice, slice]:
        """Anywhere in the image."""
        top, left = rng.integers(self.height - side + 1), rng.integers(self.width - side + 1)
        return slice(top, top + side), slice(left, left + side)


class BoxWindows(Windows):
    """For Linf: each pixel changes by the whole radius, one sign a window and channel."""

    def begin(self, origin: Flat, rng: np.random.Generator) -> Flat:
        """Vertical stripes."""
        x = origin.copy()
        self.images(x)[...] += self.radius * _signs((len(x), self.channels, 1, self.width), rng, x.dtype)
        return x

    def move(self, origin: Flat, x: Flat, share: float, rng: np.random.Generator) -> Flat:
        """A window of one sign; of the other, where it would change nothing (which the paper's code draws again)."""
        moved = x.copy()
        rows, columns = self.place(self.side(share), rng)
        old, start = self.images(x)[:, :, rows, columns], self.images(origin)[:, :, rows, columns]
        change = self.radius * _signs((len(x), self.channels, 1, 1), rng, x.dtype)
        same = (np.abs(start + change - old) < 1e-6 * self.radius).all(axis=(1, 2, 3))
        change[same] *= -1
        self.images(moved)[:, :, rows, columns] = start + change
        return moved


class BallWindows(Windows):
    """For L2: what one window gives up, another one gets, with a new pattern added."""

    def begin(self, origin: Flat, rng: np.random.Generator) -> Flat:
        """Tiles of the pattern, each with its own sign, of length ``radius`` together."""
        change = np.zeros_like(origin)
        side = max(1, min(self.height, self.width) // _TILES)
        for top in range(0, self.height - side + 1, side):
            for left in range(0, self.width - side + 1, side):
                signs = _signs((len(origin), self.channels, 1, 1), rng, origin.dtype)
                self.images(change)[:, :, top : top + side, left : left + side] = pattern(side, rng) * signs
        return np.asarray(origin + self.radius * change / _length(change))

    def move(self, origin: Flat, x: Flat, share: float, rng: np.random.Generator) -> Flat:
        """The length that is left over and that of both windows goes into the first one; the second is emptied."""
        change = x - origin
        side = self.side(share, 3)
        first, second = self.place(side, rng), self.place(side, rng)
        image = self.images(change)
        free = np.maximum(self.radius**2 - (image**2).sum(axis=(1, 2, 3), keepdims=True), 0) / self.channels
        both = np.zeros((1, 1, self.height, self.width), bool)
        both[:, :, *first] = both[:, :, *second] = True
        within = (np.where(both, image, 0) ** 2).sum(axis=(2, 3), keepdims=True)
        old = image[:, :, *first]
        signs = _signs((len(x), self.channels, 1, 1), rng, x.dtype)
        new = pattern(side, rng) * signs + old / np.maximum(_norm(old), 1e-12)
        new = new / np.maximum(_norm(new), 1e-12) * np.sqrt(within + free)
        image[:, :, *second] = 0
        image[:, :, *first] = new
        return np.asarray(origin + self.radius * change / _length(change))


def pattern(side: int, rng: np.random.Generator) -> Flat:
    """Two heaps of opposite sign in a square, side by side or one above the other, of length 1 (the paper's eta)."""
    whole = np.zeros((side, side), np.float32)
    half = side // 2
    whole[:half] = _heap(half, side)
    whole[half:] = -_heap(side - half, side)
    whole /= max(float(np.linalg.norm(whole)), 1e-12)
    return whole.T if rng.random() > 0.5 else whole


def _heap(height: int, width: int) -> Flat:
    heap = np.zeros((height, width), np.float32)
    top, left = height // 2, width // 2
    for ring in range(max(height // 2, width // 2) + 1):
        rows = slice(max(top - ring, 0), top + ring + 1)
        heap[rows, max(left - ring, 0) : left + ring + 1] += 1 / (ring + 1) ** 2
    return np.asarray(heap / max(float(np.linalg.norm(heap)), 1e-12))


def _signs(shape: tuple[int, ...], rng: np.random.Generator, kind: np.dtype[np.floating]) -> Flat:
    return (2 * rng.integers(0, 2, shape, np.int8) - 1).astype(kind)


def _norm(images: Flat) -> Flat:
    return np.asarray(np.sqrt((images**2).sum(axis=(2, 3), keepdims=True)))


def _length(flat: Flat) -> Flat:
    return np.asarray(np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12))
