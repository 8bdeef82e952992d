"""Obscure confidence: scores with less detail than the model has. The answered class stays the same."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import Guarded
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Card, Predictor, Scores, Unsuitable

_ID = ControlId("obscure_confidence")


class Obscured(Guarded):
    """A target whose scores are blurred. Gradients stay those of the model: whoever has its weights is not kept off."""

    def __init__(self, inner: Predictor, guard: ObscureConfidence) -> None:
        super().__init__(inner, guard.name)
        self.guard = guard

    def after_scores(self, x: Inputs, scores: Scores) -> Scores:
        """Softened, cut to the top, rounded, in that order; rows of refused inputs stay zeros."""
        return obscured(scores, self.guard)


class ObscureConfidence(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Blurs the scores: temperature, the top few only, rounding. Each may be combined with the others."""

    id: ClassVar[ControlId] = _ID
    title: ClassVar[str] = "Coarser scores"
    source: ClassVar[str] = (
        "Tramèr et al. 2016, section 7 (rounding); Shokri et al. 2017, section IX (top k, temperature)"
    )

    digits: int | None = 1
    """Decimal places that are shown. What rounding down leaves over is shown for the answered class."""
    top: int | None = None
    """How many classes get their own score; the others share the rest evenly."""
    temperature: float = 1.0
    """Above 1 scores are flatter, below 1 steeper."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.temperature <= 0 or (self.top is not None and self.top < 1) or (self.digits or 0) < 0:
            raise ValueError("temperature must be above 0, top at least 1, digits at least 0")

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Predictor:
        """Raises Unsuitable where the target gives no scores to obscure."""
        if "scores" not in target.card.capabilities:
            raise Unsuitable(f"{target.card.name} gives no scores, so there is nothing to obscure")
        return Obscured(target, self)


def obscured(scores: Scores, how: ObscureConfidence) -> Scores:
    """Scores with less detail, same shape. Rows still add up to 1, and the highest class is still the highest."""
    given = scores.any(axis=1)
    rows = np.flatnonzero(given)
    top = scores[rows].argmax(axis=1)
    some = scores[rows]
    if how.temperature != 1:
        logs = np.log(np.maximum(some, 1e-300)) / how.temperature
        some = np.exp(logs - logs.max(axis=1, keepdims=True))
        some /= some.sum(axis=1, keepdims=True)
    if how.top is not None and how.top < some.shape[1]:
        some = _top(some, how.top)
    if how.digits is not None:
        step = 10.0**-how.digits
        some = np.floor(some / step + 1e-9) * step
        some[np.arange(len(some)), top] += 1 - some.sum(axis=1)
    blurred = np.zeros_like(scores)
    blurred[rows] = some
    return blurred


def _top(scores: Scores, k: int) -> Scores:
    order = np.argsort(-scores, axis=1, kind="stable")
    kept = np.zeros(scores.shape, np.bool_)
    np.put_along_axis(kept, order[:, :k], True, axis=1)
    rest = np.where(kept, 0.0, scores).sum(axis=1, keepdims=True) / (scores.shape[1] - k)
    return np.where(kept, scores, rest)


class LabelsAlone(Guarded):
    """A target that shows its decision and nothing else."""

    @property
    def card(self) -> Card:
        """The inner one's with labels as its only capability."""
        return msgspec.structs.replace(super().card, capabilities=frozenset({"labels"}))


class LabelOnly(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers the class and no score.

    What callers see is a target with labels only: attacks by scores or gradients do not apply to it. That says nothing
    of an attacker who has the weights; measure that one on the target without this guard.
    """

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "label_only"
    title: ClassVar[str] = "No scores at all"
    source: ClassVar[str] = "Shokri et al. 2017, section IX; its limits: Choquette-Choo et al. 2021"

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> Predictor:
        """The target, with labels as its only capability."""
        return LabelsAlone(target, self.name)
