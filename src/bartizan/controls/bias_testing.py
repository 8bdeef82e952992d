"""Unwanted bias testing: do groups fare differently, and do they fare otherwise than they did before?

Bias is first of all unfair to people. To security it is a signal: a difference that appears without a known cause can
be the trace of poisoned data or of a changed model.
"""

from __future__ import annotations

import itertools
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bartizan.controls.earlier_answers import EarlierAnswers, tally, trusted_answers
from bartizan.controls.family import Check, Proof
from bartizan.core.difference import paired, unpaired
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Labels, Unsuitable
from bartizan.targets.rig import Rig

Outcome: TypeAlias = Literal["within", "beyond", "unknown"]
Groups: TypeAlias = dict[str, NDArray[np.bool_]]


class UnwantedBiasTesting(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compares each group with all others, by counts and intervals.

    A group is within the margin, or beyond it, only where the whole interval is; else it is unknown, which is no proof
    that all is well. So is a group of fewer rows than the minimum. The confidence is shared among the groups.
    """

    id: ClassVar[ControlId] = ControlId("unwanted_bias_testing")
    title: ClassVar[str] = "Differences between groups"

    group: str = ""
    """The feature whose values make the groups. Empty: the true class."""
    cuts: tuple[float, ...] = ()
    """Where a feature with many values is cut into groups. Empty: at its median."""
    favourable: int | None = None
    """The answer whose rate is compared. None: the rate of right answers."""
    margin: float = 0.1
    """The difference of rates that may be."""
    minimum: int = 30
    """Rows that a group needs before anything is said of it."""
    confidence: float = 0.95
    """Of all intervals together."""

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """One proof for each group: hits and trials are the group's own."""
        groups = self.groups(rig)
        good = self.good(rig.target.labels(rig.test.x), rig.test)
        confidence = 1 - (1 - self.confidence) / len(groups)
        return tuple(self._compare(name, good[rows], good[~rows], confidence) for name, rows in groups.items())

    def groups(self, rig: Rig) -> Groups:
        """Which rows of the test set are in each group. Unsuitable where there are not two groups."""
        found = _groups(rig.test, rig.target.card.domain, self.group, self.cuts)
        if len(found) < 2:
            raise Unsuitable(f"{rig.name}: '{self.group or 'the true class'}' makes one group only; nothing to compare")
        return found

    def good(self, answers: Labels, test: Dataset) -> NDArray[np.bool_]:
        """For each answer, whether it counts."""
        return np.asarray(answers == (test.y if self.favourable is None else self.favourable))

    def _compare(self, name: str, group: NDArray[np.bool_], others: NDArray[np.bool_], confidence: float) -> Proof:
        hits, trials = int(group.sum()), len(group)
        if min(trials, len(others)) < self.minimum:
            what = f"unknown: {name} has {trials} rows and the others {len(others)}; {self.minimum} are needed"
            return Proof(passed=False, what=what, hits=hits, trials=trials)
        low, high = unpaired((hits, trials), (int(others.sum()), len(others)), confidence)
        outcome = judged(low, high, self.margin)
        what = (
            f"{outcome}: {name} {hits} of {trials}, the others {int(others.sum())} of {len(others)}; "
            f"the difference lies from {low:+.3f} to {high:+.3f}, the margin is {self.margin:g}"
        )
        return Proof(passed=outcome == "within", what=what, hits=hits, trials=trials)


class BiasShift(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compares how each group fares with how it fared under a version that was trusted: a detector of manipulation.

    It raises an alarm where the whole interval of a group's change lies beyond the margin, in either direction.
    """

    id: ClassVar[ControlId] = ControlId("unwanted_bias_testing")
    variant: ClassVar[str] = "shift"
    title: ClassVar[str] = "A group fares otherwise than before"

    testing: UnwantedBiasTesting = UnwantedBiasTesting()
    """Which groups, and what counts."""
    earlier: EarlierAnswers | None = None
    """Recorded answers. None: a model is trained on the reserve to compare with."""
    margin: float = 0.05

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """One proof for each group: hits and trials are the group's own, now."""
        groups = self.testing.groups(rig)
        earlier = trusted_answers(rig, self.earlier, rng)
        before = self.testing.good(earlier.on(rig.test), rig.test)
        now = self.testing.good(rig.target.labels(rig.test.x), rig.test)
        confidence = 1 - (1 - self.testing.confidence) / len(groups)
        return tuple(self._compare(name, before[rows], now[rows], confidence) for name, rows in groups.items())

    def _compare(self, name: str, before: NDArray[np.bool_], now: NDArray[np.bool_], confidence: float) -> Proof:
        hits, trials = int(now.sum()), len(now)
        low, high = paired(*tally(now, before), confidence=confidence)
        moved = judged(low, high, self.margin) == "beyond"
        few = f"; unknown: {self.testing.minimum} rows are needed" if trials < self.testing.minimum else ""
        what = (
            f"{name}: {hits} of {trials} now, {int(before.sum())} before; the change lies from {low:+.3f} to "
            f"{high:+.3f}, {'beyond' if moved else 'not shown to be beyond'} {self.margin:g}{few}"
        )
        return Proof(passed=not moved and not few, what=what, hits=hits, trials=trials)


def judged(low: float, high: float, margin: float) -> Outcome:
    """Where an interval of a difference lies: within the margin on both sides, beyond it on one, or neither."""
    if -margin <= low and high <= margin:
        return "within"
    return "beyond" if low > margin or high < -margin else "unknown"


def _groups(test: Dataset, domain: Domain, name: str, cuts: tuple[float, ...]) -> Groups:
    if not name:
        return {f"class {k}": test.y == k for k in map(int, np.unique(test.y))}
    names = [feature.name for feature in domain.features]
    if name not in names:
        raise Unsuitable(f"the target has no feature '{name}' to make groups by")
    values = test.x[:, names.index(name)]
    kinds = np.unique(values)
    if not cuts and len(kinds) <= 12:
        return {f"{name} = {value:g}": values == value for value in kinds}
    edges = (-np.inf, *sorted(cuts or (float(np.median(values)),)), np.inf)
    pairs = itertools.pairwise(edges)
    cut = {f"{name} from {low:g} to {high:g}": (values >= low) & (values < high) for low, high in pairs}
    return {group: rows for group, rows in cut.items() if rows.any()}
