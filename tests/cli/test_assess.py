"""`bartizan assess` from the command line: summary, reports, gate, decisions, folders."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from bartizan.catalog.load import DATA
from bartizan.report.formats import FORMATS
from tests.cli.running import bartizan
from tests.report.dossiers import AGENT

BROKEN = "name: Broken\ncomponents:\n  - {id: model, kind: model, typ: generative}\n"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    file = tmp_path / "system.yaml"
    file.write_text(AGENT)
    return file


def decision(risk: str, treatment: str = "accept", until: str = "2027-01-01") -> str:
    return (
        f"decisions:\n  - risk: {risk}\n    treatment: {treatment}\n    reason: known and small\n    by: A. Jansen\n"
        f"    on: 2026-11-01\n    until: {until}\n"
    )


def test_a_summary_is_printed_and_nothing_is_written(
    system: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(system.parent)
    assert bartizan("assess", system) == 0
    text = capsys.readouterr().out
    assert "Top risks" in text
    assert "\x1b" not in text
    assert [p.name for p in system.parent.iterdir()] == ["system.yaml"]


def test_every_format_is_written_into_a_folder(system: Path, tmp_path: Path) -> None:
    assert bartizan("assess", system, "-q", "-o", tmp_path / "reports", "-f", "all") == 0
    assert sorted(p.name for p in (tmp_path / "reports").iterdir()) == sorted(f"report{f.suffix}" for f in FORMATS)


def test_the_ending_of_a_file_names_the_format(system: Path, tmp_path: Path) -> None:
    assert bartizan("assess", system, "-q", "-o", tmp_path / "a.json") == 0
    assert json.loads((tmp_path / "a.json").read_text())["assessment"]


def test_an_unknown_ending_is_an_error_and_nothing_is_written(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bartizan("assess", system, "-o", tmp_path / "a.doc") == 2
    assert "no report ends with '.doc'" in capsys.readouterr().err
    assert not (tmp_path / "a.doc").exists()


def test_same_input_gives_the_same_bytes(system: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert bartizan("assess", system, "-q", "--today", "2026-11-22", "-o", tmp_path / name, "-f", "all") == 0
    for made in FORMATS:
        first, second = (tmp_path / name / f"report{made.suffix}" for name in ("a", "b"))
        assert first.read_bytes() == second.read_bytes(), made.name


def test_the_gate_fails_on_a_risk_above_appetite(system: Path) -> None:
    assert bartizan("assess", system, "-q", "--fail-above", "appetite") == 1
    assert bartizan("assess", system, "-q") == 0


def test_an_accepted_risk_does_not_fail_the_gate_until_it_lapses(system: Path, tmp_path: Path) -> None:
    bartizan("assess", system, "-q", "-o", tmp_path / "a.json")
    risks = json.loads((tmp_path / "a.json").read_text())["assessment"]["risks"]
    above = [risk["id"] for risk in risks if risk.get("above_appetite")]
    parts = [decision(risk).removeprefix("decisions:\n") for risk in above]
    (tmp_path / "decisions.yaml").write_text("decisions:\n" + "".join(parts))
    words = ("assess", system, "-q", "--fail-above", "appetite", "--decisions", tmp_path / "decisions.yaml")
    assert bartizan(*words, "--today", "2026-12-01") == 0
    assert bartizan(*words, "--today", "2027-02-01") == 1


def test_a_decision_without_a_date_is_an_error_with_its_line(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "decisions.yaml").write_text(decision("evasion@agent", until="soon"))
    assert bartizan("assess", system, "--decisions", tmp_path / "decisions.yaml") == 2
    assert "decisions.yaml:7: 'soon' is no date" in capsys.readouterr().err


def test_a_misspelt_control_in_a_description_is_an_error_with_the_nearest_name(
    system: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system.write_text(AGENT.split("controls:")[0] + "controls:\n  - {control: rate_limitt, status: planned}\n")
    assert bartizan("assess", system) == 2
    assert "did you mean 'rate_limit'?" in capsys.readouterr().err


def test_a_wrong_edition_names_the_valid_ones(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("assess", system, "--edition", "2024") == 2
    assert "there is no edition '2024'" in capsys.readouterr().err


def test_quantified_loss_comes_with_intervals_and_a_seed(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("assess", system, "--quantify", "--trials", 500, "--seed", 7) == 0
    text = capsys.readouterr().out
    assert "Annual loss" in text
    assert "500 simulated years, seed 7" in text


def test_a_folder_gives_a_line_for_each_system_and_reports_the_broken_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("one", AGENT), ("two", AGENT), ("bad", BROKEN)):
        (tmp_path / f"{name}.yaml").write_text(text)
    assert bartizan("assess", tmp_path, "-o", tmp_path / "out.csv") == 2
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(), newline="")))
    assert [Path(row["file"]).name for row in rows] == ["bad.yaml", "one.yaml", "two.yaml"]
    assert "did you mean 'type'?" in rows[0]["error"]
    assert int(rows[1]["applies"]) > 5
    assert "2 systems assessed" in capsys.readouterr().err


def test_a_folder_without_descriptions_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("assess", tmp_path) == 2
    assert "no descriptions in this folder" in capsys.readouterr().err


def test_a_folder_of_systems_as_json_lines_can_be_read_back(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(AGENT)
    assert bartizan("assess", tmp_path, "-o", tmp_path / "out.jsonl") == 0
    assert [json.loads(line)["error"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == [""]


def test_an_old_name_of_a_control_says_what_it_is_now(system: Path, capsys: pytest.CaptureFixture[str]) -> None:
    system.write_text(AGENT.split("controls:")[0] + "controls:\n  - {control: DETECTODDINPUT, status: planned}\n")
    assert bartizan("assess", system) == 2
    assert "it is now 'anomalous_input_handling'" in capsys.readouterr().err


def test_impact_is_told_on_the_scale_of_the_organisation(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DATA / "scales.yaml").read_text()
    head, impact, rest = text.partition("\nimpact:")
    for number, name in enumerate(("very low", "low", "medium", "high", "very high")):
        rest = rest.replace(f"name: {name}\n", f"name: grade {number}\n", 1)
    text = head + impact + rest
    (tmp_path / "scales.yaml").write_text(text)
    system.write_text(AGENT.split("impact:")[0] + "impact: {behaviour: grade_4, input_data: grade_9}\n")
    assert bartizan("assess", system, "--scales", tmp_path / "scales.yaml") == 2
    assert "there is no level grade_9" in capsys.readouterr().err
    system.write_text(system.read_text().replace("grade_9", "grade_1"))
    assert bartizan("assess", system, "--scales", tmp_path / "scales.yaml") == 0


def test_the_summary_tells_what_is_accepted_and_what_has_lapsed(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    risk = "indirect_prompt_injection@agent"
    (tmp_path / "decisions.yaml").write_text(decision(risk))
    words = ("assess", system, "--decisions", tmp_path / "decisions.yaml", "--today")
    assert bartizan(*words, "2026-12-01") == 0
    assert "1 of them accepted" in " ".join(capsys.readouterr().out.split())
    assert bartizan(*words, "2027-02-01") == 0
    text = capsys.readouterr().out
    assert "of them accepted" not in text
    assert "the acceptance lapsed on 1 Jan 2027" in " ".join(text.split())
