"""Mondrian reaches what was asked for, measured by hand; where it cannot be, it is said by how much and why."""

from __future__ import annotations

import datetime
import re
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.tables.protect.anonymity import Asked, measured, shortfalls
from bartizan.tables.reading import opened
from tests.tables.protect.tables import by_hand, through

_ROW = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.integers(-5, 12)),
        "city": st.one_of(st.none(), st.sampled_from(["a", "b", "c, d", "{e}", "*", "1-2"])),
        "seen": st.dates(min_value=datetime.date(2020, 1, 1), max_value=datetime.date(2020, 3, 1)),
        "illness": st.sampled_from(["flu", "flu", "cold", "gout"]),
    }
)
_SCHEMA = {"age": pl.Int64, "city": pl.String, "seen": pl.Date, "illness": pl.String}


def _table(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_SCHEMA)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_ROW, min_size=12, max_size=60),
    st.integers(2, 6),
    st.sampled_from(["", "l: 2", "l: 1.5, diversity: entropy", "t: 0.3, distance: equal"]),
    st.sampled_from(["strict", "relaxed"]),
)
def test_what_is_asked_for_is_reached_by_hand_and_values_stay_within_their_ranges(
    rows: list[dict[str, object]], k: int, more: str, cuts: str
) -> None:
    table = _table(rows)
    asks = f", sensitive: illness, {more}" if more else ""
    text = f"columns: {{illness: keep}}\nanonymise: {{quasi: [age, city, seen], k: {k}, cuts: {cuts}{asks}}}\n"
    whole = by_hand(table.rows(named=True), [], "illness")
    if (more == "l: 2" and whole[1] < 2) or ("entropy" in more and whole[2] < 1.5):
        with pytest.raises(InputError, match=r"l = .* cannot be reached: all of column 'illness' has"):
            through(table, text)
        return
    made, done = through(table, text)
    assert made.height == table.height
    assert made["illness"].to_list() == table["illness"].to_list()
    found = by_hand(made.rows(named=True), ["age", "city", "seen"], "illness")
    assert found[0] >= k
    assert more != "l: 2" or found[1] >= 2
    assert "entropy" not in more or found[2] >= 1.5 - 1e-9
    assert not more.startswith("t") or found[3] <= 0.3 + 1e-9
    assert done.anonymity is not None
    assert done.anonymity.k == found[0]
    for before, after in zip(table["age"], made["age"], strict=True):
        assert _holds(after, before), (before, after)


def _holds(label: str | None, value: int | None) -> bool:
    if label is None or value is None:
        return value is None and (label is None or label.endswith("(missing)"))
    text = label.removesuffix(" or (missing)")
    if re.fullmatch(r"-?\d+", text):
        return int(text) == value
    found = re.fullmatch(r"(-?\d+) to (-?\d+)|(\d+)-(\d+)", text)
    assert found, label
    low, high = (int(one) for one in found.groups() if one is not None)
    return low <= value <= high


@given(st.lists(_ROW, min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_measures_of_a_table_are_those_counted_by_hand(rows: list[dict[str, object]]) -> None:
    table = _table(rows)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.parquet"
        table.write_parquet(file)
        found = measured(opened(file), ("age", "city"), ("illness",))
    k, l_, entropy, t = by_hand(table.rows(named=True), ["age", "city"], "illness")
    assert (found.k, found.rows, found.diversity[0].distinct) == (k, len(rows), l_)
    assert found.diversity[0].entropy == pytest.approx(entropy)
    assert found.diversity[0].t == pytest.approx(t)
    assert found.prosecutor.highest == pytest.approx(1 / k)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_distance_of_values_in_a_row_is_the_earth_movers(rows: list[tuple[int, int]]) -> None:
    table = pl.DataFrame(rows, schema={"group": pl.Int64, "value": pl.Int64}, orient="row")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.parquet"
        table.write_parquet(file)
        found = measured(opened(file), ("group",), ("value",), distance="ordered")
    values = sorted({value for _, value in rows})
    classes = defaultdict(list)
    for group, value in rows:
        classes[group].append(value)
    whole = np.array([sum(one == value for _, one in rows) / len(rows) for value in values])
    worst = 0.0
    for held in classes.values():
        share = np.array([held.count(value) / len(held) for value in values])
        worst = max(worst, float(np.abs(np.cumsum(share - whole)).sum() / max(len(values) - 1, 1)))
    assert found.diversity[0].t == pytest.approx(worst, abs=1e-9)


def _people(rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "city": (["Nice"] * 3 + ["Lyon"] * 9 + ["Rome"] * 150 + ["Oslo"] * 150)[:rows],
            "age": rng.integers(18, 90, rows),
            "illness": rng.choice(["flu", "gout"], rows),
        }
    )


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        (4, "quasi: [city, age], k: 5", r"k = 5 cannot be reached: the table has 4 rows; 1 more are needed"),
        (
            300,
            "quasi: [city, age], k: 5, exact: [city]",
            r"k = 5 cannot be reached: 3 of 300 rows \(1\.00%\) would have to be left out, and 0\.00% may be; "
            r"among what must stay exact \(city\) 3 rows stand in 1 combinations of fewer than 5; "
            r"the largest k within that limit is 3",
        ),
        (
            60,
            "quasi: [city, age], k: 3, sensitive: illness, l: 3",
            r"l = 3 cannot be reached: .* has 2 different values",
        ),
    ],
)
def test_what_cannot_be_reached_is_refused_with_by_how_much(rows: int, asked: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        through(_people(rows), f"columns: {{illness: keep}}\nanonymise: {{{asked}}}\n")


def test_rows_that_stand_too_much_alone_are_left_out_within_the_limit() -> None:
    made, done = through(
        _people(300), "columns: {illness: keep}\nanonymise: {quasi: [city, age], k: 5, exact: [city], suppress: 0.05}\n"
    )
    assert done.utility is not None
    assert 0 < done.utility.suppressed == 300 - made.height <= 15
    assert set(made["city"]) <= {"Rome", "Oslo", "Lyon", "Nice"}
    assert made.group_by("city", "age").len()["len"].min() >= 5  # type: ignore[operator]


def test_a_hierarchy_makes_values_coarser_along_its_branches() -> None:
    text = """
columns: {illness: keep, age: drop}
anonymise:
  quasi: [city]
  k: 40
  hierarchies:
    city: {Rome: [Italy, South], Nice: [France, South], Lyon: [France, South], Oslo: [Norway, North]}
"""
    made, _ = through(_people(300), text)
    assert set(made["city"]) == {"South", "Oslo"}


def test_finer_cuts_are_tried_so_that_little_is_lost() -> None:
    rng = np.random.default_rng(0)
    table = pl.DataFrame({name: rng.integers(0, 100, 4_000) for name in ("a", "b", "c")} | {"x": ["v"] * 4_000})
    made, done = through(table, "columns: {x: keep}\nanonymise: {quasi: [a, b, c], k: 10}\n")
    assert done.utility is not None
    assert done.utility.class_size < 2.2
    assert done.utility.penalty < 0.2
    assert made["a"].n_unique() > 5


def test_who_has_the_population_finds_less() -> None:
    people = pl.DataFrame({"city": ["Rome"] * 50 + ["Oslo"] * 4})
    with tempfile.TemporaryDirectory() as folder:
        all_, some = Path(folder) / "all.csv", Path(folder) / "some.csv"
        people.write_csv(all_)
        people[48:].write_csv(some)
        found = measured(opened(some), ("city",), population=opened(all_))
    assert found.prosecutor.highest == pytest.approx(1 / 2)
    assert found.journalist is not None
    assert found.journalist.highest == pytest.approx(1 / 4)
    assert shortfalls(found, Asked(k=3)) == ("k is 2, and 3 was asked for",)
