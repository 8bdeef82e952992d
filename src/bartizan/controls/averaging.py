"""Answers of several, taken together: votes, and the gradient of their mean probability."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Pull, Scores

PullAll: TypeAlias = Callable[[NDArray[np.float64]], Inputs]
"""Weights on the logits of each voice, (voices, n, classes) -> gradient of their sum by the input."""


def count_votes(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Labels (voices, n) -> votes (n, classes). A refusal is no vote."""
    votes = [np.count_nonzero(labels == label, axis=0) for label in range(classes)]
    return np.stack(votes, axis=1).astype(np.int64)


def majority(votes: NDArray[np.int64]) -> Labels:
    """The class with the most votes, shape (n,); the lower one where two are equal, REFUSED where nobody voted."""
    return np.where(votes.any(axis=1), votes.argmax(axis=1), REFUSED).astype(np.int64)


def shares(votes: NDArray[np.int64]) -> Scores:
    """Votes as probabilities; a row of zeros where nobody voted."""
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1), np.float64)


def mean_probability(logits: NDArray[np.float64], pull_all: PullAll) -> tuple[Scores, Pull]:
    """Logits (voices, n, classes) -> the logarithm of their mean softmax, and the pull through it.

    Attacking this is how one attacks a vote: averaged over noise it is SmoothAdv (Salman et al. 2019, section 3).
    """
    exps = np.exp(logits - logits.max(axis=2, keepdims=True))
    each = exps / exps.sum(axis=2, keepdims=True)
    mean = np.maximum(each.mean(axis=0), 1e-30)

    def pull(weights: Scores) -> Inputs:
        by_share = weights / mean / len(logits)
        return pull_all(each * (by_share - (each * by_share).sum(axis=2, keepdims=True)))

    return np.log(mean), pull
