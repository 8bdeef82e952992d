"""How far a table hides people among others: k-anonymity, l-diversity, t-closeness, and what risk remains.

Sources: k: P. Samarati and L. Sweeney 1998; l and t: see `spread`. Risks: K. El Emam and F. Dankar, Protecting privacy
using k-anonymity, JAMIA 2008 (prosecutor, journalist).

A missing value is a value of its own, in every measure: rows that lack one are like other rows that lack it, not like
all. This module knows nothing of how tables are made anonymous: it reads them, as a stranger would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.extras import need
from bartizan.tables.protect.hierarchies import numbers_of
from bartizan.tables.protect.spread import Counts, Distance, Shares, spread
from bartizan.tables.reading import Table

_WORST: Final = 5
_ROWS: Final = "rows of a class "
_CLASS: Final = "number of a class "


class Diversity(msgspec.Struct, frozen=True, kw_only=True):
    """What the classes tell of one sensitive column. Of a table without rows, 0 throughout."""

    column: str
    distinct: int
    """The fewest different values in a class: distinct l."""
    entropy: float
    """The smallest e to the entropy of a class: entropy l."""
    t: float
    """The farthest that a class is from the whole table, 0 to 1."""
    distance: Distance
    """Between values, for t."""
    values: int
    """Different values in the whole table."""


class Worst(msgspec.Struct, frozen=True, kw_only=True):
    """One of the smallest classes."""

    rows: int
    values: dict[str, str]
    """Column -> value, masked."""


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """The chance that somebody finds a person's row. Of a table without rows, 0."""

    highest: float
    mean: float
    above: float
    """The share of rows whose chance is above 1/k."""


class Anonymity(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of a table for one choice of columns."""

    quasi: tuple[str, ...]
    rows: int
    classes: int
    k: int
    """Rows of the smallest class."""
    wanted: int
    """The k that was asked for."""
    below: int
    """Rows in classes of fewer rows than asked for."""
    alone: int
    """Rows that no other is like."""
    diversity: tuple[Diversity, ...]
    prosecutor: Risk
    """Who looks for a person knows that they are in the table."""
    journalist: Risk | None
    """Who looks does not know, and has the population; none: no population was given, the prosecutor's is a bound."""
    worst: tuple[Worst, ...]


def measured(
    table: Table,
    quasi: Sequence[str],
    sensitive: Sequence[str] = (),
    *,
    k: int = 5,
    distance: Distance | None = None,
    population: Table | None = None,
) -> Anonymity:
    """The measures. Reads the table in a stream; what is held is one number for each different combination.

    Raises InputError for columns that are not there, or that hold lists or other tables.
    """
    _refuse_columns(table, (*quasi, *sensitive))
    classes = _classes(table, quasi)
    sizes: Counts = classes[_ROWS].to_numpy().astype(np.int64)
    diversity = tuple(_diversity(table, classes, quasi, name, distance) for name in sensitive)
    rows = int(sizes.sum())
    return Anonymity(
        quasi=tuple(quasi),
        rows=rows,
        classes=len(sizes),
        k=int(sizes.min(initial=rows)),
        wanted=k,
        below=int(sizes[sizes < k].sum()),
        alone=int((sizes == 1).sum()),
        diversity=diversity,
        prosecutor=_risk(sizes, sizes.astype(np.float64), k),
        journalist=None if population is None else _journalist(classes, quasi, sizes, population, k),
        worst=_worst(classes, quasi),
    )


def _refuse_columns(table: Table, names: Sequence[str]) -> None:
    types = dict(table.frame.collect_schema())
    wrong = []
    for name in names:
        if name not in types:
            finding, fix = f"it has no column '{name}'", nearest(name, table.columns)
        elif types[name].is_nested():
            finding, fix = f"column '{name}' holds lists or other tables", "write it as columns of one value each"
        else:
            continue
        wrong.append(Problem(file=str(table.path), finding=finding, fix=fix))
    if len(set(names)) < len(names):
        wrong.append(Problem(file=str(table.path), finding="a column is named twice", fix="name each once"))
    if wrong:
        raise InputError(wrong)


def _classes(table: Table, quasi: Sequence[str]) -> Any:
    """The combinations that occur, with their numbers of rows; the smallest first."""
    polars = need("polars")
    grouped = table.frame.group_by(quasi).agg(polars.len().alias(_ROWS)).sort(_ROWS, *quasi)
    return _collected(table, grouped).with_row_index(_CLASS)


def _collected(table: Table, frame: Any) -> Any:
    return msgspec.structs.replace(table, frame=frame).collect()


def _diversity(table: Table, classes: Any, quasi: Sequence[str], name: str, distance: Distance | None) -> Diversity:
    polars = need("polars")
    grouped = table.frame.group_by([*quasi, name]).agg(polars.len().alias(_ROWS))
    found = _collected(table, grouped).join(classes.select(*quasi, _CLASS), on=quasi, how="left", nulls_equal=True)
    ordered, values = _in_order(found[name], distance)
    number: Counts = found[_CLASS].to_numpy().astype(np.int64)
    count: Counts = found[_ROWS].to_numpy().astype(np.int64)
    if not len(count):
        return Diversity(column=name, distinct=0, entropy=0.0, t=0.0, distance=ordered, values=0)
    whole = np.bincount(values, count) / count.sum()
    classes_ = spread(number, values, count, whole, ordered)
    return Diversity(
        column=name,
        distinct=int(classes_.distinct.min()),
        entropy=float(classes_.entropy.min()),
        t=float(classes_.apart.max()),
        distance=ordered,
        values=len(whole),
    )


def _in_order(column: Any, distance: Distance | None) -> tuple[Distance, Counts]:
    """Which distance fits, and the place of each row's value among all values; missing comes first."""
    polars = need("polars")
    numbers = numbers_of(column)
    as_numbers = column.dtype.is_numeric() or bool((numbers.is_null() == column.is_null()).all())
    by = numbers if as_numbers and not column.dtype.is_numeric() else column
    places = by.rank("dense").fill_null(0).cast(polars.Int64).to_numpy()
    different, codes = np.unique(places, return_inverse=True)
    ordered: Distance = distance or ("ordered" if as_numbers and len(different) > 1 else "equal")
    return ordered, codes.astype(np.int64)


def _risk(sizes: Counts, among: Shares, k: int) -> Risk:
    """Rows by class, and among how many people each is."""
    rows = sizes.sum()
    if not rows:
        return Risk(highest=0.0, mean=0.0, above=0.0)
    return Risk(
        highest=float(1 / among.min()),
        mean=float((sizes / among).sum() / rows),
        above=float(sizes[among < k].sum() / rows),
    )


def _journalist(classes: Any, quasi: Sequence[str], sizes: Counts, population: Table, k: int) -> Risk:
    """As the prosecutor's, among those of the population that are like a row, who are at least those of the table."""
    _refuse_columns(population, quasi)
    polars = need("polars")
    people = _classes(population, quasi).select(*quasi, polars.col(_ROWS).alias("among "))
    text = [polars.col(name).cast(polars.String) for name in quasi]
    found = classes.with_columns(text).join(people.with_columns(text), on=quasi, how="left", nulls_equal=True)
    among = found.sort(_CLASS)["among "].fill_null(0).to_numpy().astype(np.float64)
    return _risk(sizes, np.maximum(among, sizes), k)


def _worst(classes: Any, quasi: Sequence[str]) -> tuple[Worst, ...]:
    rows = classes.head(_WORST).rows(named=True)
    return tuple(Worst(rows=row[_ROWS], values={name: covered(row[name]) for name in quasi}) for row in rows)


def covered(value: object) -> str:
    """A value for a person who must find the row and not learn it: its first character, and how long it is."""
    if value is None:
        return "(missing)"
    text = str(value)
    first = text[:1] if len(text) > 1 else ""
    return first + "*" * min(len(text) - len(first), 12) if text else "(empty)"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a table must reach."""

    k: int = 5
    l: float = 1.0  # noqa: E741 - the name of the measure
    """Of each sensitive column; 1 asks for nothing."""
    diversity: Literal["distinct", "entropy"] = "distinct"
    t: float | None = None


def shortfalls(found: Anonymity, asked: Asked) -> tuple[str, ...]:
    """What is not as was asked for, a sentence each; empty: it is. A hair is left for rounding."""
    wrong = [] if found.k >= asked.k else [f"k is {found.k}, and {asked.k} was asked for"]
    for one in found.diversity:
        l_ = one.entropy if asked.diversity == "entropy" else float(one.distinct)
        if l_ * (1 + 1e-9) < asked.l:
            wrong.append(f"{asked.diversity} l of '{one.column}' is {l_:.4g}, and {asked.l:g} was asked for")
        if asked.t is not None and not one.t <= asked.t + 1e-9:
            wrong.append(f"t of '{one.column}' is {one.t:.4g}, and {asked.t:g} at most was asked for")
    return tuple(wrong)
