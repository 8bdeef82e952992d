"""`bartizan data check` as a person and a pipeline use it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars as pl
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.formats import read_results
from tests.cli.running import bartizan
from tests.tables.quality.tables import ordinary


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    frame = ordinary(600)
    income = frame["income"].to_list()
    income[41] = 9_999_999.0
    file = tmp_path / "loans.csv"
    frame.with_columns(income=pl.Series(income)).write_csv(file)
    return file


def test_a_sound_table_passes_and_says_what_did_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "loans.csv"
    ordinary(600).write_csv(file)
    assert bartizan("data", "check", file, "--label", "paid") == 0
    out = capsys.readouterr().out
    assert "schema             skipped: no schema was given: use --schema FILE" in out
    assert out.endswith("checks ran: nothing found\n")


def test_a_table_of_which_no_check_could_tell_anything_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    assert bartizan("data", "check", tmp_path / "t.csv", "--evidence", tmp_path / "e.json") == 1
    said = capsys.readouterr().out
    assert "duplicates         skipped: a row needs others to be compared with" in said
    assert "outliers           skipped: fewer than 10 rows" in said
    assert "0 of 7 checks ran: nothing is known of this table" in said
    assert json.loads((tmp_path / "e.json").read_text())["observations"] == []


@pytest.mark.parametrize("command", [("check",), ("profile",), ("anonymity", "--quasi", "a"), ("budget", "show")])
def test_a_pipe_is_refused_and_not_waited_for(
    tmp_path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "t.csv")
    assert bartizan("data", command[0], *command[1:], tmp_path / "t.csv") == 2
    assert "no file" in capsys.readouterr().err


def test_doubted_rows_go_to_quarantine_and_the_table_stays_as_it_is(
    bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bad.read_bytes()
    doubted, kept = tmp_path / "doubted.csv", tmp_path / "kept.csv"
    assert bartizan("data", "check", bad, "--quarantine", doubted, "--keep", kept) == 1
    assert "income: 9999999; the middle is" in capsys.readouterr().out
    assert bad.read_bytes() == before
    lines = before.decode().splitlines()
    assert kept.read_text().splitlines() == [*lines[:42], *lines[43:]]
    (row,) = pl.read_csv(doubted).rows(named=True)
    assert row["doubted_row"] == 42
    assert row["doubted_by"] == "outliers.value"
    assert bartizan("data", "check", bad, "--quarantine", doubted) == 2
    assert "exists already" in capsys.readouterr().err


def test_evidence_passes_only_where_enough_checks_ran(bad: Path, tmp_path: Path) -> None:
    good, out = tmp_path / "good.csv", tmp_path / "evidence.json"
    frame = ordinary(2_000).with_columns(
        paid=pl.when(pl.col("income") > 36_000).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    frame.write_csv(good)
    for file, label, passed in ((bad, "", False), (good, "paid", True), (good, "", None)):
        bartizan("data", "check", file, *(("--label", label) if label else ()), "--evidence", out, "--at", "loans")
        found = json.loads(out.read_text()).get("observations", [])
        assert [one["passed"] for one in found] == ([] if passed is None else [passed])
        if found:
            assert read_results(out, load_catalog(), None).observations


def test_bad_input_is_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    for file, said in (("ragged.csv", "the first is row 1 with 1"), ("absent.csv", "cannot be read")):
        assert bartizan("data", "check", tmp_path / file) == 2
        assert said in capsys.readouterr().err
    assert bartizan("data", "check", tmp_path / "ragged.csv", "--ragged", "fill", "-f", "json") == 1
    assert json.loads(capsys.readouterr().out)["told"]


def test_what_is_found_moves_the_assessment(tmp_path: Path, bad: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "consumer-credit-scoring" / "system.yaml"
    evidence, before, after = tmp_path / "evidence.json", tmp_path / "before.json", tmp_path / "after.json"
    bartizan("data", "check", bad, "--evidence", evidence, "--at", "loan-history")
    assert bartizan("assess", example, "-o", before) == 0
    assert bartizan("assess", example, "--evidence", evidence, "-o", after) == 0

    def likelihood(file: Path) -> int:
        risks = json.loads(file.read_text())["assessment"]["risks"]
        return int(next(risk for risk in risks if risk["id"] == "data_poison@loan-history")["current"]["likelihood"])

    assert likelihood(after) > likelihood(before)
