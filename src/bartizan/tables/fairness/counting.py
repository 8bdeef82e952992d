"""People of a table, counted by group, truth and decision: all that measures of rates need, whatever its size."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NoReturn, TypeAlias

import msgspec
import numpy as np

from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.extras import need
from bartizan.tables.fairness.asking import Asked, refuse_impossible
from bartizan.tables.reading import Table

Values: TypeAlias = "tuple[str | None, ...]"
"""A value for each attribute; None: it is not stated."""
LEVELS: Final = 200
"""Levels of scores, of equal width, whose mean is kept exactly."""
_GROUPS: Final = 50
_CELLS: Final = 5_000


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of people by group, level and truth: (groups, LEVELS, 2) each."""

    people: Any
    total: Any
    """The sum of their scores."""


class Flips(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What is decided when only one attribute is changed, of people who share its value."""

    attribute: str
    group: str | None
    people: int
    to_favourable: int
    to_unfavourable: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """A table, counted."""

    rows: int
    left: dict[str, int]
    """Why rows were left out -> how many."""
    groups: tuple[Values, ...]
    """Every combination of attributes that occurs, in order."""
    numbers: Any
    """People (groups, 4) by truth and decision, in the cells of `metrics`. Without truth it counts as unfavourable."""
    scores: Scores | None = None
    """By the same groups."""
    flips: tuple[Flips, ...] = ()


def counted(table: Table, asked: Asked) -> Counts:
    """Count it. Raises InputError for columns that are not there or hold something else, and for a question without
    an answer: all at once.
    """
    polars = need("polars")
    frame = prepared(table, asked)
    names = [f"g{i}" for i in range(len(asked.attributes))]
    rows = table.collected(frame.select(*_left(asked), rows=polars.len())).row(0, named=True)
    whole = frame.filter(polars.col("decision").is_not_null() & polars.col("truth").is_not_null())
    found = table.collected(whole.group_by(*names, "truth", "decision").len())
    groups, numbers = _numbers(found, names, table)
    return Counts(
        rows=rows.pop("rows"),
        left={reason: count for reason, count in rows.items() if count},
        groups=groups,
        numbers=numbers,
        scores=_scores(table, whole, names, groups) if asked.score and asked.truth else None,
        flips=tuple(sorted(_flips(table, whole, asked), key=_by_value)),
    )


def prepared(table: Table, asked: Asked, features: tuple[str, ...] = ()) -> Any:
    """A LazyFrame of what is asked for: `decision` and `truth` as truth values, `score`, `g0` and so on for attributes,
    `f0` and so on for what is decided when they are changed, `x0` and so on for features as they are.

    Raises InputError as `counted` does.
    """
    refuse_impossible(asked, table)
    schema = dict(table.frame.collect_schema())
    _refuse_values(table, asked, schema)
    raw = {f"x{i}": need("polars").col(name) for i, name in enumerate(features)}
    return table.frame.select(**dict(_columns(asked, schema)), **raw)


def _columns(asked: Asked, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Our names -> expressions: truth values for decision and truth, texts for groups."""
    polars = need("polars")
    if asked.decision:
        yield "decision", _text(asked.decision, schema) == asked.favourable
    else:
        yield "decision", _number(asked.score) >= asked.threshold
    yield "truth", _text(asked.truth, schema) == asked.favourable if asked.truth else polars.lit(False)
    if asked.score:
        yield "score", _number(asked.score)
    for i, name in enumerate(asked.attributes):
        yield f"g{i}", _cut(name, asked.cuts[name]) if name in asked.cuts else _text(name, schema)
        if name in asked.flipped:
            yield f"f{i}", _text(asked.flipped[name], schema) == asked.favourable


def _text(name: str, schema: dict[str, Any]) -> Any:
    """A column as texts: whole numbers without a point, blanks and NaN as nothing."""
    polars = need("polars")
    column = polars.col(name)
    if schema[name].is_float():
        whole = column.cast(polars.Int64, strict=False)
        column = column.fill_nan(None)
        return polars.when(column == whole).then(whole.cast(polars.String)).otherwise(column.cast(polars.String))
    made = column.cast(polars.String, strict=False).str.strip_chars()
    return polars.when(made != "").then(made)


def _number(name: str) -> Any:
    polars = need("polars")
    return polars.col(name).cast(polars.Float64, strict=False).fill_nan(None)


def _cut(name: str, cuts: tuple[float, ...]) -> Any:
    """The name of the part in which a number lies: each begins at its lower end."""
    polars = need("polars")
    number = _number(name)
    first, *between, last = cut_names(cuts)
    made = polars.when(number < cuts[0]).then(polars.lit(first))
    for high, name_of in zip(cuts[1:], between, strict=True):
        made = made.when(number < high).then(polars.lit(name_of))
    return made.when(number >= cuts[-1]).then(polars.lit(last))


def cut_names(cuts: tuple[float, ...]) -> tuple[str, ...]:
    """The names of the parts that cuts make, in their order."""
    between = (f"{low:g} to under {high:g}" for low, high in itertools.pairwise(cuts))
    return (f"under {cuts[0]:g}", *between, f"{cuts[-1]:g} and over")


def _left(asked: Asked) -> Iterator[Any]:
    polars = need("polars")
    decided = polars.col("decision").is_null()
    yield decided.sum().alias("nothing was decided")
    if asked.truth:
        yield (polars.col("truth").is_null() & ~decided).sum().alias("the truth is not known")


def _numbers(found: Any, names: list[str], table: Table) -> tuple[tuple[Values, ...], Any]:
    cells: Counter[tuple[Values, int]] = Counter()
    for *values, truth, decision, count in found.select(*names, "truth", "decision", "len").iter_rows():
        cells[tuple(values), 2 * truth + decision] += count
    groups = tuple(sorted({values for values, _ in cells}, key=_by_values))
    if len(groups) > _CELLS:
        _refuse(table, f"the attributes make {len(groups):,} groups together", "ask for fewer attributes at once")
    if not groups:
        _refuse(table, "no row says both what was decided and what would have been right", "look at these columns")
    numbers = np.array([[cells[values, cell] for cell in range(4)] for values in groups], dtype=np.int64)
    return groups, numbers


def _by_values(values: Values) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in values)


def _by_value(one: Flips) -> tuple[str, bool, str]:
    return one.attribute, one.group is None, one.group or ""


def _scores(table: Table, whole: Any, names: list[str], groups: tuple[Values, ...]) -> Scores:
    polars = need("polars")
    level = (polars.col("score") * LEVELS).floor().clip(0, LEVELS - 1).cast(polars.Int32).alias("level")
    scored = whole.filter(polars.col("score").is_not_null())
    found = table.collected(
        scored.group_by(*names, level, "truth").agg(polars.len().alias("people"), polars.col("score").sum())
    )
    at = {values: i for i, values in enumerate(groups)}
    people, total = np.zeros((len(groups), LEVELS, 2), dtype=np.int64), np.zeros((len(groups), LEVELS, 2))
    for *values, step, truth, count, score in found.select(*names, "level", "truth", "people", "score").iter_rows():
        place = at[tuple(values)], step, int(truth)
        people[place], total[place] = count, score
    return Scores(people=people, total=total)


def _flips(table: Table, whole: Any, asked: Asked) -> Iterator[Flips]:
    polars = need("polars")
    for i, name in enumerate(asked.attributes):
        if name not in asked.flipped:
            continue
        known = whole.filter(polars.col(f"f{i}").is_not_null())
        was, now = polars.col("decision"), polars.col(f"f{i}")
        found = table.collected(
            known.group_by(f"g{i}").agg(polars.len(), (~was & now).sum().alias("up"), (was & ~now).sum().alias("down"))
        )
        for group, people, up, down in found.iter_rows():
            yield Flips(attribute=name, group=group, people=people, to_favourable=up, to_unfavourable=down)


def _refuse_values(table: Table, asked: Asked, schema: dict[str, Any]) -> None:
    """Raise InputError for values that answer nothing: all of them at once, after one pass over the table."""
    polars = need("polars")
    looked: dict[str, Any] = {}
    for name in filter(None, (asked.decision, asked.truth, *asked.flipped.values())):
        looked[f"favourable {name}"] = (_text(name, schema) == asked.favourable).sum()
    if asked.score:
        raw, number = polars.col(asked.score), _number(asked.score)
        is_said = raw.is_not_null() if schema[asked.score].is_float() else _text(asked.score, schema).is_not_null()
        looked["scores"] = (is_said & ~number.is_between(0, 1).fill_null(False)).sum()
    for name in asked.attributes:
        if name in asked.cuts:
            looked[f"cut {name}"] = (_text(name, schema).is_not_null() & _number(name).is_null()).sum()
        else:
            looked[f"groups {name}"] = _text(name, schema).drop_nulls().n_unique()
    found = table.collected(table.frame.select(**looked)).row(0, named=True)
    problems = list(_problems(table, asked, schema, found))
    if problems:
        raise InputError([Problem(file=str(table.path), finding=finding, fix=fix) for finding, fix in problems])


def _problems(table: Table, asked: Asked, schema: dict[str, Any], found: dict[str, int]) -> Iterator[tuple[str, str]]:
    for what, count in found.items():
        kind, _, name = what.partition(" ")
        if kind == "favourable" and not count:
            said = _text(name, schema).drop_nulls().unique(maintain_order=True).head(5)
            values = table.collected(table.frame.select(said)).to_series().to_list()
            words = printable(", ".join(map(repr, values)) or "nothing", 200)
            yield f"no row of '{name}' says '{asked.favourable}'; it says {words}", "--favourable VALUE"
        elif kind == "scores" and count:
            yield f"{count:,} scores in '{asked.score}' are no numbers from 0 to 1", "give probabilities"
        elif kind == "cut" and count:
            yield f"{count:,} values of '{name}' are no numbers, so it cannot be cut", f"leave out --cut {name}"
        elif kind == "groups" and count > _GROUPS:
            fix = f"cut numbers, as in --cut {name} 25,45,65, or name another column"
            yield f"'{name}' makes {count:,} groups; {_GROUPS} are the most", fix


def _refuse(table: Table, finding: str, fix: str) -> NoReturn:
    raise InputError([Problem(file=str(table.path), finding=finding, fix=fix)])
