"""`bartizan plan` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import bartizan
from tests.report.dossiers import AGENT


@pytest.fixture
def system(tmp_path: Path) -> Path:
    file = tmp_path / "system.yaml"
    file.write_text(AGENT)
    return file


def test_a_plan_is_printed_side_by_side(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("plan", system) == 0
    text = capsys.readouterr().out
    assert "The cheapest plan takes" in text
    assert "Exact  Greedy" in text


def test_a_budget_limits_both(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("plan", system, "--budget", 15, "-f", "json") == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["exact"]["cost"] <= 15
    assert payload["greedy"]["cost"] <= 15
    assert payload["without_budget"]["cost"] > 15


@pytest.mark.parametrize("budget", ["-1", "nan", "inf"])
def test_what_is_no_budget_is_refused(system: Path, budget: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("plan", system, f"--budget={budget}") == 2
    assert "is no budget; give a number from 0" in capsys.readouterr().err


def test_the_ending_of_the_file_chooses_the_format(system: Path, tmp_path: Path) -> None:
    for name, start in (("plan.md", "# "), ("plan.json", "{"), ("plan.txt", "Mail agent")):
        assert bartizan("plan", system, "-o", tmp_path / name) == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_another_edition_gives_another_plan(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("plan", system, "--edition", 2023) == 0
    assert "AI Exchange 2023" in capsys.readouterr().out


def test_bad_input_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: X\ncomponents:\n  - {id: m, kind: modell}\n")
    assert bartizan("plan", bad, "-o", tmp_path / "plan.md") == 2
    assert "bad.yaml:3" in capsys.readouterr().err
    assert not (tmp_path / "plan.md").exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("plan", tmp_path / "nothing.yaml") == 2
    assert "nothing.yaml" in capsys.readouterr().err
