"""Rows to learn from, to choose by, and to judge by once."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.int64]
_TEST: Final = 0.25
_VALID: Final = 0.25
_MOST: Final = 20_000
_SMALL: Final = 10_000
_FOLDS: Final = 4


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Places of rows. The test rows are in no fold."""

    folds: tuple[tuple[Rows, Rows], ...]
    """To learn from, to choose by. The second parts do not overlap."""
    test: Rows

    @property
    def develop(self) -> Rows:
        """All but the test rows."""
        return np.sort(np.concatenate(self.folds[0]))


def split(count: int, *, seed: int, units: Rows | None = None, order: Rows | None = None) -> Split:
    """Split so many rows at random; with units (persons), no unit is in two parts; with an order, the last are tested.

    A quarter is for the test and a quarter of the rest to choose by, at most 20,000 rows each. With fewer than 10,000
    rows the parts to learn from and to choose by change places four times. Equal values of the order stay together.
    """
    if order is not None:
        return _by_time(order)
    unit = np.arange(count) if units is None else np.unique(units, return_inverse=True)[1]
    many = int(unit.max()) + 1 if count else 0
    shuffled = np.random.default_rng(seed).permutation(many)
    tested, rest = _cut(shuffled, min(_TEST, _MOST / max(count, 1)))
    place = np.zeros(many, np.int64)
    folds = _FOLDS if count < _SMALL else 1
    if folds == 1:
        place[_cut(rest, min(_VALID, _MOST / max(count, 1)))[0]] = 1
        place[tested] = -1
        return Split(folds=(_fold(place[unit], 1),), test=np.flatnonzero(place[unit] == -1))
    place[rest] = 1 + np.arange(len(rest)) % folds
    place[tested] = -1
    of = place[unit]
    return Split(folds=tuple(_fold(of, one) for one in range(1, folds + 1)), test=np.flatnonzero(of == -1))


def _cut(values: Rows, share: float) -> tuple[Rows, Rows]:
    at = round(len(values) * share)
    return values[:at], values[at:]


def _fold(of: Rows, number: int) -> tuple[Rows, Rows]:
    return np.flatnonzero((of >= 0) & (of != number)), np.flatnonzero(of == number)


def _by_time(order: Rows) -> Split:
    ranks = np.sort(order)
    count = len(ranks)
    test = max(count - min(round(count * _TEST), _MOST), 1)
    valid = max(test - min(round(test * _VALID), _MOST), 1)
    first, second = ranks[min(valid, count - 1)], ranks[min(test, count - 1)]
    learn, choose = np.flatnonzero(order < first), np.flatnonzero((order >= first) & (order < second))
    return Split(folds=((learn, choose),), test=np.flatnonzero(order >= second))
