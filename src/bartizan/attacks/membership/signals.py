"""What a target's answers say about a record whose true class is known."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Scores

Signal: TypeAlias = Literal["loss", "confidence", "entropy", "modified_entropy"]
_TINY = 1e-30


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """How much a model believes in the true class of records; arrays of one shape, the last axis the records.

    Both parts are kept because 1 minus a number near 1 has no digits left.
    """

    right: NDArray[np.float64]
    """The probability of the true class."""
    wrong: NDArray[np.float64]
    """That of all others. Both are 0 where the input was refused."""

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where there was an answer at all."""
        return np.asarray(self.right + self.wrong > 0)

    def logit(self, smoothing: float) -> NDArray[np.float64]:
        """The logit of the true class with this much added to both sides; 0 where there was no answer.

        It scales confidence so that its spread over models is near normal (Carlini et al. 2022, section IV-C).
        Smoothing keeps a forest's exact 0 and 1 finite, and says how sure one can be of them.
        """
        return np.asarray(np.log((self.right + smoothing) / (self.wrong + smoothing)))


def belief(target: Predictor, records: Dataset) -> Belief:
    """How much the target believes in the records' true classes; one query a record."""
    return belief_in(target.scores(records.x), records)


def belief_in(scores: Scores, records: Dataset) -> Belief:
    """The same from scores, shape (n, classes)."""
    scores = np.clip(scores, 0.0, None)
    rows = np.arange(len(records))
    right = scores[rows, records.y]
    others = scores.copy()
    others[rows, records.y] = 0.0
    return Belief(right=right, wrong=others.sum(axis=1))


def signal(scores: Scores, records: Dataset, kind: Signal) -> NDArray[np.float64]:
    """A score for each record, shape (n,), the higher the likelier a member; refused records get the lowest.

    ``loss`` is the log of the true class's probability (Yeom et al. 2018). The others are as in L. Song and P. Mittal,
    Systematic Evaluation of Privacy Risks of Machine Learning Models, USENIX Security 2021, section 3: the highest
    probability, minus the entropy, and minus the entropy that knows the true class. Entropies lie on a log scale,
    which keeps their order and resolves values near 0.
    """
    scores = np.clip(scores, 0.0, None)
    found = belief_in(scores, records)
    if kind == "loss":
        value = np.log(found.right + _TINY) - np.log(found.wrong + _TINY)
    elif kind == "confidence":
        top = scores.max(axis=1)
        value = np.log(top + _TINY) - np.log(np.maximum(scores.sum(axis=1) - top, 0.0) + _TINY)
    elif kind == "entropy":
        value = -np.log(_surprise(scores, scores).sum(axis=1) + _TINY)
    else:
        others = scores.copy()
        others[np.arange(len(records)), records.y] = 0.0
        entropy = _surprise(found.wrong, found.right) + _surprise(others, 1 - others).sum(axis=1)
        value = -np.log(entropy + _TINY)
    return np.where(found.answered, value, value[found.answered].min(initial=0.0) - 1.0)


def _surprise(weight: NDArray[np.float64], probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight times minus the log of a probability, 0 or more."""
    return np.asarray(weight * np.maximum(-np.log(np.maximum(probability, _TINY)), 0.0))
