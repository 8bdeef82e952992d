"""Intervals from a bootstrap over people, drawn as counts: rows that are alike in all that is counted are one cell.

Drawing N of N rows with replacement and counting them is one draw from a multinomial distribution over the cells: the
same distribution, at a cost that does not grow with N. Source: B. Efron, Bootstrap methods, Annals of Statistics 7(1),
1979, remark A. Widest differences have simultaneous (sup-t) intervals: Montiel Olea and Plagborg-Moller, Simultaneous
confidence bands, Journal of Applied Econometrics 34, 2019, algorithm 2. The percentile interval of a widest difference
would be too high: drawn rates spread more than true ones.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from bartizan.core.interval import wilson

_AT_ONCE: Final = 2_000_000
"""Numbers drawn at a time."""
_CONFIDENCE: Final = 0.95
_NORMAL: Final = 1.959963984540054
"""Standard errors of two-sided 95 %: fewer are never taken for a difference."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A number with the interval in which it lies."""

    value: float
    low: float
    high: float


def drawn_tables(numbers: Any, members: list[Any], times: int, rng: np.random.Generator) -> list[Any]:
    """Draw people (groups, cells) anew and add up groups: for each (wholes, groups) of 0 and 1 in `members`, an array
    (times, wholes, cells).
    """
    flat = numbers.reshape(-1)
    people = int(flat.sum())
    made = [np.empty((times, len(one), numbers.shape[1])) for one in members]
    step = max(1, _AT_ONCE // len(flat))
    for start in range(0, times, step):
        count = min(step, times - start)
        drawn = rng.multinomial(people, flat / people, size=count).reshape(count, *numbers.shape).astype(float)
        for one, table in zip(members, made, strict=True):
            table[start : start + count] = one @ drawn
    return made


def interval(hits: int, of: int, drawn: Any) -> tuple[float, float]:
    """The 95 % percentile interval of a rate from its draws (times,), NaN where nobody was drawn.

    Where all or none hit, draws never differ: then, and where it is wider, Wilson's.
    """
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail]) if not np.isnan(drawn).all() else (0.0, 1.0)
    if hits in (0, of):
        other = wilson(hits, of)
        return min(float(low), other[0]), max(float(high), other[1])
    return float(low), float(high)


def floors(hits: Any, of: Any) -> Any:
    """The least standard errors (n,) of rates: that of one half hit more, where draws would show none."""
    rate = (hits + 0.5) / (of + 1)
    return np.sqrt(rate * (1 - rate) / of)


def widest(values: Any, drawn: Any, least: Any) -> Estimate:
    """The widest of some differences (n,) from zero, from their draws (times, n) and least standard errors (n,).

    Its 95 % interval holds all of them at once, so that it does not matter that the widest was picked after looking.
    """
    drawn = np.where(np.isnan(drawn), values, drawn)
    errors = np.maximum(drawn.std(axis=0), least)
    farthest = (np.abs(drawn - values) / errors).max(axis=1)
    reach = max(_NORMAL, float(np.quantile(farthest, _CONFIDENCE))) * errors
    return Estimate(
        value=float(np.abs(values).max()),
        low=max(0.0, float((np.abs(values) - reach).max())),
        high=float((np.abs(values) + reach).max()),
    )


def pairs(values: Any) -> Any:
    """The differences (..., pairs) of all pairs of values (..., n)."""
    first, second = np.triu_indices(values.shape[-1], 1)
    return values[..., first] - values[..., second]


def pair_errors(errors: Any) -> Any:
    """The standard errors (pairs,) of differences of all pairs, from those of values (n,)."""
    first, second = np.triu_indices(len(errors), 1)
    return np.hypot(errors[first], errors[second])
