"""A column's values in classes that were declared: ranges of numbers, or values, others together; missing apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.extras import need
from bartizan.tables.private.plan import Column
from bartizan.tables.protect.hierarchies import numbers_of, plain, span

_BINS: Final = 16
MISSING: Final = "(missing)"
OTHER: Final = "(other)"


class Buckets(msgspec.Struct, frozen=True, kw_only=True):
    """The classes of a column. The last is of missing values; what is no number where numbers are due is missing."""

    labels: tuple[str, ...]
    edges: npt.NDArray[np.float64] | None
    """Of ranges, from the lower bound to the upper; none: values."""
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def places(self, series: Any) -> npt.NDArray[np.int64]:
        """The class of each cell, shape (rows,)."""
        if self.edges is None:
            polars = need("polars")
            known = {value: place for place, value in enumerate(self.values)}
            text = series.cast(polars.String, strict=False)
            found = text.replace_strict(known, default=len(known), return_dtype=polars.Int64)
            return np.asarray(found.set(text.is_null(), len(known) + 1).to_numpy(), np.int64)
        numbers = numbers_of(series)
        inner = np.searchsorted(self.edges[1:-1], numbers.fill_null(0.0).to_numpy(), side="right")
        return np.where(numbers.is_null().to_numpy(), len(self.labels) - 1, inner).astype(np.int64)


def buckets_of(column: Column) -> Buckets:
    """The classes that a plan declares."""
    if column.values:
        return Buckets(labels=(*column.values, OTHER, MISSING), edges=None, values=column.values)
    assert column.low is not None
    assert column.high is not None
    if column.edges:
        edges = np.array([column.low, *column.edges, column.high])
    else:
        edges = np.linspace(column.low, column.high, (column.bins or _BINS) + 1)
    shown = [plain(float(f"{edge:.6g}")) for edge in edges]
    labels = [span(low, high) for low, high in pairwise(shown)]
    return Buckets(labels=(*labels, MISSING), edges=edges, values=())
