"""Steps from fine to coarse, each an action of `bartizan data protect`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.tables.minimise.columns import Column, is_finite
from bartizan.tables.minimise.seeing import Seen, seen_coarser
from bartizan.tables.protect.hierarchies import generalised, numbers_of, plain
from bartizan.tables.protect.plan import DateUnit, Generalise

_RANGES: Final = (64, 32, 16, 8, 4, 2)
_UNITS: Final[tuple[DateUnit, ...]] = ("month", "quarter", "year", "decade")
_SHARES: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_PREFIX: Final = 12


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A way to make a column coarser."""

    what: str
    how: Generalise
    distinct: int
    """Different values that are left."""
    seen: Seen


def steps(series: Any, column: Column) -> tuple[Step, ...]:
    """From fine to coarse; each leaves at least two values, and fewer than the step before.

    The first leaves at most three values of four, or merges two.
    """
    found: list[Step] = []
    before = column.distinct
    for what, how in _ways(series, column):
        coarse, _ = generalised(series, how)
        distinct = coarse.drop_nulls().n_unique()
        if 2 <= distinct < (before if found or how.mapping else 0.75 * before):
            made = seen_coarser(series, column.kind, how, coarse)
            found.append(Step(what=what, how=how, distinct=distinct, seen=made))
            before = distinct
    return tuple(found)


def _ways(series: Any, column: Column) -> Iterator[tuple[str, Generalise]]:
    if column.kind == "number" and is_finite(series):
        yield from _ranges(series)
    elif column.kind == "date":
        yield from ((f"{unit}s", Generalise(date=unit)) for unit in _UNITS)
    elif column.kind == "category":
        yield from _merged(series)
    elif column.kind == "code":
        longest = int(series.cast(need("polars").String).str.len_chars().max() or 0)
        for length in range(min(longest - 1, _PREFIX), 0, -1):
            yield f"the first {length} of {longest} characters", Generalise(prefix=length)


def _ranges(series: Any) -> Iterator[tuple[str, Generalise]]:
    values = numbers_of(series).drop_nulls().to_numpy()
    low, high = np.quantile(values, (0.01, 0.99))
    span = float(high - low) or float(values.max() - values.min())
    widths = [_round(span / many) for many in _RANGES] if 0 < span < 1e15 else []
    for width in dict.fromkeys(one for one in widths if float(np.abs(values).max()) / one < 1e12):
        yield f"ranges of {plain(width)}", Generalise(bins=width)


def _round(width: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = math.floor(math.log10(width))
    for digit in (1, 2, 5, 10):
        made = float(f"{digit}e{power}")
        if made >= width * 0.999:
            return made
    return float(f"1e{power + 1}")


def _merged(series: Any) -> Iterator[tuple[str, Generalise]]:
    texts = series.cast(need("polars").String).drop_nulls()
    counts = sorted(texts.value_counts().rows(), key=lambda one: (-one[1], one[0]))
    rest = "other"
    while any(name == rest for name, _ in counts):
        rest += "_"
    for share in _SHARES:
        kept = [name for name, count in counts if count >= share * len(texts)]
        if kept and len(kept) < len(counts) - 1:
            what = f"values of {share:.1%} of rows or more, with '{printable(rest, 60)}' for the others,"
            yield what, Generalise(mapping={name: name for name in kept}, other=rest)
