"""Coarser values: ranges of numbers, months and years of dates, beginnings of codes, what a mapping says."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bartizan.core.extras import need
from bartizan.tables.protect.plan import Generalise

NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
"""What counts as a number in a text: no spaces, no thousands, no infinity."""


def numbers_of(series: Any) -> Any:
    """A column as float64; what is no finite number, or was missing, is missing."""
    polars = need("polars")
    if series.dtype.is_numeric():
        found = series.cast(polars.Float64, strict=False)
    else:
        text = series.cast(polars.String, strict=False)
        frame = text.to_frame("x").select(polars.when(polars.col("x").str.contains(NUMBER)).then(polars.col("x")))
        found = frame["x"].cast(polars.Float64, strict=False)
    return found.to_frame("x").select(polars.when(polars.col("x").is_finite()).then(polars.col("x")))["x"]


def generalised(series: Any, how: Generalise) -> tuple[Any, str]:
    """The column made coarser, as texts; and what a value that could not be is not: 'a number', 'a date', ...

    Such values are missing in the result and are not in the column: the caller names their rows. Missing stays missing.
    """
    polars = need("polars")
    if how.bins is not None:
        return _binned(numbers_of(series), how.bins), "a number"
    if how.edges:
        return _between(numbers_of(series), how.edges), "a number"
    if how.date is not None:
        return _dated(series, how.date), "a date as 2026-11-23"
    text = series.cast(polars.String, strict=False)
    if how.prefix is not None:
        return text.str.head(how.prefix), "a text"
    mapped = text.replace_strict(how.mapping, default=how.other, return_dtype=polars.String)
    return mapped.set(text.is_null(), None), "in the mapping"


def plain(number: float) -> str:
    """A number without needless digits."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 2**53 else repr(float(number))


def span(low: str, high: str) -> str:
    """A range as a text."""
    return f"{low} to {high}" if low.startswith("-") or high.startswith("-") else f"{low}-{high}"


def _binned(numbers: Any, width: float) -> Any:
    """Ranges that hold their lower end and not their upper one."""
    places = np.floor(numbers.to_numpy() / width)
    return _labelled(numbers, places, lambda one: span(plain(one * width), plain((one + 1) * width)))


def _between(numbers: Any, edges: tuple[float, ...]) -> Any:
    shown = [plain(edge) for edge in edges]
    labels = [f"below {shown[0]}", *map(span, shown, shown[1:]), f"from {shown[-1]}"]
    places = np.searchsorted(np.array(edges), numbers.to_numpy(), side="right").astype(np.float64)
    return _labelled(numbers, places, lambda one: labels[int(one)])


def _labelled(numbers: Any, places: Any, label: Any) -> Any:
    polars = need("polars")
    known = polars.Series(places, dtype=polars.Float64).set(numbers.is_null(), None)
    labels = {one: label(one) for one in known.drop_nulls().unique().to_list()}
    return known.replace_strict(labels, default=None, return_dtype=polars.String)


def days_of(series: Any) -> Any:
    """The days of dates, times, or texts that begin with an ISO 8601 date; what is none is missing."""
    polars = need("polars")
    if series.dtype.is_temporal():
        return series.cast(polars.Date, strict=False)
    text = series.cast(polars.String, strict=False)
    first = text.str.extract(r"^(\d{4}-\d{2}-\d{2})($|[T ]\d{2}:\d{2})", 1)
    return first.str.to_date("%Y-%m-%d", strict=False)


def _dated(series: Any, unit: str) -> Any:
    polars = need("polars")
    days = days_of(series)
    year = days.dt.year().cast(polars.String)
    if unit == "year":
        return year
    if unit == "decade":
        return (days.dt.year() // 10 * 10).cast(polars.String) + "s"
    if unit == "quarter":
        return year + "-Q" + days.dt.quarter().cast(polars.String)
    return days.dt.strftime("%Y-%m")
