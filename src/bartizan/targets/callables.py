"""Any Python callable as a target: a function that gives labels, one that gives scores, or both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bartizan.targets.border import BadAnswer
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Capability, Card, Labels, Predictor, Pull, Scores, Unsuitable

Asked: TypeAlias = Callable[[Inputs], Any]
"""A batch, (n, *shape) or (n,) texts -> an array, or a list, with an answer for each sample."""
Differentiated: TypeAlias = Callable[[Inputs], tuple[Scores, Pull]]


class CallablePredictor(Predictor):
    """Functions over batches. Where there is no ``labels``, the class with the highest score is the label.

    Labels may be of any type where ``class_labels`` names them in the order of their classes; else they are indexes.
    What a function depends on cannot be known: give ``digest`` where evidence shall be tied to a model.
    """

    def __init__(  # noqa: PLR0913 - every part of a card may be told
        self,
        domain: Domain,
        classes: int,
        *,
        labels: Asked | None = None,
        scores: Asked | None = None,
        differentiate: Differentiated | None = None,
        class_labels: tuple[Any, ...] = (),
        name: str = "",
        digest: str = "",
        random: bool = False,
    ) -> None:
        if labels is None and scores is None:
            raise Unsuitable(f"{name or 'a target'}: give a function for labels, or one for scores")
        if class_labels and len(class_labels) != classes:
            raise Unsuitable(f"{name or 'a target'}: {len(class_labels)} names for {classes} classes")
        self._labels, self._scores, self._differentiate = labels, scores, differentiate
        self._class_labels = class_labels
        capabilities: set[Capability] = {"labels"}
        capabilities |= {"scores"} if scores is not None else set()
        capabilities |= {"gradients"} if differentiate is not None else set()
        called = labels or scores
        self._card = Card(
            name=name or getattr(called, "__name__", type(called).__name__),
            classes=classes,
            domain=domain,
            capabilities=frozenset(capabilities),
            digest=digest,
            random=random,
        )

    @property
    def card(self) -> Card:
        """What is known about it."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """As the function answers, as an array; indexes where the classes have names."""
        if self._labels is None:
            return best_of(self.scores(x))
        answer = np.asarray(self._labels(x))
        return indexes(answer, self._class_labels) if self._class_labels else answer

    def scores(self, x: Inputs) -> Scores:
        """As the function answers, as an array."""
        return np.asarray(self._scores(x), np.float64) if self._scores is not None else super().scores(x)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the function answers."""
        return self._differentiate(x) if self._differentiate is not None else super().differentiate(x)


def best_of(scores: Scores) -> Labels:
    """The class with the highest score in each row; REFUSED for a row of zeros. Raises BadAnswer."""
    if scores.ndim != 2:
        raise BadAnswer(f"scores of shape {scores.shape}; expected a row for each sample, a column for each class")
    return np.where(scores.any(axis=1), scores.argmax(axis=1), REFUSED).astype(np.int64)


def indexes(answer: Inputs, class_labels: tuple[Any, ...]) -> Labels:
    """The index of each answer among the names of the classes; one past the last where it is none of them."""
    known = {name: i for i, name in enumerate(class_labels)}
    return np.array([known.get(value, len(known)) for value in answer.reshape(-1).tolist()], np.int64)
