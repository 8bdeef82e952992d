"""`bartizan data profile` as a person and a pipeline use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import bartizan


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text("mail,plz,amount\nanna@example.com,10115,3.50\nben@example.org,80331,4\n")
    return file


@pytest.fixture
def amounts(tmp_path: Path) -> Path:
    file = tmp_path / "amounts.csv"
    file.write_text("amount,kind\n3.50,a\n4,b\n")
    return file


def test_columns_are_told_with_what_to_do(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("data", "profile", people) == 0
    out = capsys.readouterr().out
    assert "100.00% of cells, sure: " in out
    assert "pseudonym" in out
    assert out.endswith("together may single people out: plz\n")


def test_several_tables_make_one_document(people: Path, amounts: Path, tmp_path: Path) -> None:
    out = tmp_path / "profile.json"
    assert bartizan("data", "profile", people, amounts, "-o", out) == 0
    made = json.loads(out.read_text())
    assert [table["rows"] for table in made["tables"]] == [2, 2]
    assert made["tables"][0]["columns"][0]["kinds"][0]["kind"] == "email"
    assert "anna@example.com" not in out.read_text()


def test_a_gate_fails_where_something_was_found(people: Path, amounts: Path) -> None:
    assert bartizan("data", "profile", people, "--fail") == 1
    assert bartizan("data", "profile", amounts, "--fail") == 0


def test_all_tables_that_cannot_be_read_are_named(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1\n")
    assert bartizan("data", "profile", tmp_path / "none.csv", people, tmp_path / "bad.csv") == 2
    err = capsys.readouterr().err
    assert "none.csv" in err
    assert "bad.csv" in err


def test_evidence_says_what_was_read_and_no_more(people: Path, amounts: Path, tmp_path: Path) -> None:
    out = tmp_path / "evidence.json"
    (tmp_path / "health.csv").write_text("diagnosis\nJ45\n")
    for file, passed in ((people, [False]), (amounts, [True]), (tmp_path / "health.csv", [])):
        bartizan("data", "profile", file, "--evidence", out, "--at", "loans")
        made = json.loads(out.read_text())["observations"]
        assert [one["passed"] for one in made] == passed
        assert all(one["control"] == "obfuscate_training_data" for one in made)


def test_what_is_found_takes_away_what_a_claim_counted(people: Path, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "skin-image-classifier" / "system.yaml"
    evidence, before, after = tmp_path / "evidence.json", tmp_path / "before.json", tmp_path / "after.json"
    bartizan("data", "profile", people, "--evidence", evidence, "--at", "clinic-images")
    assert bartizan("assess", example, "-o", before) == 0
    assert bartizan("assess", example, "--evidence", evidence, "-o", after) == 0

    def why(file: Path) -> str:
        risks = json.loads(file.read_text())["assessment"]["risks"]
        return " ".join(next(risk for risk in risks if risk["id"] == "dev_data_leak@clinic-images")["current"]["why"])

    assert "obfuscate_training_data: implemented" in why(before)
    assert "obfuscate_training_data: implemented" not in why(after)
