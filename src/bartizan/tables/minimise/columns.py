"""What a column is, and what speaks for trying to do without it first."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from bartizan.core.extras import need
from bartizan.tables.profile.counting import Counting, type_name
from bartizan.tables.profile.words import hint_of
from bartizan.tables.protect.hierarchies import NUMBER, numbers_of

Kind: TypeAlias = Literal["number", "date", "time", "category", "code", "text", "constant", "nested"]
CATEGORIES: Final = 200
"""More different texts than this are a code, or free text."""
_DATE: Final = r"^\d{4}-\d{2}-\d{2}($|[T ]\d{2}:\d{2})"
_ZERO: Final = r"^[+-]?0\d"
_CODE: Final = re.compile(
    r"(?i)zip|post(al)?_?-?code|\bplz\b|postleitzahl|code[ _-]?postal|codigo[ _-]?postal|\bid\b|_id\b"
)
_UNIQUE: Final = 0.9
_WORDS: Final = 3
_LONG: Final = 25
_READ: Final = 2_000


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What a column is."""

    name: str
    kind: Kind
    distinct: int
    """Different values, missing ones left aside."""
    rank: int
    """When it is tried: 0 first."""
    hint: str = ""


def columns_of(frame: Any, names: tuple[str, ...], *, seed: int) -> tuple[Column, ...]:
    """Every column, in the table's order."""
    return tuple(_column(name, frame[name], seed + place) for place, name in enumerate(names))


def _column(name: str, series: Any, seed: int) -> Column:
    kind = kind_of(name, series)
    distinct = 0 if kind == "nested" else present(series).n_unique()
    rank, hint = _hint(name, series, kind, distinct, seed)
    return Column(name=name, kind=kind, distinct=distinct, rank=rank, hint=hint)


def present(series: Any) -> Any:
    """Values that are neither missing nor NaN."""
    values = series.drop_nulls()
    return values.drop_nans() if values.dtype.is_float() else values


def kind_of(name: str, series: Any) -> Kind:
    """By the values; whole numbers count as a code where the name says so, as in postcodes."""
    polars = need("polars")
    dtype = series.dtype
    if dtype.is_nested() or dtype in (polars.Binary, polars.Object):
        return "nested" if series.null_count() < len(series) else "constant"
    values = present(series)
    if not len(values) or (len(values) == len(series) and values.n_unique() == 1):
        return "constant"
    if dtype.is_numeric():
        return "code" if dtype.is_integer() and _CODE.search(name) else "number"
    if dtype.is_temporal():
        return "date" if dtype in (polars.Date, polars.Datetime) else "time"
    if dtype == polars.Boolean:
        return "category"
    return _kind_of_texts(name, values.cast(polars.String))


def _kind_of_texts(name: str, values: Any) -> Kind:
    if values.str.contains(NUMBER).all() and not values.str.contains(_ZERO).any():
        whole = not values.str.contains(r"[.eE]").any()
        return "code" if whole and _CODE.search(name) else "number"
    if values.str.contains(_DATE).all() and days_of(values).null_count() == 0:
        return "date"
    words = (values.str.count_matches(r"\s").mean() or 0) + 1
    many = values.n_unique() > CATEGORIES
    if many and (words >= _WORDS or (values.str.len_chars().mean() or 0) > 2 * _LONG):
        return "text"
    return "code" if many or _CODE.search(name) else "category"


def days_of(series: Any) -> Any:
    """The days of a column of dates, or of texts that begin with one, as `data protect` reads them."""
    polars = need("polars")
    if series.dtype.is_temporal():
        return series.cast(polars.Date, strict=False)
    first = series.cast(polars.String).str.extract(r"^(\d{4}-\d{2}-\d{2})($|[T ]\d{2}:\d{2})", 1)
    return first.str.to_date("%Y-%m-%d", strict=False)


def is_finite(series: Any) -> bool:
    """Whether every value of a column of numbers is one that ranges can hold: NaN and infinity have none."""
    return bool(numbers_of(series).null_count() == series.null_count())


def _hint(name: str, series: Any, kind: Kind, distinct: int, seed: int) -> tuple[int, str]:
    if kind == "constant":
        return 0, ""
    values = len(series) - series.null_count()
    whole = kind == "number" and distinct == values and _is_whole(series)
    if values >= 20 and ((kind in ("code", "text") and distinct > _UNIQUE * values) or whole):
        return 1, f"names nearly every row: {distinct:,} different values in {values:,} rows"
    named = hint_of(name)
    if named == "special category":
        return 2, "special category of personal data, by its name"
    held = _held(name, series, seed)
    if held:
        return 3, f"holds personal data or secrets: {held}"
    return (4, "may single people out together with others, by its name") if named else (5, "")


def _is_whole(series: Any) -> bool:
    values = numbers_of(series).drop_nulls().to_numpy()
    return bool((values == np.floor(values)).all())


def _held(name: str, series: Any, seed: int) -> str:
    """The kind that is most frequent in the values, where a fifth of those with a value hold it."""
    counting = Counting(name, type_name(series.dtype), seed)
    counting.add(series.head(_READ))
    found = counting.column()
    if not found.kinds or found.kinds[0].hits < 0.2 * max(found.read, 1):
        return ""
    return str(found.kinds[0].kind)


def twins(frame: Any, columns: tuple[Column, ...]) -> dict[str, str]:
    """Column -> another one that tells row by row the same: equal values, or one name for each of the other's values.

    Where nearly every value differs, only equal values count: any two such columns name each other's.
    """
    polars = need("polars")
    first: dict[bytes, str] = {}
    found: dict[str, str] = {}
    for one in columns:
        if one.kind in ("constant", "nested"):
            continue
        texts = frame[one.name].cast(polars.String)
        if one.distinct <= len(texts) // 2:
            key = texts.fill_null("\0").rank("dense").to_numpy()
            _, places, codes = np.unique(key, return_index=True, return_inverse=True)
            made = b"codes" + np.argsort(np.argsort(places))[codes].astype(np.int64).tobytes()
        else:
            made = b"texts" + texts.hash().to_numpy().tobytes()
        if made in first:
            found[one.name] = first[made]
            found.setdefault(first[made], one.name)
        else:
            first[made] = one.name
    return found
