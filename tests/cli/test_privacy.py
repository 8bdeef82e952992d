"""`bartizan privacy`: what law and principles ask, on the screen, in files, as drafts, and as a gate."""

from __future__ import annotations

import json
from pathlib import Path

import docx as peer
import pytest
import yaml

from tests.cli.running import bartizan

EXAMPLES = Path(__file__).parents[2] / "examples"
CREDIT = EXAMPLES / "consumer-credit-scoring" / "system.yaml"
IMAGES = EXAMPLES / "skin-image-classifier" / "system.yaml"
DAY = ("--today", "2026-11-24")


def test_the_screen_answers_first_whether_it_may_be_then_what_is_not_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("privacy", CREDIT, *DAY) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Consumer credit scoring · privacy · 24 Nov 2026"
    assert lines[1].startswith("No practice that the EU AI Act forbids. High-risk system (EU AI Act Art. 6).")
    assert any(line.startswith(" act_27 ") for line in lines)
    assert lines[-1] == "This is not legal advice."
    assert all(len(line) <= 80 for line in lines)


def test_every_duty_that_is_asked_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("privacy", CREDIT, *DAY, "--all") == 0
    out = capsys.readouterr().out
    assert "Said, not shown" in out
    assert "Shown" in out
    assert "…of" not in out


def test_each_verdict_is_in_the_json_with_its_proof(tmp_path: Path) -> None:
    assert bartizan("privacy", CREDIT, *DAY, "-o", tmp_path / "p.json") == 0
    made = json.loads((tmp_path / "p.json").read_text())
    found = {one["id"]: one for one in made["verdicts"]}
    assert found["gdpr_30@system"]["stand"] == "met"
    assert found["gdpr_30@system"]["evidence"] == "record of processing, entries 31 and 32"
    assert found["gdpr_13@training"]["why"] == "People are not told."
    line = found["gdpr_13@training"]["facts"][0]["origins"][0]["line"]
    assert "told: no" in CREDIT.read_text().splitlines()[line - 1]
    again = tmp_path / "q.json"
    assert bartizan("privacy", CREDIT, *DAY, "-o", again) == 0
    assert again.read_bytes() == (tmp_path / "p.json").read_bytes()


@pytest.mark.parametrize("draft", ["dpia", "fria"])
def test_a_draft_is_filled_from_the_description_and_marks_what_is_missing(draft: str, tmp_path: Path) -> None:
    for form in ("md", "html", "docx"):
        assert bartizan("privacy", CREDIT, *DAY, "--draft", draft, "-o", tmp_path / f"d.{form}") == 0
    text = (tmp_path / "d.md").read_text()
    assert "Applicants for a loan (about 40,000)" in text
    assert f"{text.count('[to fill:')} gaps are marked" in text
    assert text.count("[to fill:") == (tmp_path / "d.html").read_text().count("<mark>")
    made = peer.Document(str(tmp_path / "d.docx"))
    assert "Consumer credit scoring" in made.paragraphs[0].text


def test_a_gap_closes_when_the_description_says_it(tmp_path: Path) -> None:
    described = yaml.safe_load(CREDIT.read_text())
    gaps = []
    for kept in ("", "5 years"):
        described["privacy"]["purposes"][1]["kept_for"] = kept
        file = tmp_path / "system.yaml"
        file.write_text(yaml.safe_dump(described))
        assert bartizan("privacy", file, *DAY, "--draft", "dpia", "-o", tmp_path / "d.md") == 0
        gaps.append((tmp_path / "d.md").read_text().count("[to fill:"))
    assert gaps[0] - gaps[1] == 2  # the term itself, and whether the duty is met


def test_the_gate_fails_on_what_it_was_told_to_fail_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("privacy", CREDIT, *DAY, "--fail-on", "forbidden") == 0
    assert bartizan("privacy", CREDIT, *DAY, "--fail-on", "not-met") == 1
    described = yaml.safe_load(CREDIT.read_text())
    described["privacy"]["practices"] = ["social_scoring"]
    described["privacy"]["measures"] = []
    file = tmp_path / "system.yaml"
    file.write_text(yaml.safe_dump(described))
    assert bartizan("privacy", file, *DAY, "--fail-on", "forbidden") == 1
    assert "Forbidden: social scoring (EU AI Act Art. 5(1)(c))." in capsys.readouterr().out


def test_wrong_use_says_what_to_do_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("privacy", IMAGES) == 2
    assert "it says nothing of people and their data; add 'privacy:'" in capsys.readouterr().err
    assert bartizan("privacy") == 2
    assert "--list" in capsys.readouterr().err
    assert bartizan("privacy", CREDIT, "-o", tmp_path / "p.pdf") == 2
    assert "no form ends with '.pdf'" in capsys.readouterr().err
    assert bartizan("privacy", CREDIT, "--draft", "dpia", "-o", tmp_path / "p.json") == 2
    assert "a draft is no JSON" in capsys.readouterr().err
    assert bartizan("privacy", CREDIT, "-f", "docx") == 2
    assert bartizan("privacy", "--list", "--duty", "gdpr_66") == 2
    assert "there is no duty 'gdpr_66'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_screen_asks_each_field_by_its_own_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "system.yaml"
    file.write_text("{name: A, components: [{id: m, kind: model}], privacy: {jurisdictions: [EU]}}")
    assert bartizan("privacy", file, *DAY, "--all") == 0
    out = capsys.readouterr().out
    assert " privacy.personal: Does it handle data about people at all?" in out
    assert " privacy.purposes: What is the data used for?" in out
    assert " privacy.practices: " in out
    assert " type of m: What type of model is it?" in out


def test_all_duties_are_listed_and_one_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert bartizan("privacy", "--list") == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]) == 100
    assert bartizan("privacy", "--duty", "act_27") == 0
    out = capsys.readouterr().out
    assert "Fundamental rights impact assessment" in out
    assert "Shown by: The assessment, and the notification." in out


def test_an_assessment_says_where_duties_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "reports"
    assert bartizan("assess", CREDIT, *DAY, "-o", out, "-f", "html", "-f", "markdown", "-f", "json") == 0
    assert "Privacy: " in capsys.readouterr().out
    assert 'id="privacy"' in (out / "report.html").read_text()
    assert "## Privacy" in (out / "report.md").read_text()
    assert json.loads((out / "report.json").read_text())["assessment"]["privacy"]["verdicts"]
    assert bartizan("assess", IMAGES, *DAY, "-o", out, "-f", "html") == 0
    assert "Privacy: " not in capsys.readouterr().out
    assert 'id="privacy"' not in (out / "report.html").read_text()
