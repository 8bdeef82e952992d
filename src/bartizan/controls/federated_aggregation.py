"""How a server makes one update of many: the mean that trusts everybody, and rules that some liars cannot move far.

All take updates of shape (clients, values) and return one of shape (values,).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.predictor import Unsuitable

Updates: TypeAlias = NDArray[np.float64]


def mean(updates: Updates, weights: NDArray[np.float64]) -> Updates:
    """The mean by weights, as FedAvg takes it. One client can move it anywhere.

    Source: B. McMahan et al., Communication-efficient learning of deep networks from decentralized data, AISTATS 2017.
    """
    return np.asarray(np.average(updates, axis=0, weights=weights))


def median(updates: Updates) -> Updates:
    """The median of each value. Source: D. Yin et al., Byzantine-robust distributed learning, ICML 2018, option I.

    Clients count alike: a weight is what a liar would claim first.
    """
    return np.asarray(np.median(updates, axis=0))


def trimmed_mean(updates: Updates, liars: int) -> Updates:
    """The mean of each value without the ``liars`` highest and lowest. Source: Yin et al., option II."""
    if len(updates) <= 2 * liars:
        raise Unsuitable(f"a mean without {liars} clients at either end needs {2 * liars + 1}, not {len(updates)}")
    kept = np.sort(updates, axis=0)[liars : len(updates) - liars]
    return np.asarray(kept.mean(axis=0))


def krum(updates: Updates, liars: int) -> Updates:
    """The one update that lies closest to its clients - liars - 2 nearest.

    Source: P. Blanchard et al., Machine learning with adversaries: Byzantine tolerant gradient descent, NeurIPS 2017,
    section 4, which needs at least 2 * liars + 3 clients.
    """
    n = len(updates)
    if n < 2 * liars + 3:
        raise Unsuitable(f"Krum holds out against {liars} liars among {2 * liars + 3} clients or more, not {n}")
    squares = (updates**2).sum(axis=1)
    distances = np.maximum(0.0, squares[:, None] + squares[None] - 2 * updates @ updates.T)
    np.fill_diagonal(distances, np.inf)
    nearest = np.sort(distances, axis=1)[:, : n - liars - 2]
    return np.asarray(updates[int(nearest.sum(axis=1).argmin())])
