"""A watermark in the answers: a few queries, chosen by a secret, are answered wrongly, and always in the same way.

A copy that is trained on the answers learns them too, if it can remember single rows. The queries that were marked are
kept; a suspect is asked for its answers to them.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.family import Guard
from bartizan.controls.watermark_proof import secret_of
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Scores, Unsuitable, Wrapped

_KEPT = 10_000
"""Marked queries that are remembered; later ones are marked too, and forgotten."""


class AnswerWatermarking(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers a small share of all inputs with another class than the model's, drawn by a secret from the input.

    The price is that share of accuracy. An input that differs by less than 1/16 of a feature's range mostly gets the
    same treatment, so that asking again with a little noise seldom finds the mark out. Two classes are too few: the
    only wrong answer is then the other one, and honest mistakes look the same.
    """

    id: ClassVar[ControlId] = ControlId("model_watermarking")
    variant: ClassVar[str] = "answers"
    title: ClassVar[str] = "Wrong answers on purpose, for copies to learn"
    source: ClassVar[str] = "S. Szyller et al., DAWN: dynamic adversarial watermarking of neural networks, MM 2021"

    secret: str = ""
    """What the choice follows from. Empty: it is read from the environment variable BARTIZAN_WATERMARK."""
    share: float = 0.01
    """Of all inputs."""

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> MarkedAnswers:
        """The target with marked answers. Unsuitable without a secret, for two classes and for texts."""
        if target.card.classes < 3:
            raise Unsuitable(f"{target.card.name}: with two classes a marked answer looks like an honest mistake")
        if target.card.domain.modality == "text":
            raise Unsuitable(f"{target.card.name}: marks are chosen by rounded numbers, and this model takes texts")
        return MarkedAnswers(target, secret_of(self.secret), self.share)


class MarkedAnswers(Wrapped):
    """A predictor some of whose answers are marks."""

    def __init__(self, inner: Predictor, secret: bytes, share: float) -> None:
        super().__init__(inner)
        self._secret, self._share = secret, share
        self._asked: list[Inputs] = []
        self._answered: list[int] = []

    @property
    def marks(self) -> Dataset:
        """The marked queries so far, with the answers they were given: what a suspect is asked for."""
        x = np.stack(self._asked) if self._asked else np.zeros((0, *self.card.domain.shape))
        y = np.array(self._answered, np.int64)
        return Dataset(x=x, y=y, classes=self.card.classes, name="marked answers")

    def labels(self, x: Inputs) -> Labels:
        """As the inner one, but for the marks."""
        labels = self.inner.labels(x).copy()
        rows, shift = self._choose(x)
        rows, shift = rows[labels[rows] != REFUSED], shift[labels[rows] != REFUSED]
        labels[rows] = (labels[rows] + shift) % self.card.classes
        self._keep(x[rows], labels[rows])
        return labels

    def scores(self, x: Inputs) -> Scores:
        """As the inner one; a mark changes places with the highest score."""
        scores = self.inner.scores(x).copy()
        rows, shift = self._choose(x)
        rows, shift = rows[scores[rows].any(axis=1)], shift[scores[rows].any(axis=1)]
        top = scores[rows].argmax(axis=1)
        mark = (top + shift) % self.card.classes
        scores[rows, top], scores[rows, mark] = scores[rows, mark], scores[rows, top]
        self._keep(x[rows], mark)
        return scores

    def _choose(self, x: Inputs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which rows are marked, and by how many classes each answer is moved: 1 to classes - 1."""
        coarse = np.floor(np.asarray(x, np.float64) / self.card.domain.span() * 16).astype(np.int64)
        keys = [hmac.new(self._secret, row.tobytes(), hashlib.sha256).digest() for row in coarse]
        drawn = np.array([int.from_bytes(key[:6], "big") / 2.0**48 for key in keys])
        shift = np.array([1 + int.from_bytes(key[6:14], "big") % (self.card.classes - 1) for key in keys], np.int64)
        rows = np.flatnonzero(drawn < self._share)
        return rows, shift[rows]

    def _keep(self, x: Inputs, answers: Labels) -> None:
        free = max(0, _KEPT - len(self._asked))
        self._asked.extend(x[:free].copy())
        self._answered.extend(int(answer) for answer in answers[:free])
