"""`bartizan assess --evidence`: files of results about one system, without a register."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bartizan.catalog.proving import PROVINGS
from tests.cli.running import bartizan

EXAMPLES = Path(__file__).parents[2] / "examples"
CREDIT = EXAMPLES / "consumer-credit-scoring" / "system.yaml"
IMAGES = EXAMPLES / "skin-image-classifier" / "system.yaml"
DAY = ("--today", "2026-11-23")


def _file(out: Path, *observations: dict[str, Any]) -> Path:
    head = {"bartizan_evidence": 1, "tool": "a test", "held_on": "2026-11-22"}
    out.write_text(json.dumps({**head, "observations": observations}))
    return out


def _risks(system: Path, out: Path, *more: object) -> dict[str, Any]:
    assert bartizan("assess", system, *DAY, "-o", out, *more) == 0
    return {risk["id"]: risk for risk in json.loads(out.read_text())["assessment"]["risks"]}


def _claiming(example: Path, control: str, out: Path) -> Path:
    """An example of which nothing is claimed but that a control is in place everywhere."""
    described = yaml.safe_load(example.read_text())
    described["controls"] = [{"control": control, "status": "implemented"}]
    out.write_text(yaml.safe_dump(described))
    return out


@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("control", sorted({control for one in PROVINGS for control in one.controls}))
def test_what_a_check_says_of_a_control_moves_the_risks_that_it_helps(
    control: str, passed: bool, tmp_path: Path
) -> None:
    moved: list[dict[str, Any]] = []
    for example in (CREDIT, IMAGES):
        system = _claiming(example, control, tmp_path / "system.yaml")
        before = _risks(system, tmp_path / "before.json")
        for component in sorted({risk["component"] for risk in before.values()}):
            seen = {"control": control, "component": component, "what": "looked", "passed": passed}
            after = _risks(system, tmp_path / "after.json", "--evidence", _file(tmp_path / "e.json", seen))
            changed = [risk for id, risk in after.items() if risk["current"] != before[id]["current"]]
            moved += [entry for risk in changed for entry in risk["controls"] if entry["control"] == control]
    assert moved
    status = "verified" if passed else "planned"
    assert all(entry["status"] == status and entry["measured"] for entry in moved), moved


def test_a_component_that_is_not_there_is_an_error_and_not_evidence_about_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = {"control": "data_quality_control", "what": "looked", "passed": True}
    file = _file(tmp_path / "e.json", {**seen, "component": "loan-histroy"}, {**seen, "component": "elsewhere"})
    assert bartizan("assess", CREDIT, *DAY, "--evidence", file) == 2
    said = capsys.readouterr().err
    assert "there is no component 'loan-histroy'; did you mean 'loan-history'?" in said
    assert "there is no component 'elsewhere'" in said


def test_what_has_no_place_in_the_system_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path / "e.json", {"threat": "jailbreak", "what": "crescendo", "hits": 1, "trials": 9})
    assert bartizan("assess", CREDIT, *DAY, "--evidence", file) == 0
    assert "jailbreak is no risk of this system: crescendo" in capsys.readouterr().err
    assert bartizan("assess", CREDIT, *DAY, "--evidence", _file(tmp_path / "n.json")) == 0
    assert "n.json: it holds no observation" in capsys.readouterr().err
