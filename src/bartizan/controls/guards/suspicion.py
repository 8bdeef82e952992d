"""Guards that give each input a suspicion and refuse what lies above a threshold, set by ordinary inputs."""

from __future__ import annotations

import abc
import math

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.guards.guarded import Guarded, Rows
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Predictor, Unsuitable

Suspicion = NDArray[np.float64]


class Detector(Guarded):
    """Refuses what is more suspicious than ``threshold``. What cannot be judged (NaN) is refused too."""

    threshold: float = math.inf

    @abc.abstractmethod
    def suspicion(self, x: Inputs) -> Suspicion:
        """The higher, the more suspicious; shape (n,). Keeps no state: for ROC curves and for whoever adapts to it."""

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """Refuse all but what lies at or below the threshold."""
        return x, ~(self.suspicion(x) <= self.threshold)

    def calibrated(self, clean: Dataset, false_positives: float) -> Detector:
        """Itself, with the threshold at which this share of inputs like the clean ones is refused."""
        self.threshold = threshold_at(self.suspicion(clean.x), false_positives)
        return self


def threshold_at(ordinary: Suspicion, false_positives: float) -> float:
    """The threshold that at most this share of further ordinary inputs exceeds, in expectation.

    The split-conformal quantile (Papadopoulos et al. 2002; Vovk et al. 2005): the ceil((n + 1)(1 - rate))-th smallest
    of the n suspicions, which must not have been used to fit the detector. Raises Unsuitable where n is too small.
    """
    if not 0 < false_positives < 1:
        raise ValueError(f"a rate of false positives of {false_positives}; it lies between 0 and 1")
    if not np.isfinite(ordinary).all():
        raise Unsuitable(f"{int((~np.isfinite(ordinary)).sum())} of {len(ordinary)} ordinary inputs cannot be judged")
    rank = math.ceil((len(ordinary) + 1) * (1 - false_positives))
    if rank > len(ordinary):
        least = math.ceil(1 / false_positives) - 1
        raise Unsuitable(
            f"{len(ordinary)} ordinary inputs are too few for {false_positives:.2%} false alarms; it takes {least}"
        )
    return float(np.partition(ordinary, rank - 1)[rank - 1])


def halves(clean: Dataset, rng: np.random.Generator) -> tuple[Dataset, Dataset]:
    """Ordinary inputs to fit a detector on, and others to set its threshold by."""
    if len(clean) < 4:
        raise Unsuitable(f"{len(clean)} ordinary inputs are too few to fit a detector and to set its threshold")
    order = rng.permutation(len(clean))
    return clean.take(order[: len(order) // 2]), clean.take(order[len(order) // 2 :])


def numeric(target: Predictor, title: str) -> None:
    """Raises Unsuitable for texts."""
    if target.card.domain.modality == "text":
        raise Unsuitable(f"{title} is made for images and tables, not for texts")
