"""What a model is to say: a class or a number, and of which rows."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.tables.minimise.columns import kind_of, present
from bartizan.tables.minimise.scoring import Floats
from bartizan.tables.protect.hierarchies import numbers_of

Task: TypeAlias = Literal["classes", "number"]
FEWEST: Final = 300
"""Rows with a label."""
RAREST: Final = 40
"""Rows of a class."""
_CLASSES: Final = 20


class NotAssessable(Exception):
    """Nothing can be said of a table. Its text says why."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is to say of the rows that have it."""

    task: Task
    y: Floats
    """Of every row: the number of its class, or the number itself; NaN where the row is put aside."""
    told: tuple[str, ...] = ()

    @property
    def known(self) -> npt.NDArray[np.int64]:
        """Places of the rows that are not put aside."""
        return np.flatnonzero(np.isfinite(self.y))


def target_of(name: str, series: Any, task: Task | None = None, *, fewest: int = FEWEST) -> Target:
    """Classes where the label has at most 20 values or is no number, unless it is asked for otherwise.

    Rows without a label, with an infinite one, and of classes with fewer than 40 rows are put aside, and told. Raises
    NotAssessable.
    """
    values = present(series)
    kind = kind_of(name, series)
    is_number = kind == "number" or (kind == "code" and bool(numbers_of(values).null_count() == 0))
    if not len(values):
        raise NotAssessable("the label has no value in any row")
    task = task or ("number" if is_number and values.n_unique() > _CLASSES else "classes")
    if task == "number" and not is_number:
        raise NotAssessable("the label is no number, and has to be one for --task number")
    found = _number(series) if task == "number" else _classes(series)
    gone = int(np.isnan(found.y).sum()) - (len(series) - len(values))
    missing = len(series) - len(values)
    told = (*found.told, *((f"{missing:,} rows have no label and are put aside",) if missing else ()))
    if task == "number" and gone:
        told = (*told, f"{gone:,} rows have an infinite label and are put aside")
    if len(found.known) < fewest:
        raise NotAssessable(f"{len(found.known):,} rows have a label that can be used; {fewest:,} are needed")
    if len(np.unique(found.y[found.known])) < 2:
        raise NotAssessable("the label is the same in every row that can be used")
    return msgspec.structs.replace(found, told=told)


def _number(series: Any) -> Target:
    return Target(task="number", y=np.asarray(numbers_of(series).to_numpy(), np.float64))


def _classes(series: Any) -> Target:
    texts = series.fill_nan(None) if series.dtype.is_float() else series
    texts = texts.cast(need("polars").String)
    counts = dict(texts.drop_nulls().value_counts().rows())
    names = sorted(name for name, count in counts.items() if count >= RAREST)
    if len(names) < 2:
        shown = ", ".join(f"'{printable(name, 40)}' {count:,}" for name, count in sorted(counts.items())[:4])
        more = f" and {len(counts) - 4:,} more" if len(counts) > 4 else ""
        raise NotAssessable(f"two classes of {RAREST} rows each are needed; the label has {shown}{more}")
    if len(names) > _CLASSES:
        raise NotAssessable(f"the label has {len(names):,} classes; at most {_CLASSES} can be judged")
    place = {name: float(number) for number, name in enumerate(names)}
    y = np.array([np.nan if one is None else place.get(one, np.nan) for one in texts.to_list()])
    rare = sum(count for name, count in counts.items() if name not in place)
    classes = len(counts) - len(names)
    told = (f"{rare:,} rows of {classes:,} classes with fewer than {RAREST} rows are put aside",) if rare else ()
    return Target(task="classes", y=y, told=told)
