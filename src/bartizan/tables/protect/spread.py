"""How the values of one column are spread over classes of rows: different values, entropy, distance from the whole.

Entropy l: A. Machanavajjhala et al., l-diversity, 2007. Distance: N. Li, T. Li, S. Venkatasubramanian, t-closeness,
ICDE 2007, sections 4 and 5: the earth mover's, with all values equally far, or in a row.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Distance: TypeAlias = Literal["equal", "ordered"]
Counts: TypeAlias = npt.NDArray[np.int64]
Shares: TypeAlias = npt.NDArray[np.float64]


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """By class, each of shape (classes,)."""

    distinct: Counts
    entropy: Shares
    """e to the entropy."""
    apart: Shares
    """From the whole, 0 to 1."""


def spread(number: Counts, values: Counts, count: Counts, whole: Shares, distance: Distance) -> Spread:
    """How values are spread over classes.

    One entry for each value of each class: the number of the class, the place of the value among all, how many rows.
    `whole` has the share of each value in the table. Every class from 0 to the highest has at least one value.
    """
    sizes = np.bincount(number, count)
    share = count / sizes[number]
    apart = _apart_in_a_row if distance == "ordered" else _apart_equal
    return Spread(
        distinct=np.bincount(number).astype(np.int64),
        entropy=np.exp(np.bincount(number, -share * np.log(share))),
        apart=apart(number, values, share, whole),
    )


def _apart_equal(number: Counts, values: Counts, share: Shares, whole: Shares) -> Shares:
    """Half the sum of differences, which is the sum of those above 0."""
    return np.bincount(number, np.maximum(share - whole[values], 0)).astype(np.float64)


def _apart_in_a_row(number: Counts, values: Counts, share: Shares, whole: Shares) -> Shares:
    """The mean difference of the cumulated shares.

    Between two values that a class has its cumulated share is constant and that of the whole grows, so that the sum of
    their differences is known from sums alone.
    """
    last = len(whole)
    if last < 2:
        return np.zeros(int(number.max()) + 1)
    order = np.lexsort((values, number))
    number, values, share = number[order], values[order], share[order]
    first = np.r_[True, number[1:] != number[:-1]]
    running = np.cumsum(share)
    level = running - np.maximum.accumulate(np.where(first, running - share, 0))
    until = np.where(np.r_[first[1:], True], last, np.r_[values[1:], last])
    grown = np.cumsum(whole)
    sums = np.r_[0.0, np.cumsum(grown)]
    found = _between(level, values, until, grown, sums) + np.where(first, sums[values], 0.0)
    result: Shares = np.bincount(number, found) / (last - 1)
    return result


def _between(level: Shares, start: Counts, end: Counts, grown: Shares, sums: Shares) -> Shares:
    """The sum of |level - grown[i]| over start <= i < end, each."""
    middle = np.clip(np.searchsorted(grown, level), start, end)
    below = level * (middle - start) - (sums[middle] - sums[start])
    above = sums[end] - sums[middle] - level * (end - middle)
    return np.asarray(below + above)
