"""Comparisons in words: every change told, nothing of a stranger's names gets loose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartizan.report import comparison as report
from bartizan.report.comparison import Compared
from bartizan.report.dossier import Dossier
from bartizan.workflows.compare import compare_dossiers
from tests.report.dossiers import AGENT, EXAMPLES, HOSTILE, example, from_text, hostile

CALMER = AGENT.replace("trusted: no, crowd: public, motive: yes", "trusted: yes, crowd: few, motive: no")
VERIFIED = AGENT.replace("{control: oversight, status: implemented}", "{control: oversight, status: verified}")


def compared(before: Dossier | str = AGENT, after: Dossier | str = AGENT) -> Compared:
    sides = [from_text(side) if isinstance(side, str) else side for side in (before, after)]
    return compare_dossiers(*sides)


def titles(found: Compared) -> list[str]:
    return [section.title for section in report.sections(found)]


def test_the_first_line_is_the_answer_and_nothing_changed_is_one() -> None:
    assert report.answer(compared()) == "Nothing changed: the same verdicts, risks, controls and components."
    assert report.sections(compared()) == ()


def test_what_went_up_and_what_went_down_are_counted() -> None:
    assert "went down" in report.answer(compared(AGENT, CALMER))
    assert "went up" in report.answer(compared(CALMER, AGENT))


def test_a_risk_that_moved_shows_both_levels_and_the_factor() -> None:
    text = report.terminal(compared(AGENT, CALMER), 200)
    assert "Number of potential attackers 5 → 2" in text
    assert "very high (likelihood" in text


def test_a_control_is_told_by_its_title_and_status() -> None:
    found = compared(AGENT, VERIFIED)
    section = next(s for s in report.sections(found) if s.title == "Controls")
    assert [item.head for item in section.items] == ["Oversight: implemented, not verified → verified"]


def test_a_fact_is_told_with_its_line() -> None:
    text = report.terminal(compared(AGENT, CALMER), 300)
    assert "before " in text
    assert "system.yaml:" in text


def test_two_editions_show_the_rules_of_both() -> None:
    system = EXAMPLES[0]
    text = report.terminal(compared(example(system, 2023), example(system, 2026)), 100)
    assert "Rule of 2023" in text
    assert "Rule of 2026" in text
    assert "Other names" in text


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.parent.name)
@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_terminal(file: Path, width: int) -> None:
    text = report.terminal(compared(example(file, 2025), example(file, 2026)), width)
    assert max(map(len, text.splitlines())) <= width


def test_every_change_is_in_every_format() -> None:
    found = compared(AGENT, CALMER)
    terminal, marked, payload = report.terminal(found, 10_000), report.markdown(found), json.loads(report.json(found))
    heads = [item.head for section in report.sections(found) for item in section.items]
    assert heads
    assert all(head in terminal for head in heads)
    assert marked.count("\n- ") == len(heads)
    assert len(payload["comparison"]["risks"]) == len(found.comparison.risks)
    assert set(payload["threats"]) >= {risk["threat"] for risk in payload["comparison"]["risks"]}


FORGOTTEN = AGENT.replace("trusted: no, crowd: public, motive: yes, ", "")


def test_what_is_no_longer_decided_has_its_own_heading_with_the_answers_that_are_missing() -> None:
    found = compared(AGENT, FORGOTTEN)
    section = next(s for s in report.sections(found) if s.title == "Risks that are no longer decided")
    assert [item.head for item in section.items] == [
        "Direct prompt injection at agent: was very high (likelihood 4, impact 5), above your appetite"
    ]
    assert section.items[0].details == (
        "Answers that are missing: sender: Do you trust them not to attack the system?",
    )
    assert "Risks that are gone" not in titles(found)
    assert "no longer decided, since answers are missing (" in report.answer(found)
    assert "gone" not in report.answer(found)


def test_the_json_says_which_answers_are_missing() -> None:
    risks = json.loads(report.json(compared(AGENT, FORGOTTEN)))["comparison"]["risks"]
    undecided = [risk for risk in risks if risk["move"] == "undecided"]
    assert [risk["missing"] for risk in undecided] == [[{"component": "sender", "field": "trusted"}]]


def test_the_json_says_whether_it_is_worse() -> None:
    assert json.loads(report.json(compared(CALMER, AGENT)))["is_worse"] is True
    assert json.loads(report.json(compared(AGENT, CALMER)))["is_worse"] is False


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str) -> None:
    found = compared(CALMER, hostile(name))
    for text in (report.terminal(found), report.markdown(found)):
        assert all(c.isprintable() or c == "\n" for c in text)
    assert "<script" not in report.markdown(found)
    assert "](javascript" not in report.markdown(found)
