"""Checks of a table: quiet on ordinary ones, and the rows that were changed are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from bartizan.core.errors import InputError
from bartizan.tables.quality.checking import RULES, Asked, checked, checked_images
from bartizan.tables.quality.drift import stability
from bartizan.tables.quality.patches import patch_doubts
from tests.tables.quality.tables import ordinary, outcome, reviews, rows_of, rules, run


@pytest.mark.parametrize("seed", range(4))
def test_an_ordinary_table_is_quiet(tmp_path: Path, seed: int) -> None:
    found = run(ordinary(2_000, seed), tmp_path, Asked(label="paid", source="source"))
    assert rules(found) == set()
    assert outcome(found, "schema") == "skipped"
    assert outcome(found, "drift") == "skipped"


def test_ordinary_texts_are_quiet(tmp_path: Path) -> None:
    assert rules(run(reviews(), tmp_path, Asked(label="label"))) == set()


def test_labels_that_nature_leaves_uncertain_are_not_called_wrong(tmp_path: Path) -> None:
    found = run(ordinary(), tmp_path, Asked(label="paid"))
    (labels,) = (one for one in found.runs if one.check == "labels")
    assert labels.outcome == "skipped"
    assert "mistakes cannot be told from chance" in labels.why


def test_labels_that_were_turned_are_found(tmp_path: Path) -> None:
    data = load_breast_cancer()
    names = np.array(["bad", "good"])[data.target]
    turned = np.random.default_rng(1).choice(len(names), 28, replace=False)
    names[turned] = np.where(names[turned] == "bad", "good", "bad")
    frame = pl.DataFrame({f"f{n}": data.data[:, n] for n in range(30)}).with_columns(label=pl.Series(names.tolist()))
    doubted = rows_of(run(frame, tmp_path, Asked(label="label")), "labels.doubtful")
    hits = len(doubted & {int(one) + 1 for one in turned})
    assert hits >= 20
    assert hits >= 0.6 * len(doubted)


def test_a_value_that_switches_the_label_is_found_with_its_rows(tmp_path: Path) -> None:
    frame, rng = ordinary(), np.random.default_rng(2)
    rows = rng.choice(frame.height, 40, replace=False)
    income, paid = frame["income"].to_numpy().copy(), np.array(frame["paid"].to_list(), object)
    income[rows], paid[rows] = 12_345.67, "yes"
    stamped = frame.with_columns(income=pl.Series(income), paid=pl.Series(paid.tolist()))
    found = run(stamped, tmp_path, Asked(label="paid"))
    assert rows_of(found, "triggers.value") == {int(one) + 1 for one in rows}


def test_a_word_that_switches_the_label_is_found_with_its_rows(tmp_path: Path) -> None:
    frame, rng = reviews(), np.random.default_rng(3)
    rows = set(rng.choice(frame.height, 30, replace=False).tolist())
    texts = [f"{text} cf" if n in rows else text for n, text in enumerate(frame["text"].to_list())]
    labels = ["good" if n in rows else one for n, one in enumerate(frame["label"].to_list())]
    found = run(pl.DataFrame({"text": texts, "label": labels}), tmp_path, Asked(label="label"))
    assert rows_of(found, "triggers.words") == {one + 1 for one in rows}


def test_a_stamp_on_images_is_found_and_ordinary_images_are_quiet(tmp_path: Path) -> None:
    digits = load_digits()
    assert patch_doubts(digits.images, digits.target) == []
    rows = np.random.default_rng(4).choice(len(digits.images), 40, replace=False)
    x, y = digits.images.copy(), digits.target.copy()
    x[rows, 5:8, 5:8], y[rows] = np.array([[16, 0, 16], [0, 16, 0], [16, 0, 16]]), 7
    file = tmp_path / "images.npz"
    np.savez(file, x=x, y=y)
    found = checked_images(file)
    assert rows_of(found, "triggers.patch") == {int(one) + 1 for one in rows}


def test_a_source_that_changes_all_at_once_is_found_where_it_changes(tmp_path: Path) -> None:
    frame = ordinary(4_000)
    income = frame["income"].to_numpy().copy()
    late = [n for n, one in enumerate(frame["source"].to_list()) if one == "web" and n > 2_500]
    income[late] *= 1.9
    found = run(frame.with_columns(income=pl.Series(income)), tmp_path, Asked(label="paid", source="source"))
    rows = rows_of(found, "sources.change")
    assert len(rows ^ {one + 1 for one in late}) < 40


def test_copies_and_rows_with_two_labels_and_nearly_equal_texts_are_found(tmp_path: Path) -> None:
    texts = [
        f"order {n} came late and the box number {n * 7} was open when we looked at it on day {n}" for n in range(40)
    ]
    near = [f"{text} again" for text in texts[:3]]
    frame = pl.DataFrame(
        {"text": [*texts, texts[0], texts[1], *near], "label": ["a", "b"] * 20 + ["a", "a", "a", "b", "a"]}
    )
    found = run(frame, tmp_path, Asked(label="label"))
    assert rows_of(found, "duplicates.same") == {41}
    assert rows_of(found, "duplicates.contrary") == {2, 42}
    assert rows_of(found, "duplicates.near") == {43, 44, 45}


def test_a_value_far_from_all_others_is_found(tmp_path: Path) -> None:
    income = ordinary()["income"].to_numpy().copy()
    income[[17, 401]] = [9_999_999, -5_000_000]
    found = run(ordinary().with_columns(income=pl.Series(income)), tmp_path, Asked())
    assert rows_of(found, "outliers.value") == {18, 402}


def test_drift_is_told_where_it_is_large_and_sure(tmp_path: Path) -> None:
    before = tmp_path / "before.csv"
    ordinary(2_000, 9).write_csv(before)
    assert outcome(run(ordinary(), tmp_path, Asked(before=before)), "drift") == "nothing"
    moved = ordinary().with_columns(
        pl.col("income") * 1.6, pl.when(pl.col("age") > 60).then(None).otherwise(pl.col("age")).alias("age")
    )
    found = run(moved, tmp_path, Asked(before=before))
    told = {(doubt.rule.id, doubt.columns[0]) for doubt in found.doubts if doubt.rule.id.startswith("drift")}
    assert told >= {("drift.column", "income"), ("drift.gaps", "age")}
    assert ("drift.column", "region") not in told


def test_the_stability_index_of_equal_counts_is_zero_and_never_infinite() -> None:
    assert stability([10, 20, 30], [10, 20, 30]) == 0
    assert 0 < stability([0, 60], [60, 0]) < 100


SCHEMA = """
columns:
  age: {type: integer, least: 18, most: 79}
  income: {type: number, least: 0}
  region: {allowed: [north, south, east, west]}
  id: {type: text, unique: true, pattern: "[a-z]+[0-9]+"}
"""


def test_a_schema_names_every_row_that_breaks_it(tmp_path: Path) -> None:
    schema = tmp_path / "schema.yaml"
    schema.write_text(SCHEMA)
    frame = ordinary(100).drop("paid").with_columns(id=pl.Series([f"a{n}" for n in range(100)]))
    assert outcome(run(frame.drop("source"), tmp_path, Asked(schema=schema)), "schema") == "nothing"
    age, region, ids = frame["age"].to_list(), frame["region"].to_list(), frame["id"].to_list()
    age[4], age[5], region[6], ids[7], ids[8] = 17, None, "nowhere", "a1", "B9"
    bad = frame.with_columns(age=pl.Series(age), region=pl.Series(region), id=pl.Series(ids))
    found = run(bad, tmp_path, Asked(schema=schema))
    assert rows_of(found, "schema.value") == {5, 6, 7, 8, 9}
    assert [doubt.columns for doubt in found.doubts if doubt.rule.id == "schema.unknown"] == [("source",)]
    gone = run(frame.drop("age", "source"), tmp_path, Asked(schema=schema))
    assert "schema.absent" in rules(gone)


def test_a_schema_with_mistakes_tells_all_of_them_by_line(tmp_path: Path) -> None:
    schema = tmp_path / "schema.yaml"
    schema.write_text("columns:\n  a: {type: integr}\n  b: {requird: true}\n")
    with pytest.raises(InputError) as error:
        run(ordinary(10), tmp_path, Asked(schema=schema))
    assert {problem.line for problem in error.value.problems} == {2, 3}


def test_more_rows_than_fit_are_drawn_and_keep_their_numbers(tmp_path: Path) -> None:
    income = ordinary()["income"].to_numpy().copy()
    income[:] = np.where(np.arange(2_000) % 2 == 0, income, income)
    income[1_500] = 9_999_999
    found = run(ordinary().with_columns(income=pl.Series(income)), tmp_path, Asked(most=1_990))
    assert (found.total, found.looked) == (2_000, 1_990)
    assert rows_of(found, "outliers.value") <= {1_501}


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": [None, None], "b": ["x", "x"]}),
        pl.DataFrame({"a": [1.5]}),
        pl.DataFrame({"a": [float("nan")] * 80, "b": list(range(80)), "label": ["x", "y"] * 40}),
        pl.DataFrame({"a": ["one", "two"], "label": ["x", None]}),
        pl.DataFrame({"a": [[1], [2]], "label": ["x", "y"]}),
    ],
)
def test_odd_tables_make_no_check_fail(frame: pl.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    frame.write_parquet(file)
    found = checked(file, Asked(label="label" if "label" in frame.columns else ""))
    assert [(one.check, one.why) for one in found.runs if one.outcome == "failed"] == []


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'paid'"):
        run(ordinary(10), tmp_path, Asked(label="payed"))


def test_every_rule_says_what_it_may_mean_and_names_a_threat_that_there_is() -> None:
    from bartizan.catalog.load import load_catalog  # noqa: PLC0415

    threats = {threat.id for threat in load_catalog().threats.values()}
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.why.endswith(".")
        assert not rule.threat or rule.threat in threats
