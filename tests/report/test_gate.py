"""What a gate found: as SARIF by its published schema, as JSON, as Markdown and on a screen, with hostile names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from markdown_it import MarkdownIt

from bartizan.core.findings import FINDING_KINDS, Finding, Judged, Unchecked
from bartizan.report.gate import render_json, render_markdown, render_terminal
from bartizan.report.gate_sarif import render
from tests.report.dossiers import HOSTILE

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def judged(name: str = "Mail agent", **more: Any) -> Judged:
    findings = tuple(
        Finding(
            kind=kind,
            system=name,
            about=f"direct_prompt_injection@{name}",
            text=f"Direct prompt injection at {name}: it is so",
            do=f"do something about {name}",
            level=4 if kind == "untreated" else 0,
            line=7,
        )
        for kind in FINDING_KINDS
    )
    said = {
        "system": name,
        "name": name,
        "file": "systems/system.yaml",
        "edition": 2026,
        "today": "2026-11-22",
        "levels": ("very low", "low", "medium", "high", "very high"),
        "findings": findings,
    }
    return Judged(**{**said, **more})


def results(log: str) -> list[Any]:
    found = json.loads(log)["runs"][0]["results"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_keeps_to_the_standard(name: str) -> None:
    VALIDATOR.validate(json.loads(render([judged(name)], baseline=True)))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_markup_in_markdown(name: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(render_markdown([judged(name)]))
    for tag in ("<a ", "<img", "<script", "<em>", "<strong>", "<hr", "<del"):
        assert tag not in html
    assert html.count("<tr>") == len(FINDING_KINDS) + 1


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_reaches_a_screen_with_control_characters(name: str) -> None:
    assert all(line.isprintable() for line in render_terminal([judged(name)]).splitlines())


def test_a_baseline_is_in_the_states_of_the_results() -> None:
    known = msgspec.structs.replace(judged().findings[0], standing="known")
    one = judged(findings=(known, judged().findings[1]), gone=(("stale", "oversight"),))
    assert [r["baselineState"] for r in results(render([one], baseline=True))] == ["unchanged", "new", "absent"]
    assert all("baselineState" not in r for r in results(render([one])))


def test_what_is_allowed_or_accepted_is_suppressed() -> None:
    allowed = msgspec.structs.replace(judged().findings[0], standing="allowed")
    found = results(render([judged(findings=(allowed,), accepted=(judged().findings[0],))]))
    assert [r["suppressions"][0]["status"] for r in found] == ["accepted", "accepted"]


def test_what_was_not_checked_is_a_notification_and_no_result() -> None:
    one = judged(findings=(), unchecked=(Unchecked(kind="stale", why="no register"),), demanded=("stale",))
    run = json.loads(render([one]))["runs"][0]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notification["level"], run["results"]) == ("error", [])
    VALIDATOR.validate(json.loads(render([one])))
    assert "demanded, but not checked" in render_terminal([one])
    assert "FAILED" in render_terminal([one])


def test_json_says_whether_it_passed() -> None:
    said = json.loads(render_json([judged(findings=()), judged()]))
    assert (said["passed"], [one["passed"] for one in said["systems"]]) == (False, [True, False])
    assert said["systems"][1]["findings"][0]["about"] == "direct_prompt_injection@Mail agent"
