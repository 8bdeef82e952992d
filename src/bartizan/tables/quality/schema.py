"""Values against a schema that somebody declared: types, ranges, allowed values, patterns, uniqueness, gaps."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import InputError, Problem, nearest, printable
from bartizan.core.extras import need
from bartizan.core.shape import to_value
from bartizan.core.source import read_yaml
from bartizan.tables.quality.doubt import Doubt, Rule
from bartizan.tables.reading import Table

ColumnType: TypeAlias = Literal["text", "integer", "number", "yes_no", "date", "time"]
VALUE: Final = Rule(
    id="schema.value",
    title="Values that the schema does not allow",
    why="Something else was delivered than what was agreed; a model would learn from it all the same.",
)
ABSENT: Final = Rule(
    id="schema.absent",
    title="A column that the schema asks for is not there",
    why="Rows that lack what was agreed come from another source, or another version of it.",
)
UNKNOWN: Final = Rule(
    id="schema.unknown",
    title="A column that the schema does not know",
    why="Columns that nobody asked for may hold what must not be learnt from, or the answer itself.",
)
RULES: Final = (VALUE, ABSENT, UNKNOWN)
_ROWS: Final = 10_000


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one column must be."""

    type: ColumnType = "text"
    required: bool = True
    """Whether every row has a value."""
    unique: bool = False
    """Whether no value comes twice, in all of the table."""
    least: float | None = None
    most: float | None = None
    allowed: tuple[str, ...] = ()
    """The only values; none named: any."""
    pattern: str = ""
    """A regular expression that the whole text must match, in the syntax of Rust's regex."""


class Schema(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a table must be."""

    columns: dict[str, Column]
    others: bool = False
    """Whether columns that are not named may be there."""


def read_schema(file: Path) -> Schema:
    """A schema in YAML. Raises InputError with all that is wrong, by line."""
    return to_value(read_yaml(file), Schema)


def schema_doubts(table: Table, schema: Schema) -> list[Doubt]:
    """Everything that differs. The table is read in batches, and should have been opened with types."""
    found = [_absent(name) for name in schema.columns if name not in table.columns]
    if not schema.others:
        unknown = [name for name in table.columns if name not in schema.columns]
        found += [_unknown(name, schema) for name in unknown]
    named = tuple(name for name in table.columns if name in schema.columns)
    if not named:
        return found
    return found + _values(table, named, schema)


def _absent(name: str) -> Doubt:
    return Doubt(rule=ABSENT, what=printable(name), sure="it is not among the columns", columns=(name,))


def _unknown(name: str, schema: Schema) -> Doubt:
    near = nearest(name, schema.columns)
    return Doubt(rule=UNKNOWN, what=printable(name) + (f"; {near}" if near else ""), sure="not named", columns=(name,))


def _values(table: Table, named: tuple[str, ...], schema: Schema) -> list[Doubt]:
    checker = _pandera({name: schema.columns[name] for name in named})
    errors = need("pandera.errors").SchemaErrors
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    examples: dict[tuple[str, str], str] = {}
    seen: dict[str, dict[int, int]] = {name: {} for name in named if schema.columns[name].unique}
    start = 0
    for batch in table.batches(columns=named):
        try:
            checker.validate(batch, lazy=True)
        except errors as error:
            for case, column, check, place in error.failure_cases.select(
                "failure_case", "column", "check", "index"
            ).rows():
                key = (str(column), _told(str(check)))
                examples.setdefault(key, printable(str(case), 40))
                rows[key] += [start + int(place) + 1] if place is not None else []
        for name, known in seen.items():
            _repeated(batch[name], start, known, rows[(name, "comes more than once")])
        start += batch.height
    return [
        _doubt(key, numbers, examples.get(key, ""), start)
        for key, numbers in rows.items()
        if numbers or key in examples
    ]


def _repeated(series: Any, start: int, known: dict[int, int], rows: list[int]) -> None:
    for place, (value, empty) in enumerate(zip(series.hash().to_list(), series.is_null().to_list(), strict=True)):
        if not empty and known.setdefault(value, start + place) != start + place:
            rows.append(start + place + 1)


def _doubt(key: tuple[str, str], rows: list[int], example: str, total: int) -> Doubt:
    column, check = key
    kept = tuple(sorted(set(rows)))
    what = f"{printable(column)}: {check}" + (f", such as {example}" if example and example != "None" else "")
    sure = f"{len(kept):,} of {total:,} rows" if kept else "the whole column"
    return Doubt(rule=VALUE, what=what, sure=sure, columns=(column,), rows=kept[:_ROWS])


_TOLD: Final = {
    "not_nullable": "no value",
    "greater_than_or_equal_to": "too small",
    "less_than_or_equal_to": "too large",
    "isin": "not among the allowed values",
    "str_matches": "does not match the pattern",
    "dtype": "of another type",
}


def _told(check: str) -> str:
    return next((told for start, told in _TOLD.items() if check.startswith(start)), printable(check))


def _pandera(columns: dict[str, Column]) -> Any:
    return need("pandera.polars").DataFrameSchema({name: _column(one) for name, one in columns.items()})


def _column(one: Column) -> Any:
    polars, pandera = need("polars"), need("pandera.polars")
    kinds = {
        "text": polars.String,
        "integer": polars.Int64,
        "number": polars.Float64,
        "yes_no": polars.Boolean,
        "date": polars.Date,
        "time": polars.Datetime,
    }
    checks = []
    if one.least is not None:
        checks.append(pandera.Check.ge(one.least))
    if one.most is not None:
        checks.append(pandera.Check.le(one.most))
    if one.allowed:
        checks.append(pandera.Check.isin([_as(one.type, value) for value in one.allowed]))
    if one.pattern:
        checks.append(pandera.Check.str_matches(rf"^(?:{one.pattern})$"))
    coerced = one.type in ("integer", "number", "text")
    return pandera.Column(kinds[one.type], checks, nullable=not one.required, coerce=coerced)


def _as(kind: ColumnType, value: str) -> Any:
    if kind not in ("integer", "number"):
        return value
    try:
        return int(value) if kind == "integer" else float(value)
    except ValueError:
        fix = "write numbers"
        raise InputError([Problem(file="schema", finding=f"'{value}' is no {kind}", fix=fix)]) from None
