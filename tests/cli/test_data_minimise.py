"""`bartizan data minimise` as a person and a pipeline use it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from bartizan.catalog.load import load_catalog
from bartizan.register.intake.formats import read_results
from bartizan.tables.protect.plan import read_plan
from tests.cli.running import bartizan
from tests.tables.minimise.tables import loans, protected


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "loans.csv"
    loans(1_500).select("customer", "age", "income", "religion", "paid").write_csv(file)
    return file


_LOANS = ("--label", "paid", "--tolerance", "0.05")


def test_what_is_recommended_becomes_a_plan_that_protects_the_table(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, before = tmp_path / "plan.yaml", table.read_bytes()
    assert bartizan("data", "minimise", table, *_LOANS, "--plan", plan) == 1
    said = capsys.readouterr().out
    assert "  drop       customer: left out, the loss is surely below the tolerance" in said
    assert "special category of personal data, by its name" in said
    assert "within the tolerance.\n" in said
    assert said.splitlines()[-1].startswith("2 columns to drop")
    assert table.read_bytes() == before
    small = protected(table, plan)
    assert small.columns == ["age", "income", "paid"]
    assert small["age"].n_unique() < 10
    assert bartizan("data", "minimise", table, *_LOANS, "--plan", plan) == 2
    assert "exists already" in capsys.readouterr().err


def test_evidence_says_what_was_found_and_moves_the_assessment(table: Path, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "consumer-credit-scoring" / "system.yaml"
    evidence, report = tmp_path / "evidence.json", tmp_path / "report.json"
    bartizan("data", "minimise", table, *_LOANS, "--evidence", evidence, "--at", "loan-history", "-o", report)
    (found,) = json.loads(evidence.read_text())["observations"]
    assert found["control"] == "data_minimize"
    assert found["passed"] is False
    assert "on rows that were never used; tolerance 0.05 of auc" in found["note"]
    assert read_results(evidence, load_catalog(), None).observations
    made = json.loads(report.read_text())
    assert made["minimal"] is False
    assert made["digest"] == found["digests"]["data"]
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    system = tmp_path / "system.yaml"
    described = yaml.safe_load(example.read_text())
    claimed = {"control": "data_minimize", "status": "verified", "at": ["loan-history"], "evidence": "x"}
    described["controls"].append({**claimed, "verified_on": "2026-10-01"})
    system.write_text(yaml.safe_dump(described))
    assert bartizan("assess", system, "-o", before) == 0
    assert bartizan("assess", system, "--evidence", evidence, "-o", after) == 0
    risk = "dev_data_leak@loan-history"
    assert _impact(after, risk) > _impact(before, risk)


def _impact(file: Path, risk: str) -> int:
    risks = json.loads(file.read_text())["assessment"]["risks"]
    return int(next(one for one in risks if one["id"] == risk)["current"]["impact"])


def test_what_cannot_be_assessed_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, evidence, plan = tmp_path / "few.csv", tmp_path / "e.json", tmp_path / "p.yaml"
    loans(50).write_csv(file)
    assert bartizan("data", "minimise", file, "--label", "paid", "--evidence", evidence, "--at", "x") == 1
    said = capsys.readouterr()
    assert "NOT ASSESSABLE: " in said.out
    assert "no observation" in said.err
    assert not json.loads(evidence.read_text())["observations"]
    assert bartizan("data", "minimise", file, "--label", "paid", "--plan", plan) == 2
    assert not plan.exists()


def test_bad_input_is_a_message(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    for file, label, said in (
        (tmp_path / "ragged.csv", "a", "the first is row 1 with 1"),
        (tmp_path / "absent.csv", "a", "cannot be read"),
        (table, "payd", "did you mean 'paid'?"),
    ):
        assert bartizan("data", "minimise", file, "--label", label) == 2
        assert said in capsys.readouterr().err
    assert bartizan("data", "minimise", table) == 2
    assert bartizan("data", "minimise", table, "--label", "paid", "--tolerance", "0") == 2


def test_hostile_names_reach_neither_the_screen_nor_the_plan_unescaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = loans(600).select("income", "colour", "age", "paid")
    name, colour = "col\x1b[31m\nour: {drop}", '"\u202eincome # x'
    frame = frame.rename({"colour": name, "income": colour}).with_columns(pl.col(name) + "\x1b]0;x\x07")
    file, plan = tmp_path / "t.parquet", tmp_path / "plan.yaml"
    frame.write_parquet(file)
    bartizan("data", "minimise", file, "--label", "paid", "--tolerance", "0.1", "--plan", plan)
    said = capsys.readouterr()
    for text in (said.out, said.err, plan.read_text()):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert set(read_plan(plan).columns) == set(frame.columns)
    assert protected(file, plan).height == 600


def test_an_interruption_ends_it_quietly_and_leaves_nothing(table: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    words = [sys.executable, "-m", "bartizan", "data", "minimise", str(table), *_LOANS, "--plan", str(plan)]
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        heard = b""
        while b"doing without" not in heard:
            heard += os.read(ours, 1_000)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stdout is not None
        assert process.stdout.read() == b""
    while b"stopped" not in heard:
        heard += os.read(ours, 1_000)
    os.close(ours)
    assert b"Traceback" not in heard
    assert list(tmp_path.iterdir()) == []
