"""A column as a model sees it: numbers, in one form or several, so that what it holds is not lost by the form."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.extras import need
from bartizan.tables.minimise.columns import Kind, days_of
from bartizan.tables.protect.hierarchies import numbers_of
from bartizan.tables.protect.plan import Generalise

Floats: TypeAlias = npt.NDArray[np.float64]
_TOPICS: Final = 12
_WORDS: Final = 5_000
_FEW: Final = 32
"""Categories that a tree splits as it likes; of more it would make too much."""
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12, "decade": 120}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A column, in rows of numbers."""

    values: Floats
    """Rows x forms; NaN where a value is missing."""
    categorical: bool = False
    """Whether the numbers name categories, which are few."""
    codes: Floats | None = None
    """Of codes with many values: their numbers. The model gets the mean label of each, learned from other rows."""


def seen(series: Any, kind: Kind, *, seed: int = 0) -> Seen:
    """The column as it stands in the table.

    Dates: the day, the month and the day of the week, the hour. Categories and codes of more than 32 values: their
    place in the alphabet, by which beginnings stay together, how frequent they are, and the mean label. Texts: what
    words they are of (TF-IDF, 12 components).
    """
    polars = need("polars")
    if kind == "number":
        return _seen(_numbers(series))
    if kind == "time":
        return _seen(_floats(series.to_physical()))
    if kind == "date":
        return _dates(series)
    if kind == "text":
        return _texts(series.cast(polars.String), seed)
    return _named(series.cast(polars.String))


def seen_coarser(series: Any, kind: Kind, how: Generalise, coarse: Any) -> Seen:
    """The column after `data protect` made it coarser; `coarse` is what that gave. Ranges and dates stay in order."""
    if how.bins is not None:
        return _seen(np.floor(_numbers(series) / how.bins))
    if how.date is not None:
        days = days_of(series)
        months = _floats(days.dt.year()) * 12 + _floats(days.dt.month()) - 1
        many = _MONTHS[how.date]
        at = np.floor(months / many)
        return _seen(at, at % (12 // many)) if many < 12 else _seen(at)
    return _named(coarse)


def _seen(*values: Floats) -> Seen:
    return Seen(values=np.column_stack(values))


def _floats(series: Any) -> Floats:
    return np.asarray(series.cast(need("polars").Float64).to_numpy(), np.float64)


def _numbers(series: Any) -> Floats:
    """Infinity is seen as the largest number that there is; NaN as missing."""
    if not series.dtype.is_numeric():
        return _floats(numbers_of(series))
    values = _floats(series)
    return np.clip(values, -1e300, 1e300)


def _dates(series: Any) -> Seen:
    polars = need("polars")
    days = days_of(series)
    if series.dtype == polars.Datetime:
        hours = _floats(series.dt.hour()) + _floats(series.dt.minute()) / 60
    elif series.dtype == polars.Date:
        hours = np.zeros(len(series))
    else:
        parts = series.cast(polars.String).str.extract_groups(r"[T ](\d{2}):(\d{2})").struct.unnest()
        hours = _floats(parts.to_series(0)) + _floats(parts.to_series(1)) / 60
    return _seen(_floats(days.to_physical()), _floats(days.dt.month()), _floats(days.dt.weekday()), hours)


def _named(texts: Any) -> Seen:
    present = texts.drop_nulls()
    names, counts = np.unique(np.array(present.to_list(), np.object_), return_counts=True)
    place = {name: n for n, name in enumerate(names)}
    at = np.array([np.nan if one is None else place[one] for one in texts.to_list()])
    known = np.isfinite(at)
    frequent = np.full(len(at), np.nan)
    frequent[known] = counts[at[known].astype(np.int64)]
    if len(names) > _FEW:
        return Seen(values=np.column_stack([at, frequent]), codes=np.where(known, at, -1.0))
    ranks = np.argsort(np.argsort(-counts, kind="stable"), kind="stable").astype(np.float64)
    codes = np.full(len(at), np.nan)
    codes[known] = ranks[at[known].astype(np.int64)]
    return Seen(values=codes[:, None], categorical=True)


def _texts(texts: Any, seed: int) -> Seen:
    values = [one or "" for one in texts.to_list()]
    lengths = np.array([np.nan if one is None else float(len(one)) for one in texts.to_list()])
    words = need("sklearn.feature_extraction.text").TfidfVectorizer(max_features=_WORDS, sublinear_tf=True, min_df=5)
    try:
        matrix = words.fit_transform([one[:10_000] for one in values])
    except ValueError:  # no word at all, or none that is frequent enough
        return _seen(lengths)
    topics = min(_TOPICS, matrix.shape[1] - 1)
    if topics < 1:
        return _seen(lengths, np.asarray(matrix.todense())[:, 0])
    made = need("sklearn.decomposition").TruncatedSVD(topics, random_state=seed).fit_transform(matrix)
    return _seen(lengths, *np.asarray(made, np.float64).T)
