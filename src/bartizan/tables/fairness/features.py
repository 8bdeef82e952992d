"""Columns of a table as an array that a model can learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from bartizan.core.extras import need

_VALUES: Final = 50
"""Values of a text column that are told apart; the rest is one."""


def encoded(columns: Mapping[str, Any], learns: Any) -> Any:
    """Columns as (n, features) floats: numbers centred and scaled, texts as one column for each frequent value.

    Means, scales and values are those of the rows (n,) that are learned from. A missing number is the mean, and a
    column of its own says that it was missing.
    """
    return np.column_stack([part for column in columns.values() for part in _parts(column, learns)])


def _parts(column: Any, learns: Any) -> Iterator[Any]:
    polars = need("polars")
    numbers = column.cast(polars.Float64, strict=False)
    if numbers.null_count() > column.null_count() or column.dtype == polars.Boolean:
        yield from _values(column.cast(polars.String), learns)
        return
    values = numbers.fill_nan(None).to_numpy()
    missing = ~np.isfinite(values)
    known = values[learns & ~missing]
    mean = float(known.mean()) if len(known) else 0.0
    spread = float(known.std()) if len(known) else 0.0
    yield (np.where(missing, mean, values) - mean) / (spread or 1.0)
    if missing.any():
        yield missing.astype(float)


def _values(texts: Any, learns: Any) -> Iterator[Any]:
    values = np.array(texts.fill_null("").to_list(), dtype=object)
    found, counts = np.unique(values[learns].astype(str), return_counts=True)
    for value in sorted(found[np.argsort(-counts, kind="stable")][:_VALUES]):
        yield (values == value).astype(float)
