"""How like a reconstruction is to what the model was trained on. How sure the model is of it says nothing of that."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels

_DRAWS = 2_000
_AT_ONCE = 4_096


class Likeness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mean correlation over classes."""

    mean: float
    low: float
    high: float
    """95 % percentile-bootstrap interval over the reconstructions; as wide as correlations go where there is one."""
    each: tuple[float, ...]
    """Of each reconstruction, -1 to 1; 0 for one without any contrast."""


class Reconstruction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What reconstructions are worth."""

    count: int
    """Reconstructions."""
    samples: int
    """Training samples of their classes that they were compared with."""
    to_mean: Likeness
    """Pearson's correlation to the mean of the training samples of the class."""
    to_nearest: Likeness
    """The highest correlation to any one of them."""


def grade(likenesses: Inputs, classes: Labels, train: Dataset, *, seed: int = 0) -> Reconstruction:
    """Compare likenesses, shape (k, *shape), with the training samples of their classes.

    Columns of a table, (k, columns), are measured in standard deviations from the mean of all training samples, so
    that no unit outweighs another; images are compared as they are. Raises ValueError where shapes do not fit, or a
    class has no training sample.
    """
    if likenesses.shape != (len(classes), *train.x.shape[1:]):
        raise ValueError(f"likenesses of shape {likenesses.shape}; expected {(len(classes), *train.x.shape[1:])}")
    absent = sorted(set(np.asarray(classes).tolist()) - set(train.y.tolist()))
    if absent:
        raise ValueError(f"no training samples of class {', '.join(map(str, absent))}")
    made = np.asarray(likenesses, float).reshape(len(classes), -1)
    known = np.asarray(train.x, float).reshape(len(train), -1)
    if train.x.ndim == 2:
        middle, width = known.mean(axis=0), known.std(axis=0)
        width[width == 0] = 1.0
        made, known = (made - middle) / width, (known - middle) / width
    to_mean = [
        _correlations(one, known[train.y == c].mean(axis=0)[None])[0] for one, c in zip(made, classes, strict=True)
    ]
    to_nearest = [_correlations(one, known[train.y == c]).max() for one, c in zip(made, classes, strict=True)]
    return Reconstruction(
        count=len(classes),
        samples=int(np.isin(train.y, classes).sum()),
        to_mean=_likeness(to_mean, seed),
        to_nearest=_likeness(to_nearest, seed),
    )


def _correlations(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's, of one vector (d,) with each row of others (n, d); 0 where either is constant."""
    one = one - one.mean()
    parts = []
    for start in range(0, len(others), _AT_ONCE):
        some = others[start : start + _AT_ONCE]
        some = some - some.mean(axis=1, keepdims=True)
        scale = np.linalg.norm(one) * np.linalg.norm(some, axis=1)
        parts.append(np.where(scale > 1e-12, some @ one / np.maximum(scale, 1e-12), 0.0))
    return np.asarray(np.concatenate(parts).clip(-1, 1))


def _likeness(each: list[float], seed: int) -> Likeness:
    values = np.asarray(each, float)
    low, high = -1.0, 1.0
    if len(values) > 1:
        draws = np.random.default_rng(seed).integers(0, len(values), (_DRAWS, len(values)))
        low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975]).tolist()
    return Likeness(mean=float(values.mean()), low=low, high=high, each=tuple(values.tolist()))
