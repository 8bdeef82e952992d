"""What all guards of predictors have in common: look at the inputs, ask the model, look at the answers.

A guard fails closed. What crashes it is refused: where the guard keeps no state, only the rows that crash it; where it
does, the whole call. Refused rows never reach the model.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import ClassVar, TypeAlias, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.core.errors import BartizanError
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Card, Labels, Lacking, Predictor, Pull, Scores, Wrapped

ANONYMOUS = "anonymous"
"""Who asks, where nobody said so."""

Rows: TypeAlias = NDArray[np.bool_]
_A = TypeVar("_A", Labels, Scores)


class Tally:
    """What a guard has done so far."""

    def __init__(self) -> None:
        self.seen = 0
        self.refused = 0
        self.crashed = 0
        """Of the refused: because the guard, not the input, went wrong."""


class Guarded(Wrapped):
    """A target behind a guard. Guards override `before`, `after_labels` and `after_scores`, each for whole batches.

    ``differentiate`` is the inner one's: an attacker who has the weights computes gradients past the guard, without
    leaving a trace in its state (straight-through: Athalye et al. 2018, section 4.1). Guards that can be differentiated
    override it, so that gradients know them.
    """

    remembers: ClassVar[bool] = False
    """Whether it keeps state, so that no input may be judged twice."""

    def __init__(self, inner: Predictor, guard: str) -> None:
        super().__init__(inner)
        self.tally = Tally()
        self.caller = ANONYMOUS
        self._name = f"{inner.card.name} behind {guard}"
        self._lock = threading.RLock()

    @property
    def card(self) -> Card:
        """The inner one's, under a name that says what stands before it."""
        return msgspec.structs.replace(self.inner.card, name=self._name)

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """The inputs as the model shall see them, and which rows are refused, shape (n,)."""
        return x, np.zeros(len(x), np.bool_)

    def after_labels(self, x: Inputs, labels: Labels) -> Labels:
        """The labels as the caller shall see them; ``x`` is what the model saw."""
        return labels

    def after_scores(self, x: Inputs, scores: Scores) -> Scores:
        """The scores as the caller shall see them; ``x`` is what the model saw."""
        return scores

    def labels(self, x: Inputs) -> Labels:
        """The inner one's for rows that pass, REFUSED for the others."""
        answer = np.full(len(x), REFUSED, np.int64)
        entered, passed = self._examined(x)
        if passed.any():
            given = self.inner.labels(entered)
            answer[passed] = self._released(self.after_labels, entered, given, answer[passed])
        return answer

    def scores(self, x: Inputs) -> Scores:
        """The inner one's for rows that pass, zeros for the others. Raises Lacking where the card names no scores."""
        if "scores" not in self.card.capabilities:
            raise Lacking(self.card.name, "scores")
        answer = np.zeros((len(x), self.card.classes))
        entered, passed = self._examined(x)
        if passed.any():
            given = self.inner.scores(entered)
            answer[passed] = self._released(self.after_scores, entered, given, answer[passed])
        return answer

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the inner one. Raises Lacking where the card names no gradients."""
        if "gradients" not in self.card.capabilities:
            raise Lacking(self.card.name, "gradients")
        return self.inner.differentiate(x)

    def _examined(self, x: Inputs) -> tuple[Inputs, Rows]:
        """The rows that pass, as the model shall see them, and which of ``x`` these are."""
        with self._lock:
            entered, refused = self._judged(x)
            self.tally.seen += len(x)
            self.tally.refused += int(refused.sum())
        return entered[~refused], ~refused

    def _judged(self, x: Inputs) -> tuple[Inputs, Rows]:
        try:
            return self.before(x)
        except BartizanError:
            raise
        except Exception:  # whatever went wrong: a guard that crashes does not allow
            if len(x) <= 1 or self.remembers:
                self.tally.crashed += len(x)
                return x, np.ones(len(x), np.bool_)
        half = len(x) // 2
        first, second = self._judged(x[:half]), self._judged(x[half:])
        return np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])

    def _released(self, hook: Callable[[Inputs, _A], _A], x: Inputs, given: _A, refusal: _A) -> _A:
        try:
            with self._lock:
                return hook(x, given)
        except BartizanError:
            raise
        except Exception:
            self.tally.crashed += len(x)
            self.tally.refused += len(x)
            return refusal


def called_by(target: Predictor, caller: str) -> Predictor:
    """The same target as this caller sees it: every guard of a chain knows who asks. Their state is shared, not copied.

    Guards outside of a chain of wrappers, such as those of an address, cannot be told.
    """
    if not isinstance(target, Wrapped):
        return target
    seen = copy.copy(target)
    seen.inner = called_by(target.inner, caller)
    if isinstance(seen, Guarded):
        seen.caller = caller
    return seen
