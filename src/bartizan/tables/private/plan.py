"""A plan of releases under differential privacy, as somebody wrote it in YAML before looking at the table.

Bounds and values are declared, never read from the table: what is read from it would tell of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.budget.amount import amount
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml

Do: TypeAlias = Literal["count", "sum", "mean", "quantiles"]
_MOST: Final = 10_000
"""Buckets of a column, and of two columns together."""
_PERSON: Final = 1_000


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a column may hold: numbers between two bounds, or some values."""

    low: float | None = None
    high: float | None = None
    """What lies beyond the bounds counts as the bound."""
    bins: int = 0
    """Ranges of equal width, where numbers are counted or synthesised; 0: 16."""
    edges: tuple[float, ...] = ()
    """Or the borders between ranges, ascending, within the bounds."""
    whole: bool = False
    """Whether synthetic numbers are whole ones."""
    values: tuple[str, ...] = ()
    """Other values are counted together as others."""

    @property
    def is_number(self) -> bool:
        """Whether it has bounds."""
        return self.low is not None and self.high is not None


class Statistic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release."""

    do: Do
    epsilon: float | str
    of: str = ""
    """The column of numbers; none for counts."""
    by: str = ""
    """The column by whose values or ranges rows are told apart; empty: all rows together."""
    at: tuple[float, ...] = ()
    """Shares below, for quantiles."""


class Synthetic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A synthetic table."""

    epsilon: float | str
    rows: int = 0
    """How many to draw; 0: as many as the noisy counts say."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    person: str
    """The column that tells whose a row is; empty: every row is another person."""
    rows: int
    """Rows of a person that count."""
    columns: dict[str, Column]
    statistics: tuple[Statistic, ...]
    synthetic: Synthetic | None
    document: Document

    @property
    def named(self) -> tuple[str, ...]:
        """The columns of the table that are read."""
        return (*((self.person,) if self.person else ()), *self.columns)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: str = ""
    rows_per_person: int = 0
    every_row_is_a_person: bool = False
    columns: dict[str, Column] = {}
    statistics: tuple[Statistic, ...] = ()
    synthetic: Synthetic | None = None


_Fault: TypeAlias = tuple[PathKey, str, str]


def read_plan(file: Path, *, wants: Literal["statistics", "synthetic"]) -> Plan:
    """A plan in YAML. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    faults: list[_Fault] = [*_person(read), *_columns(read.columns)]
    for place, one in enumerate(read.statistics):
        faults += [((*("statistics", place), *key), finding, fix) for key, finding, fix in _statistic(one, read)]
    if read.synthetic is not None:
        faults += [((*("synthetic",), *key), finding, fix) for key, finding, fix in _synthetic(read.synthetic, read)]
    if not getattr(read, wants):
        faults.append(((), f"it asks for no {wants}", f"add '{wants}:'"))
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    return Plan(
        person=read.person,
        rows=read.rows_per_person or 1,
        columns=read.columns,
        statistics=read.statistics,
        synthetic=read.synthetic,
        document=document,
    )


def column_problems(plan: Plan, columns: tuple[str, ...], table: str) -> list[Problem]:
    """Columns of the plan that a table lacks."""
    return [
        plan.document.problem(
            ("person",) if name == plan.person else ("columns", name),
            f"{table} has no column '{name}'",
            nearest(name, columns),
        )
        for name in plan.named
        if name not in columns
    ]


def _person(read: _File) -> Iterator[_Fault]:
    if bool(read.person) == read.every_row_is_a_person:
        finding = "whose a row is is said twice" if read.person else "it is not said whose a row is"
        yield ("person",), finding, "name the column under 'person:', or write 'every_row_is_a_person: true'"
    if read.person and not 1 <= read.rows_per_person <= _PERSON:
        fix = "the fewest that are of use: noise grows with it"
        yield ("rows_per_person",), f"rows of a person that count are 1 to {_PERSON:,}", fix
    if not read.person and read.rows_per_person not in (0, 1):
        yield ("rows_per_person",), "every row is another person, so that one row of each counts", "remove it"
    if read.person in read.columns:
        yield ("columns", read.person), "the column that tells whose a row is is released by nothing", "remove it"


def _columns(columns: dict[str, Column]) -> Iterator[_Fault]:
    for name, one in columns.items():
        at: PathKey = ("columns", name)
        bounds = [value for value in (one.low, one.high) if value is not None]
        if bool(bounds) == bool(one.values):
            yield at, "numbers have 'low' and 'high', others have 'values'; it needs one of both", ""
        elif bounds:
            yield from ((at, *rest) for rest in _number(one, bounds))
        else:
            if len(set(one.values)) < len(one.values) or len(one.values) > _MOST:
                yield (*at, "values"), f"name each value once, and {_MOST:,} at most", ""
            if one.bins or one.edges or one.whole:
                yield at, "'bins', 'edges' and 'whole' are for numbers", "remove them"


def _number(one: Column, bounds: list[float]) -> Iterator[tuple[str, str]]:
    if len(bounds) < 2 or not bounds[0] < bounds[1] or max(map(abs, bounds)) > 2**52:
        yield "'low' is below 'high', and both are given", "what the column may hold, not what it does"
        return
    if one.bins and one.edges:
        yield "ranges are given twice", "give 'bins' or 'edges'"
    if not 0 <= one.bins <= _MOST or len(one.edges) >= _MOST:
        yield f"ranges are 1 to {_MOST:,}", ""
    ends = (bounds[0], *one.edges, bounds[1])
    if any(not low < high for low, high in pairwise(ends)):
        yield "edges ascend, between 'low' and 'high'", ""


def _epsilon(written: float | str) -> Iterator[tuple[PathKey, str, str]]:
    try:
        found = amount(written)
    except ValueError as error:
        yield ("epsilon",), str(error), "write a decimal number above 0"
        return
    if not Fraction(1, 10**6) <= found <= 100:
        yield ("epsilon",), "an epsilon is from 0.000001 to 100", "1 or less protects well, 10 hardly does"


def _statistic(one: Statistic, read: _File) -> Iterator[tuple[PathKey, str, str]]:
    yield from _epsilon(one.epsilon)
    column = read.columns.get(one.of)
    if (one.do == "count") == bool(one.of):
        yield ("of",), "a count is of rows" if one.of else f"a {one.do} is of a column", "use 'by' to tell rows apart"
    elif one.of and (column is None or not column.is_number):
        finding = f"'{one.of}' is no column with 'low' and 'high'"
        yield ("of",), finding, nearest(one.of, read.columns) or "declare it under 'columns:'"
    if one.by and one.by not in read.columns:
        yield ("by",), f"'{one.by}' is not declared", nearest(one.by, read.columns) or "declare it under 'columns:'"
    if (one.do == "quantiles") != bool(one.at):
        yield ("at",), "'at' goes with quantiles, and quantiles with it", "at: [0.25, 0.5, 0.75]"
    if one.do == "quantiles" and one.by:
        yield ("by",), "quantiles are of all rows together", "remove 'by'"
    if any(not 0 <= share <= 1 or Fraction(str(share)).denominator > 1000 for share in one.at):
        yield ("at",), "a share is from 0 to 1, with three digits at most", ""


def _synthetic(one: Synthetic, read: _File) -> Iterator[tuple[PathKey, str, str]]:
    yield from _epsilon(one.epsilon)
    if not 0 <= one.rows <= 100_000_000:
        yield ("rows",), "rows are 0 to 100,000,000", ""
    if not read.columns:
        yield (), "no column is declared", "declare those of the synthetic table under 'columns:'"
    sizes = sorted((_size(column) for column in read.columns.values()), reverse=True)
    if len(sizes) > 1 and sizes[0] * sizes[1] > 1_000_000:
        yield (), f"two columns have {sizes[0] * sizes[1]:,} combinations; 1,000,000 at most", "declare fewer values"
    if len(sizes) > 200:
        yield (), "more than 200 columns", "synthesise fewer"


def _size(column: Column) -> int:
    return len(column.values) + 2 if column.values else (column.bins or len(column.edges) + 1) + 1
