"""The steps of HopSkipJump, each for many samples at once: to the boundary, where it leans, and onwards along it.

Source: Chen, Jordan, Wainwright, HopSkipJumpAttack (2020), sections III and IV; the widths of the noise are those of
the authors' own code. Values of very different ranges are walked in units of their range.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.goal import Goal, batch
from bartizan.attacks.reach import Flat, Rows
from bartizan.targets.limit import Norm, distance

_HALVINGS = 24
"""A step this many times halved goes nowhere."""


def bisect(goal: Goal, x: Flat, rows: Rows, norm: Norm, tolerance: float) -> Flat:
    """Wrongly answered ``x`` (m, size) drawn towards their origins, to where the answer is about to turn.

    By a line for L2, by a shrinking box for Linf. What comes back has itself been answered as wanted.
    """
    origin, found = goal.reach.flat[rows], x.copy()
    way, width = x - origin, distance("linf", x, origin)[:, None].astype(x.dtype)
    low, high = np.zeros((len(rows), 1), x.dtype), np.ones((len(rows), 1), x.dtype)
    for _ in range(math.ceil(-math.log2(tolerance))):
        middle = (low + high) / 2
        nearer = origin + (middle * way if norm == "l2" else np.clip(way, -middle * width, middle * width))
        tries = goal.reach.nearest(nearer, rows)
        met = goal.surely(tries, rows)
        found[met] = tries[met]
        high, low = np.where(met[:, None], middle, high), np.where(met[:, None], low, middle)
    return found


def lean(
    goal: Goal, x: Flat, rows: Rows, width: NDArray[np.float64], count: int, norm: Norm, rng: np.random.Generator
) -> list[Flat]:
    """Directions in which the answer turns to what is wanted, at each boundary point; each (m, size), of length 1.

    Monte Carlo with a baseline (equations 9 and 16): noise of this width (a sample, in units of the values' ranges), by
    ``count`` answers a sample. For Linf the signs of the slope. For L2 the slope itself; where values have different
    ranges, also the slope in units of the ranges and the one between: the first is the way to the nearest point, but
    among bounds the others get farther.
    """
    slope = np.empty_like(x)
    most = max(1, batch(x.shape[1]) // count)
    for i in range(0, len(rows), most):
        part = slice(i, i + most)
        slope[part] = _estimate(goal, x[part], rows[part], width[part], count, norm, rng)
    if norm == "linf":
        return [np.sign(slope)]
    unit = goal.reach.unit
    ways = [slope * unit**power for power in ((-1, -0.5, 0) if goal.reach.uneven else (0,))]
    return [way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-30) for way in ways]


def _estimate(
    goal: Goal, x: Flat, rows: Rows, width: NDArray[np.float64], count: int, norm: Norm, rng: np.random.Generator
) -> Flat:
    reach, size = goal.reach, x.shape[1]
    scale = (width[:, None] * reach.unit).astype(x.dtype)
    scale[:, reach.discrete] = np.maximum(scale[:, reach.discrete], 0.6 * math.sqrt(size) * reach.gap)
    most, done = batch(size), 0
    pulled, drawn, answers = np.zeros_like(x), np.zeros_like(x), np.zeros(len(rows))
    while done < count:
        k = min(most, count - done)
        noise = _noise(goal, (len(rows), k, size), norm, rng) * scale[:, None]
        tries = reach.nearest(np.add(noise, x[:, None], out=noise), rows)
        signs = 2.0 * goal.met(tries, rows) - 1
        moved = np.subtract(tries, x[:, None], out=tries)
        pulled += (signs[:, None].astype(x.dtype) @ moved)[:, 0]
        drawn += moved.sum(axis=1)
        answers += signs.sum(axis=1)
        done += k
    mean = (answers / count)[:, None].astype(x.dtype)
    estimate = np.where(np.abs(mean) == 1, pulled, pulled - mean * drawn)
    return np.asarray(estimate * reach.unit / scale**2)


def _noise(goal: Goal, shape: tuple[int, int, int], norm: Norm, rng: np.random.Generator) -> Flat:
    """Directions of length 1; fixed values stay, and of the steps of discrete ones about one is taken a try."""
    noise: Flat = rng.standard_normal(shape, np.float32) if norm == "l2" else rng.random(shape, np.float32) * 2 - 1
    noise *= 1 / np.sqrt(np.einsum("mks,mks->mk", noise, noise))[..., None]
    if not goal.reach.free.all():
        noise *= goal.reach.free
    steps = goal.reach.discrete
    if len(steps) > 1:
        noise[..., steps] *= rng.random((*shape[:2], len(steps)), np.float32) < 1 / len(steps)
    return noise


def leap(goal: Goal, x: Flat, rows: Rows, direction: Flat, length: NDArray[np.float64]) -> Flat:
    """Each point moved along its direction by the longest of ``length``, its half, its quarter ... that stays wrong.

    A point that finds none stays where it is (equation 17 and algorithm 2).
    """
    found, waiting, step = x.copy(), np.arange(len(rows)), length.astype(x.dtype)
    for _ in range(_HALVINGS):
        if not len(waiting):
            break
        tries = goal.reach.nearest(x[waiting] + step[waiting, None] * direction[waiting], rows[waiting])
        met = goal.surely(tries, rows[waiting])
        found[waiting[met]] = tries[met]
        waiting = waiting[~met]
        step[waiting] /= 2
    return found


def undo(goal: Goal, x: Flat, rows: Rows) -> Flat:
    """The same without those changes of integers and categories that are not needed: a line cannot take them back."""
    for column in goal.reach.discrete:
        origin = goal.reach.flat[rows, column]
        changed = np.flatnonzero(x[:, column] != origin)
        if not len(changed):
            continue
        tries = x[changed]
        tries[:, column] = origin[changed]
        met = goal.surely(tries, rows[changed])
        x[changed[met]] = tries[met]
    return x
