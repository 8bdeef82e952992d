"""Squares in images: where the gradient is largest, and which values lie inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Inputs

_FEW = 4
"""Images have at most so many channels; a longer axis is height or width."""


def plane(shape: tuple[int, ...]) -> tuple[int, int]:
    """The axes of height and width of one image: the last two, or the first two where channels come last."""
    last = len(shape) == 3 and shape[2] <= _FEW < shape[0]
    return (0, 1) if last else (len(shape) - 2, len(shape) - 1)


def busiest(steep: Inputs, side: int, places: int) -> NDArray[np.intp]:
    """The upper left corners of the squares with the largest sums, shape (n, places, 2), the largest first.

    Squares of one image do not overlap while there is room for that. ``steep`` has the shape of a batch of images.
    """
    n, axes = len(steep), plane(steep.shape[1:])
    flat = np.moveaxis(steep, (axes[0] + 1, axes[1] + 1), (1, 2))
    flat = flat.reshape(*flat.shape[:3], -1).sum(axis=3, dtype=np.float64)
    total = np.pad(flat.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    sums = total[:, side:, side:] - total[:, :-side, side:] - total[:, side:, :-side] + total[:, :-side, :-side]
    down, across = np.arange(sums.shape[1])[None, :, None], np.arange(sums.shape[2])[None, None, :]
    corners = np.zeros((n, places, 2), np.intp)
    for rank in range(places):
        top, left = np.unravel_index(sums.reshape(n, -1).argmax(axis=1), sums.shape[1:])
        corners[:, rank, 0], corners[:, rank, 1] = top, left
        near = (np.abs(down - top[:, None, None]) < side) & (np.abs(across - left[:, None, None]) < side)
        sums = sums - near * (np.abs(sums).max() + 1)
    return corners


def window(shape: tuple[int, ...], corners: NDArray[np.intp], side: int) -> NDArray[np.bool_]:
    """Which values lie in the squares with these corners, (n, 2) -> (n, *shape)."""
    inside = np.ones((len(corners), *shape), bool)
    for which, axis in enumerate(plane(shape)):
        start = corners[:, which].reshape(-1, *[1] * len(shape))
        along = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
        inside &= (along >= start) & (along < start + side)
    return inside
