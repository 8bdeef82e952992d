"""Limits against exhaustion: what one input may be, and what one call may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, TypeVar

import numpy as np

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import Guarded, Rows
from bartizan.controls.guards.rate_limit import Clock
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Labels, Lacking, Predictor, Scores, Unsuitable

_A = TypeVar("_A", Labels, Scores)


class InputValidated(Guarded):
    """Refuses inputs that are malformed, out of bounds or too long, before the model spends anything on them."""

    def __init__(self, inner: Predictor, longest: int, longest_word: int, slack: float) -> None:
        super().__init__(inner, "dos_input_validation")
        self._longest, self._longest_word, self._slack = longest, longest_word, slack

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """All rows of a batch with the wrong shape, otherwise row by row."""
        domain = self.inner.card.domain
        if domain.modality == "text":
            return x, np.array([not self._sound(text) for text in x], np.bool_)
        if x.dtype.kind not in "fiu" or (domain.shape and x.shape[1:] != domain.shape):
            return x, np.ones(len(x), np.bool_)
        return x, ~_within(x, domain, self._slack)

    def _sound(self, text: object) -> bool:
        if not isinstance(text, str) or len(text) > self._longest:
            return False
        return max(map(len, text.split()), default=0) <= self._longest_word


def _within(x: Inputs, domain: Domain, slack: float) -> Rows:
    low, high = domain.bounds()
    room = slack * domain.span()
    sound = np.isfinite(x) & (x >= low - room) & (x <= high + room)
    return np.asarray(sound.reshape(len(x), -1).all(axis=1))


class DosInputValidation(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds for each input: finite values within the domain; texts and their words no longer than ordinary ones."""

    id: ClassVar[ControlId] = ControlId("dos_input_validation")
    title: ClassVar[str] = "Refuse oversized and malformed inputs"

    slack: float = 0.0
    """By which share of its span a value may lie outside of its bounds."""
    longer: float = 2.0
    """Texts: how many times as long as the longest ordinary text, and the longest ordinary word, they may be."""

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> InputValidated:
        """Lengths are measured on the clean texts. Raises Unsuitable for texts where there are none."""
        longest = word = 0
        if target.card.domain.modality == "text":
            if not len(clean):
                raise Unsuitable("there are no ordinary texts to take the length from")
            longest = int(self.longer * max(len(text) for text in clean.x))
            word = int(self.longer * max(max(map(len, text.split()), default=1) for text in clean.x))
        return InputValidated(target, longest, word, self.slack)


class Limited(Guarded):
    """Answers at most ``rows`` of a call, and none after its deadline. What comes too late is refused.

    The model is asked in parts of ``part`` rows, and the clock is looked at between them, so a call may take longer
    than its deadline by the time of one part: the deadline cannot stop a model in the middle.
    """

    def __init__(
        self, inner: Predictor, rows: int, seconds: float | None, *, part: int = 64, clock: Clock = time.perf_counter
    ) -> None:
        super().__init__(inner, "limit_resources")
        self._rows, self._seconds, self._part, self._clock = rows, seconds, part, clock

    def labels(self, x: Inputs) -> Labels:
        """The inner one's, in parts until the deadline; then REFUSED."""
        return self._in_parts(self.inner.labels, x, np.full(len(x), REFUSED, np.int64))

    def scores(self, x: Inputs) -> Scores:
        """The inner one's, in parts until the deadline; then zeros."""
        if "scores" not in self.card.capabilities:
            raise Lacking(self.card.name, "scores")
        return self._in_parts(self.inner.scores, x, np.zeros((len(x), self.card.classes)))

    def _in_parts(self, ask: Callable[[Inputs], _A], x: Inputs, answer: _A) -> _A:
        admitted, start, done = min(len(x), self._rows), self._clock(), 0
        while done < admitted and not self._late(start):
            stop = admitted if self._seconds is None else min(done + self._part, admitted)
            answer[done:stop] = ask(x[done:stop])
            done = stop
        self.tally.seen += len(x)
        self.tally.refused += len(x) - done
        return answer

    def _late(self, start: float) -> bool:
        return self._seconds is not None and self._clock() - start >= self._seconds


class LimitResources(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits for each call: its rows, and its time."""

    id: ClassVar[ControlId] = ControlId("limit_resources")
    title: ClassVar[str] = "Limits on the size and time of a call"

    rows: int = 10_000
    seconds: float | None = None
    """By the clock, so that results may differ between machines; None: no deadline."""
    part: int = 64

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.rows < 1 or self.part < 1 or (self.seconds is not None and self.seconds <= 0):
            raise ValueError("rows and part are at least 1, seconds above 0")

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Limited:
        """Around any target."""
        return Limited(target, self.rows, self.seconds, part=self.part)
