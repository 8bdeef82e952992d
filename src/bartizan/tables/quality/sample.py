"""The table as the checks see it: all rows, or a seeded sample that says so, with the numbers of its rows."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.extras import need
from bartizan.tables.reading import Table

Role: TypeAlias = Literal["number", "category", "text", "other"]
Rows: TypeAlias = npt.NDArray[np.int64]
MOST: Final = 200_000
"""Rows that are held in memory, unless somebody wants more."""
_CATEGORIES: Final = 100
_LONG: Final = 25


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows, or all."""

    frame: Any
    """A polars DataFrame, without the columns that were left out."""
    rows: Rows
    """The number of each row in the table, from 1."""
    total: int
    """Rows of the table."""
    label: str = ""
    source: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether no row was left out."""
        return len(self.rows) == self.total

    @property
    def features(self) -> tuple[str, ...]:
        """Every column but label and source."""
        return tuple(name for name in self.frame.columns if name not in (self.label, self.source))

    def role(self, column: str) -> Role:
        """What its values are: numbers of many values, categories, texts of several words, or something else."""
        return role_of(self.frame[column])

    def at(self, places: Any) -> tuple[int, ...]:
        """The numbers of the rows at these places of the sample, in order."""
        return tuple(int(one) for one in np.sort(self.rows[np.asarray(places)]))


def sampled(table: Table, *, most: int = MOST, seed: int = 0, label: str = "", source: str = "") -> Sample:
    """Rows of a table, each with the same chance, in their order. Raises InputError for a column that is not there."""
    missing = [
        (name, what) for name, what in ((label, "label"), (source, "source")) if name and name not in table.columns
    ]
    if missing:
        fix = nearest(missing[0][0], table.columns)
        raise InputError([Problem(file=str(table.path), finding=f"no column '{n}' ({w})", fix=fix) for n, w in missing])
    polars = need("polars")
    total = sum(batch.height for batch in table.batches(columns=table.columns[:1]))
    kept = np.arange(total)
    if total > most:
        kept = np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
    parts, start = [], 0
    for batch in table.batches():
        inside = kept[np.searchsorted(kept, start) : np.searchsorted(kept, start + batch.height)] - start
        parts.append(batch[inside] if len(inside) < batch.height else batch)
        start += batch.height
    frame = polars.concat(parts) if parts else table.collect()
    return Sample(frame=frame, rows=kept + 1, total=total, label=label, source=source)


def role_of(series: Any) -> Role:
    """See `Sample.role`."""
    polars = need("polars")
    kind = series.dtype
    if kind == polars.Boolean:
        return "category"
    if kind.is_numeric():
        return "number" if series.n_unique() > 10 else "category"
    if kind != polars.String:
        return "other"
    if series.n_unique() <= min(_CATEGORIES, max(2, len(series) // 5)):
        return "category"
    lengths = series.str.len_chars().mean() or 0
    words = (series.str.count_matches(" ").mean() or 0) + 1
    return "text" if lengths > _LONG or words >= 3 else "category" if series.n_unique() <= _CATEGORIES else "other"
