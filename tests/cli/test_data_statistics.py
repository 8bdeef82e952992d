"""`bartizan data budget`, `statistics` and `synthesise` as a person and a pipeline use them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.running import bartizan

PLAN = """
person: who
rows_per_person: 1
columns:
  bill: {low: 0, high: 100}
  city: {values: [Rome, Oslo]}
statistics:
  - {do: count, by: city, epsilon: 0.5}
  - {do: mean, of: bill, epsilon: 0.5}
synthetic: {epsilon: 1, rows: 300}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(
        {
            "who": [f"p{n}" for n in range(900)],
            "bill": [n % 100 for n in range(900)],
            "city": ["Rome", "Oslo", "x"] * 300,
        }
    ).write_csv("visits.csv")
    Path("plan.yaml").write_text(PLAN)
    return tmp_path


def _create(epsilon: str = "2.5") -> int:
    return bartizan(
        "data", "budget", "create", "p.budget", "--data", "visits", "--people", "patients", "--epsilon", epsilon
    )


def _ask(command: str, *words: object) -> int:
    return bartizan("data", command, "visits.csv", "--plan", "plan.yaml", "--budget", "p.budget", "--by", "Ann", *words)


def test_releases_are_paid_for_until_nothing_is_left(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _create() == 0
    assert _ask("statistics") == 0
    said = capsys.readouterr().out
    assert "people by who, 1 row of each at most" in said
    assert "count by city (epsilon 0.5)" in said
    assert "spent epsilon 1 of 2.5, left 1.5 (release 1 of the ledger)" in said
    assert _ask("synthesise", "-o", "nobody.csv") == 0
    assert pl.read_csv("nobody.csv").height == 300
    assert "goes together as in the table: bill and city" in capsys.readouterr().out
    assert _ask("statistics", "-o", "report.json") == 1
    assert (
        "would spend epsilon 1, and 0.5 is left of 2.5 for patients in visits; nothing was drawn"
        in capsys.readouterr().err
    )
    assert not Path("report.json").exists()
    words = ("--epsilon", "0.5", "--kind", "training", "--what", "model 4", "--by", "Bob")
    assert bartizan("data", "budget", "spend", "p.budget", *words) == 0
    assert bartizan("data", "budget", "spend", "p.budget", *words) == 1
    capsys.readouterr()
    assert bartizan("data", "budget", "show", "p.budget") == 1
    said = capsys.readouterr().out
    assert "training: model 4 (by Bob)" in said
    assert "left 0\n" in said
    assert bartizan("data", "budget", "show", "p.budget", "-o", "b.json") == 1
    shown = json.loads(Path("b.json").read_text())
    assert shown["left"] == {"epsilon": "0", "delta": "0"}
    assert [one["epsilon"] for one in shown["releases"]] == ["1", "1", "0.5"]
    assert len(shown["releases"][0]["digests"]["data"]) == 64


def test_a_report_in_json_has_what_was_paid_and_how_far_noise_reaches(here: Path) -> None:
    _create()
    assert _ask("statistics", "-o", "report.json") == 0
    made = json.loads(Path("report.json").read_text())
    count, mean = made["statistics"]
    assert [one["label"] for one in count["values"]] == ["Rome", "Oslo", "(other)", "(missing)"]
    assert all(one["low"] <= max(one["value"], 0) <= one["high"] for one in count["values"])
    assert mean["noise_share"] == 0.95
    assert made["left"]["epsilon"] == "1.5"


def test_what_is_wrong_is_said_and_nothing_is_spent(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ask("statistics") == 2
    assert "bartizan data budget create makes one" in capsys.readouterr().err
    assert _create("nothing") == 2
    assert "'nothing' is no amount" in capsys.readouterr().err
    assert _create() == 0
    assert _create() == 2
    assert "exists already" in capsys.readouterr().err
    Path("there.csv").write_text("x")
    assert _ask("synthesise", "-o", "there.csv") == 2
    assert _ask("statistics", "-o", "there.csv") == 2
    assert _ask("synthesise", "-o", "nobody.xlsx") == 2
    Path("plan.yaml").write_text(PLAN.replace("bill", "bil"))
    assert _ask("statistics") == 2
    assert "has no column 'bil'; did you mean 'bill'?" in capsys.readouterr().err
    assert bartizan("data", "budget", "show", "p.budget", "--head", "0" * 64) == 2
    assert "no line has the hash that was noted" in capsys.readouterr().err
    assert bartizan("data", "budget", "show", "p.budget") == 0
    assert "spent epsilon 0 of 2.5" in capsys.readouterr().out
