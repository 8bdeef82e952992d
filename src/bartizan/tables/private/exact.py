"""What a statistic is made of: integers that one person changes by so much and no more. Nothing here is released."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bartizan.tables.private.buckets import Buckets, buckets_of
from bartizan.tables.private.plan import Column, Plan, Statistic
from bartizan.tables.protect.hierarchies import numbers_of

Integers = npt.NDArray[np.int64]
_STEPS: Final = 1 << 20
"""Into so many parts the reach of a number is cut before it is summed."""
CANDIDATES: Final = 1_000


class Counts:
    """Rows, all together or by class; of rows that have a number, where one is named."""

    def __init__(self, plan: Plan, by: str, of: str = "") -> None:
        self._by, self._of = by, of
        self._buckets = buckets_of(plan.columns[by]) if by else None
        self.labels = self._buckets.labels if self._buckets else ("",)
        self.exact: Integers = np.zeros(len(self.labels), np.int64)
        self.change = plan.rows
        """By how much one person may change them, together."""

    def take(self, batch: Any) -> None:
        """Count a batch of rows."""
        places = _places(batch, self._by, self._buckets)
        if self._of:
            places = places[numbers_of(batch[self._of]).is_not_null().to_numpy()]
        self.exact += np.bincount(places, minlength=len(self.labels))


class Sums:
    """Sums of numbers less a middle, in steps, all together or by class. Missing numbers add nothing."""

    def __init__(self, plan: Plan, of: str, by: str, *, centred: bool) -> None:
        column = plan.columns[of]
        low, high = _bounds(column)
        self._of, self._by = of, by
        self._low, self._high = low, high
        self._buckets = buckets_of(plan.columns[by]) if by else None
        self.labels = self._buckets.labels if self._buckets else ("",)
        self.middle = (low + high) / 2 if centred else 0.0
        self.step = max(abs(low - self.middle), abs(high - self.middle)) / _STEPS
        self.exact: Integers = np.zeros(len(self.labels), np.int64)
        self.change = plan.rows * _STEPS

    def take(self, batch: Any) -> None:
        """Add the numbers of a batch."""
        numbers = numbers_of(batch[self._of])
        known = numbers.is_not_null().to_numpy()
        values = np.clip(numbers.fill_null(self.middle).to_numpy(), self._low, self._high)
        steps = np.clip(np.rint((values - self.middle) / self.step), -_STEPS, _STEPS).astype(np.int64)
        places = _places(batch, self._by, self._buckets)
        np.add.at(self.exact, places[known], steps[known])


class Below:
    """How many numbers are below and above each of some candidates between the bounds, for quantiles."""

    def __init__(self, plan: Plan, of: str) -> None:
        column = plan.columns[of]
        low, high = _bounds(column)
        self._of = of
        self.candidates = np.linspace(low, high, CANDIDATES + 1)
        if column.whole and high - low <= CANDIDATES * 10:
            self.candidates = np.arange(np.ceil(low), np.floor(high) + 1)
        self._less = np.zeros(len(self.candidates) + 1, np.int64)
        self._equal = np.zeros(len(self.candidates), np.int64)
        self._rows = plan.rows
        self._ends = low, high

    def take(self, batch: Any) -> None:
        """Count the numbers of a batch."""
        values = np.clip(numbers_of(batch[self._of]).drop_nulls().to_numpy(), *self._ends)
        left = np.searchsorted(self.candidates, values, side="left")
        self._less += np.bincount(left, minlength=len(self._less))
        hit = left < len(self.candidates)
        same = left[hit][self.candidates[left[hit]] == values[hit]]
        self._equal += np.bincount(same, minlength=len(self._equal))

    def scores(self, share: Fraction) -> tuple[Integers, int]:
        """How far each candidate is from having that share below it, and by how much one person changes each score.

        |(1 - share) * below - share * above|, times the share's denominator. Source: A. Smith, Privacy-preserving
        statistical estimation with optimal convergence rates, STOC 2011.
        """
        at_or_below = np.cumsum(self._less)[:-1]  # values in (candidate before, candidate]
        below = at_or_below - self._equal
        above = self._less.sum() - at_or_below
        up, down = share.numerator, share.denominator - share.numerator
        return np.abs(down * below - up * above), self._rows * max(up, down)


def _places(batch: Any, by: str, buckets: Buckets | None) -> Integers:
    return buckets.places(batch[by]) if buckets else np.zeros(batch.height, np.int64)


def _bounds(column: Column) -> tuple[float, float]:
    assert column.low is not None
    assert column.high is not None
    return column.low, column.high


Part = Counts | Sums | Below


def parts_of(plan: Plan, one: Statistic) -> tuple[Part, ...]:
    """What must be read from the table for a statistic."""
    if one.do == "count":
        return (Counts(plan, one.by),)
    if one.do == "sum":
        return (Sums(plan, one.of, one.by, centred=False),)
    if one.do == "mean":
        return Sums(plan, one.of, one.by, centred=True), Counts(plan, one.by, one.of)
    return (Below(plan, one.of),)
