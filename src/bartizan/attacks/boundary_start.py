"""Where a walk along the boundary starts: real inputs that are answered as wanted, the nearest first.

Uniform noise, which the paper starts from, often gets one and the same answer everywhere: on a table it loses samples
that real points of another class do not. So it is only the last resort here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.goal import Goal, batch
from bartizan.attacks.hop_skip_jump_steps import bisect
from bartizan.attacks.reach import Flat, Reach, Rows
from bartizan.targets.data import Dataset
from bartizan.targets.limit import Norm, distance
from bartizan.targets.predictor import Labels

_ROUNDS = 5
_COARSE = 1 / 64


def pool_of(
    goal: Goal, own: Labels, reserve: Dataset | None, most: int, rng: np.random.Generator
) -> tuple[Flat, Labels]:
    """Real inputs and the target's answers: of the reserve where there is one, else the samples themselves.

    ``own`` are the answers to the samples, which need no asking again.
    """
    if reserve is None or not len(reserve):
        return goal.reach.flat, own
    chosen = np.sort(rng.permutation(len(reserve))[:most])
    x = reserve.x[chosen].reshape(len(chosen), -1).astype(goal.reach.flat.dtype)
    return x, goal.labels(x)


def begin(
    goal: Goal, rows: Rows, pool: tuple[Flat, Labels], norm: Norm, tries: int, rng: np.random.Generator
) -> tuple[Rows, Flat]:
    """The rows for which a start was found, and for each a point at the boundary."""
    waiting, found, points = rows, [np.zeros(0, np.intp)], [goal.reach.flat[:0]]
    for turn in range(2 * _ROUNDS):
        if not len(waiting):
            break
        if turn < _ROUNDS:
            at, x = _nearest(goal, waiting, pool, slice(turn * tries, (turn + 1) * tries))
        else:
            at, x = np.repeat(waiting, 2 * tries), _uniform(goal.reach, waiting, 2 * tries, rng)
        met = goal.surely(x, at)
        if met.any():
            begun, best = _best(goal, at[met], x[met], norm)
            found, points = [*found, begun], [*points, best]
            waiting = np.setdiff1d(waiting, begun)
    order = np.argsort(np.concatenate(found))
    return np.concatenate(found)[order], np.concatenate(points)[order]


def _nearest(goal: Goal, rows: Rows, pool: tuple[Flat, Labels], ranks: slice) -> tuple[Rows, Flat]:
    """The points of the pool of these ranks by distance to each row, as they can be handed in from there."""
    x, labels = pool
    unit, flat = goal.reach.unit, goal.reach.flat[rows]
    scaled, near = x / unit, flat / unit
    apart = (scaled**2).sum(axis=1) - 2 * near @ scaled.T
    wrong = goal.reached(np.broadcast_to(labels, apart.shape), rows)
    apart = np.where(wrong, apart, np.inf)
    order = np.argsort(apart, axis=1)[:, ranks]
    fits = np.isfinite(np.take_along_axis(apart, order, axis=1))
    at = np.repeat(rows, order.shape[1]).reshape(order.shape)[fits]
    return at, goal.reach.nearest(x[order[fits]], at)


def _uniform(reach: Reach, rows: Rows, tries: int, rng: np.random.Generator) -> Flat:
    """Noise over the whole domain; around the origin where a value has no bounds."""
    at = np.repeat(rows, tries)
    noise = (rng.random((len(at), reach.flat.shape[1]), np.float32) * 2 - 1) * reach.unit
    low, high = (b if len(b) == 1 else b[at] for b in reach.bounds)
    closed = np.isfinite(low) & np.isfinite(high)
    middle = np.where(closed, (low + high) / 2, reach.flat[at])
    noise *= np.where(closed, 0.5, 1)
    return reach.nearest((middle + noise).astype(reach.flat.dtype), at)


def _best(goal: Goal, at: Rows, x: Flat, norm: Norm) -> tuple[Rows, Flat]:
    """Of several starts a row, each drawn to the boundary, the nearest one."""
    most = batch(x.shape[1])
    drawn = [bisect(goal, x[i : i + most], at[i : i + most], norm, _COARSE) for i in range(0, len(at), most)]
    near = np.concatenate(drawn)
    apart: NDArray[np.float64] = distance(norm, near, goal.reach.flat[at])
    order = np.lexsort((apart, at))
    rows, first = np.unique(at[order], return_index=True)
    return rows, near[order[first]]
