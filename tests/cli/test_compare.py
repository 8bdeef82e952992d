"""`bartizan compare` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import bartizan
from tests.report.dossiers import AGENT

CALMER = AGENT.replace("trusted: no, crowd: public, motive: yes", "trusted: yes, crowd: few, motive: no")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    wild, calm = tmp_path / "wild.yaml", tmp_path / "calm.yaml"
    wild.write_text(AGENT)
    calm.write_text(CALMER)
    return wild, calm


def test_two_files_are_compared(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("compare", *pair) == 0
    text = capsys.readouterr().out
    assert "went down" in text
    assert "calm.yaml" in text


def test_worse_fails_only_when_asked_to(pair: tuple[Path, Path]) -> None:
    wild, calm = pair
    assert bartizan("compare", calm, wild) == 0
    assert bartizan("compare", calm, wild, "--fail-on-worse") == 1
    assert bartizan("compare", wild, calm, "--fail-on-worse") == 0
    assert bartizan("compare", wild, wild, "--fail-on-worse") == 0


def test_deleting_answers_does_not_pass_the_gate(
    pair: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forgotten = tmp_path / "forgotten.yaml"
    forgotten.write_text(AGENT.replace("trusted: no, crowd: public, motive: yes, ", ""))
    assert bartizan("compare", pair[0], forgotten) == 0
    assert "Risks that are no longer decided" in capsys.readouterr().out
    assert bartizan("compare", pair[0], forgotten, "--fail-on-worse") == 1


def test_one_file_is_compared_by_two_editions(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("compare", pair[0], "--editions", 2023, 2026) == 0
    assert "AI Exchange 2023" in capsys.readouterr().out


def test_each_file_can_have_its_own_edition(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("compare", *pair, "--edition-a", 2025, "--edition-b", 2026, "-f", "json") == 0
    sides = json.loads(capsys.readouterr().out)["comparison"]
    assert (sides["before"]["edition"], sides["after"]["edition"]) == (2025, 2026)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a second file, or two editions"),
        (("--edition-a", "2025"), "name a second file, or two editions"),
        (("--editions", "2023", "2025", "--edition-a", "2023"), "not both"),
        (("--editions", "2023", "2024"), "there is no edition '2024'"),
        (("--editions", "2023", "2025", "--today", "tomorrow"), "'tomorrow' is no date"),
    ],
)
def test_what_cannot_be_compared_says_what_to_name(
    pair: tuple[Path, Path], words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("compare", pair[0], *words) == 2
    assert message in capsys.readouterr().err


def test_the_ending_of_the_file_chooses_the_format(pair: tuple[Path, Path], tmp_path: Path) -> None:
    for name, start in (("changes.md", "# "), ("changes.json", "{"), ("changes.txt", "Mail agent")):
        assert bartizan("compare", *pair, "-o", tmp_path / name) == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_a_broken_file_is_told_and_nothing_is_written(
    pair: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("")
    assert bartizan("compare", pair[0], bad, "-o", tmp_path / "out.md") == 2
    assert "bad.yaml" in capsys.readouterr().err
    assert not (tmp_path / "out.md").exists()


def test_a_level_that_falls_only_because_answers_were_deleted_fails_the_gate(tmp_path: Path) -> None:
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(AGENT)
    after.write_text(AGENT.replace("crowd: public, motive: yes, ", ""))
    assert bartizan("compare", before, after, "-f", "json", "-o", tmp_path / "out.json") == 0
    risks = json.loads((tmp_path / "out.json").read_text())["comparison"]["risks"]
    assert {risk["move"] for risk in risks} == {"down", "shifted"}
    assert any(risk["move"] == "down" and risk.get("less_known") for risk in risks)
    assert bartizan("compare", before, after, "--fail-on-worse", "-o", tmp_path / "out.md") == 1


def test_a_level_that_falls_because_of_what_is_known_passes_the_gate(tmp_path: Path) -> None:
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(AGENT)
    after.write_text(AGENT.replace("crowd: public, motive: yes, ", "crowd: few, motive: no, "))
    assert bartizan("compare", before, after, "--fail-on-worse", "-o", tmp_path / "out.md") == 0
