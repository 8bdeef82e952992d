"""The rows that can be used: whose they are, in which order, and whether every part has enough of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bartizan.core.extras import need
from bartizan.tables.minimise.columns import kind_of
from bartizan.tables.minimise.labels import NotAssessable, Target, Task
from bartizan.tables.minimise.scoring import Floats, Measure
from bartizan.tables.minimise.splitting import Rows, Split
from bartizan.tables.protect.hierarchies import numbers_of

_PART: Final = 40


def usable(frame: Any, target: Target, time: str) -> tuple[Any, Floats, tuple[str, ...]]:
    """The rows that are not put aside with their labels, and what to tell of the others."""
    known = target.known
    told: tuple[str, ...] = ()
    if time:
        timed = np.flatnonzero(frame[time].is_not_null().to_numpy())
        lost = len(np.setdiff1d(known, timed))
        known = np.intersect1d(known, timed)
        told = (f"{lost:,} rows without a time are put aside",) if lost else ()
    return frame[known], target.y[known], told


def persons(frame: Any, column: str) -> Rows | None:
    """A number for each person; rows without one are persons of their own. None without a column."""
    if not column:
        return None
    if frame[column].dtype.is_nested():
        raise NotAssessable(f"'{column}' holds lists or records and cannot tell persons apart")
    codes = frame[column].cast(need("polars").String).rank("dense").fill_null(0).to_numpy().astype(np.int64)
    alone = codes == 0
    codes[alone] = codes.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return np.asarray(codes, np.int64)


def order(frame: Any, column: str) -> Rows | None:
    """The rank of each row in time. None without a column."""
    if not column:
        return None
    polars = need("polars")
    series = frame[column]
    kind = kind_of(column, series)
    if kind not in ("date", "number", "time"):
        raise NotAssessable(f"'{column}' is no column of dates, times or numbers, or is the same in every row")
    values = series if kind != "number" or series.dtype.is_numeric() else numbers_of(series)
    return np.asarray(values.rank("dense").cast(polars.Int64).to_numpy(), np.int64)


def measure_for(wanted: Measure | None, task: Task, y: Floats) -> Measure:
    """The measure that was asked for, or the one that fits. Raises NotAssessable where it does not fit the label."""
    binary = task == "classes" and int(y.max()) == 1
    made: Measure = "r2" if task == "number" else "auc" if binary else "log-loss"
    if wanted is None or wanted == made or (wanted == "log-loss" and binary):
        return wanted or made
    what = "a number" if task == "number" else "two classes" if binary else "more than two classes"
    raise NotAssessable(f"the label has {what}: '{wanted}' is no measure for that, '{made}' is")


def refuse_parts(parts: Split, y: Floats, task: Task) -> None:
    """Every part must hold enough rows, and every class. Raises NotAssessable."""
    every = [rows for fold in parts.folds for rows in fold] + [parts.test]
    fewest = min(len(rows) for rows in every)
    if fewest < _PART:
        raise NotAssessable(f"a part to learn from, to choose or to judge by has {fewest} rows; {_PART} are needed")
    if task == "classes":
        classes = len(np.unique(y))
        if any(len(np.unique(y[rows])) < classes for rows in every):
            raise NotAssessable("a class is missing in one of the parts to learn from, to choose and to judge by")
    elif any(np.ptp(y[rows]) == 0 for rows in every):
        raise NotAssessable("the label is the same in all rows of a part to learn from, to choose or to judge by")
