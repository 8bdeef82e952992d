"""Why a model answered as it did, found by hiding parts of the input and asking again: only answers are needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Predictor, Unsuitable

Weights = NDArray[np.float64]


def parts(shape: tuple[int, ...], size: int) -> NDArray[np.int64]:
    """To which part each value of a sample belongs, shape (values,): columns of a table, squares of ``size`` pixels."""
    if len(shape) < 2:
        return np.arange(int(np.prod(shape, dtype=int)))
    rows, columns = np.indices(shape[-2:]) // size
    square = rows * (-(-shape[-1] // size)) + columns
    return np.ascontiguousarray(np.broadcast_to(square, shape)).ravel().astype(np.int64)


def occlusion(target: Predictor, x: Inputs, background: Inputs, labels: NDArray[np.int64], size: int = 2) -> Weights:
    """How much hiding each part lowers the score of the given label, shape (n, parts).

    A hidden part shows what ordinary inputs show there: the mean over all rows of ``background``, which is asked one by
    one, so that no made-up input decides. Without scores a change of label counts 1. Costs n * parts * rows queries.
    Source: M. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 4.2; for
    tables: M. Robnik-Šikonja, I. Kononenko, Explaining classifications for individual instances, 2008.
    """
    part = parts(x.shape[1:], size)
    whole = _held(target, x, labels)
    weights = np.zeros((len(x), int(part.max()) + 1))
    for k in range(weights.shape[1]):
        hiding = part == k
        for row in background:
            weights[:, k] += whole - _held(target, covered(x, hiding[None], row), labels)
    return weights / len(background)


def covered(x: Inputs, hiding: NDArray[np.bool_], row: Inputs) -> Inputs:
    """The inputs with the hidden values, (n or 1, values), taken from another row."""
    flat = np.where(hiding, row.reshape(1, -1), x.reshape(len(x), -1))
    return np.asarray(flat.reshape(x.shape), x.dtype)


def permutation_importance(
    target: Predictor, data: Dataset, rng: np.random.Generator, repeats: int = 5
) -> list[tuple[int, float, float, float]]:
    """For each column: its index, the share of right answers lost when it is shuffled, and a 95 % interval.

    The most important first. The interval is that of the rows whose answer changes from right to wrong, less those that
    change the other way, over all repeats. Source: L. Breiman, Random forests, 2001, section 10.
    """
    if data.x.dtype == object:
        raise Unsuitable("texts have no columns to shuffle")
    right = target.labels(data.x) == data.y
    found = []
    for column in range(int(np.prod(data.x.shape[1:], dtype=int))):
        lost = np.zeros((repeats, len(data)))
        for again in range(repeats):
            flat = data.x.reshape(len(data), -1).copy()
            flat[:, column] = rng.permutation(flat[:, column])
            lost[again] = right.astype(int) - (target.labels(flat.reshape(data.x.shape)) == data.y)
        each = lost.mean(axis=0)
        half = 1.96 * float(each.std(ddof=1)) / np.sqrt(len(each)) if len(each) > 1 else 1.0
        found.append((column, float(each.mean()), float(each.mean() - half), float(each.mean() + half)))
    return sorted(found, key=lambda entry: -entry[1])


def _held(target: Predictor, x: Inputs, labels: NDArray[np.int64]) -> Weights:
    """How firmly the target holds to each label."""
    if "scores" in target.card.capabilities:
        return target.scores(x)[np.arange(len(x)), labels]
    return np.asarray(target.labels(x) == labels, np.float64)


def rank_agreement(first: Weights, second: Weights) -> Weights:
    """Spearman's correlation of each row of weights with its counterpart, shape (n,); 0 for a row of equal weights."""
    ranks = [_ranks(weights) - (weights.shape[1] - 1) / 2 for weights in (first, second)]
    lengths = np.linalg.norm(ranks[0], axis=1) * np.linalg.norm(ranks[1], axis=1)
    return np.asarray((ranks[0] * ranks[1]).sum(axis=1) / np.maximum(lengths, 1e-12))


def _ranks(weights: Weights) -> Weights:
    """Ranks from 0, ties sharing their mean."""
    below = (weights[:, None, :] < weights[:, :, None]).sum(axis=2)
    ties = (weights[:, None, :] == weights[:, :, None]).sum(axis=2)
    return np.asarray(below + (ties - 1) / 2, np.float64)


def answered(target: Predictor, x: Inputs) -> NDArray[np.int64]:
    """Which rows got an answer at all."""
    return np.flatnonzero(target.labels(x) != REFUSED)
