"""Continuous validation: a model is asked the same questions again and again, and compared with a trusted one."""

from __future__ import annotations

import math
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.earlier_answers import EarlierAnswers, tally, trusted_answers
from bartizan.controls.family import Check, Proof
from bartizan.core.difference import paired
from bartizan.core.interval import wilson
from bartizan.core.terms import ControlId
from bartizan.targets.rig import Rig


class ContinuousValidation(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accuracy on a fixed test set against an earlier version's, overall and for each class.

    It raises an alarm where the lower end of the interval of the loss lies above the margin. The confidence is shared
    among all comparisons, so that many classes do not make false alarms. No alarm says little by itself: the proof
    tells how large a loss could have stayed unseen. A backdoor with a rare trigger is never seen so.
    """

    id: ClassVar[ControlId] = ControlId("continuous_validation")
    title: ClassVar[str] = "Accuracy against a trusted version, overall and by class"

    earlier: EarlierAnswers | None = None
    """Recorded answers. None: a model is trained on the reserve to compare with."""
    margin: float = 0.01
    """Accuracy that versions may differ by without a cause; measure it by training with several seeds."""
    class_margin: float = 0.05
    """The same within one class."""
    confidence: float = 0.99
    """Of no false alarm among all comparisons of one run."""

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """A proof for all rows and one for the class that lost most. Unsuitable without anything to compare with."""
        earlier = trusted_answers(rig, self.earlier, rng)
        before, now = earlier.on(rig.test) == rig.test.y, rig.target.labels(rig.test.x) == rig.test.y
        labels = [int(label) for label in np.unique(rig.test.y)]
        confidence = 1 - 2 * (1 - self.confidence) / (len(labels) + 1)  # an alarm looks at one end of the interval
        overall = _judge("all classes", before, now, self.margin, confidence)
        each = [
            _judge(f"class {k}", before[rows], now[rows], self.class_margin, confidence)
            for k in labels
            for rows in [rig.test.y == k]
        ]
        worst = max(each, key=lambda found: found.low)
        return overall.proof(f"than before ({earlier.version[:40]})"), worst.proof("the worst of its kind")


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """How much was lost, and whether more than the margin."""

    where: str
    hits: int
    trials: int
    earlier: int
    low: float
    high: float
    margin: float

    def proof(self, note: str) -> Proof:
        """In words."""
        alarm = self.low > self.margin
        what = (
            f"{self.where}: {self.hits} of {self.trials} right, {self.earlier} earlier, {note}; the loss lies from "
            f"{self.low:+.3f} to {self.high:+.3f}, "
            + (
                f"above the margin of {self.margin:g}"
                if alarm
                else f"so a loss up to {max(0, self.high):.3f} is unseen"
            )
        )
        return Proof(passed=not alarm, what=what, hits=self.hits, trials=self.trials)


def _judge(where: str, before: NDArray[np.bool_], now: NDArray[np.bool_], margin: float, confidence: float) -> Loss:
    low, high = paired(*tally(before, now), confidence=confidence)
    hits, earlier = int(now.sum()), int(before.sum())
    return Loss(where=where, hits=hits, trials=len(now), earlier=earlier, low=low, high=high, margin=margin)


class StreamValidation(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Watches answers one by one, as they come in operation with their true labels, and tells when errors have risen.

    While errors come at the ordinary rate or less, the mean number of answers between false alarms is at least
    ``quiet`` (G. Lorden, Procedures for reacting to a change in distribution, 1971, theorem 2).
    """

    id: ClassVar[ControlId] = ControlId("continuous_validation")
    variant: ClassVar[str] = "stream"
    title: ClassVar[str] = "A cumulative sum of errors"
    source: ClassVar[str] = "E. S. Page, Continuous inspection schemes, Biometrika 41 (1954)"

    earlier: EarlierAnswers | None = None
    """Whose errors count as ordinary. None: those of a model trained on the reserve."""
    rise: float = 0.1
    """The rise of the error rate that shall be seen soonest."""
    quiet: float = 100_000
    """Answers between false alarms, at least."""

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """One proof: hits are errors among the answers up to the alarm, or among all."""
        earlier = trusted_answers(rig, self.earlier, rng).on(rig.test) != rig.test.y
        order = rng.permutation(len(rig.test))
        wrong = (rig.target.labels(rig.test.x) != rig.test.y)[order]
        ordinary = wilson(int(earlier.sum()), len(earlier))[1]  # the upper end: its own error must not raise alarms
        alarm = first_alarm(wrong, ordinary, min(0.99, ordinary + self.rise), math.log(self.quiet))
        seen = len(wrong) if alarm is None else alarm + 1
        told = "no alarm" if alarm is None else f"alarm after {seen} answers"
        what = f"{told}: {int(wrong[:seen].sum())} of {seen} wrong, where {ordinary:.3f} at most are ordinary"
        return (Proof(passed=alarm is None, what=what, hits=int(wrong[:seen].sum()), trials=seen),)


def first_alarm(wrong: NDArray[np.bool_], ordinary: float, raised: float, height: float) -> int | None:
    """The index of the answer at which the cumulative sum of log-likelihood ratios passes the height; None: never."""
    ordinary = max(ordinary, 1e-6)
    steps = np.where(wrong, math.log(raised / ordinary), math.log((1 - raised) / (1 - ordinary)))
    path = np.cumsum(steps)
    climbed = path - np.minimum(0.0, np.minimum.accumulate(np.r_[0.0, path[:-1]]))
    passed = np.flatnonzero(climbed > height)
    return int(passed[0]) if len(passed) else None
