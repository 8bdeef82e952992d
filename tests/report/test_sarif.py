"""The SARIF report against the published schema of SARIF 2.1.0, and what code scanning makes of it.

The schema is the OASIS one as the npm package @microsoft/jest-sarif 1.0.0-beta.0 (MIT) ships it, unchanged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from bartizan.core.source import parse_yaml
from bartizan.core.terms import Outcome
from bartizan.report.dossier import Dossier
from bartizan.report.sarif import render
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from tests.report.dossiers import AGENT, EXAMPLES, HOSTILE, acceptance, dossier_of, example, from_text, hostile
from tests.strategies import systems

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def run_of(dossier: Dossier) -> Any:
    """The one run of the log."""
    return json.loads(render(dossier))["runs"][0]


def results_of(dossier: Dossier) -> dict[str, Any]:
    """The results by the id of what they are about."""
    return {r["partialFingerprints"]["riskId/v1"]: r for r in run_of(dossier)["results"]}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.parent.name)
def test_every_example_keeps_to_the_standard(file: Path) -> None:
    VALIDATOR.validate(json.loads(render(example(file))))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_keep_to_the_standard(name: str) -> None:
    VALIDATOR.validate(json.loads(render(hostile(name))))


@settings(max_examples=25)
@given(systems())
def test_any_report_keeps_to_the_standard(system: System) -> None:
    VALIDATOR.validate(json.loads(render(dossier_of(system))))


def test_only_a_failure_has_a_level() -> None:
    for result in run_of(from_text(AGENT))["results"]:
        assert (result["kind"] == "fail") == (result["level"] != "none")


def test_each_verdict_is_one_result_of_the_kind_that_fits() -> None:
    dossier = from_text(AGENT)
    results = results_of(dossier)
    assert len(results) == len(dossier.assessment.verdicts)
    kinds = {Outcome.DOES_NOT_APPLY: "notApplicable", Outcome.UNKNOWN: "review", Outcome.THEORETICAL: "informational"}
    risks = {risk.id for risk in dossier.assessment.risks}
    for verdict in dossier.assessment.verdicts:
        expected = kinds.get(verdict.outcome, "fail" if verdict.id in risks else "informational")
        assert results[verdict.id]["kind"] == expected


def test_a_result_stands_at_the_line_of_its_component_and_shows_the_lines_of_its_proof() -> None:
    result = results_of(from_text(AGENT))["indirect_prompt_injection@agent"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 4
    assert place["artifactLocation"]["uri"] == "system.yaml"
    lines = {r["physicalLocation"]["region"]["startLine"]: r["message"]["text"] for r in result["relatedLocations"]}
    assert lines[6] == "generates content: type: generative"


def test_the_worst_level_of_a_threat_is_its_security_severity() -> None:
    dossier = from_text(AGENT)
    rules = {rule["id"]: rule["properties"] for rule in run_of(dossier)["tool"]["driver"]["rules"]}
    worst = dossier.assessment.risks[0]
    assert float(rules[worst.threat]["security-severity"]) == worst.current.level * 2 - 0.5
    silent = set(rules) - {risk.threat for risk in dossier.assessment.risks}
    assert silent
    assert not any("security-severity" in rules[threat] for threat in silent)


def test_an_acceptance_suppresses_until_its_end_and_is_under_review_after() -> None:
    risk = "indirect_prompt_injection@agent"
    holding = results_of(from_text(AGENT, decisions=[acceptance(risk, "2027-01-01")]))[risk]["suppressions"]
    lapsed = results_of(from_text(AGENT, decisions=[acceptance(risk, "2026-01-01")]))[risk]["suppressions"]
    assert [s["status"] for s in holding] == ["accepted"]
    assert [s["status"] for s in lapsed] == ["underReview"]
    assert "budget comes next year" in holding[0]["justification"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/system.yaml", "a%20b/system.yaml"),
        ("/home/me/secret/system.yaml", "system.yaml"),
        ("../other/system.yaml", "system.yaml"),
        ("C:\\me\\system.yaml", "system.yaml"),
        ("sub\\system.yaml", "sub/system.yaml"),
        ("", "system.yaml"),
    ],
)
def test_the_address_of_the_description_is_relative_and_no_path_of_a_machine(file: str, uri: str) -> None:
    system = check_system(parse_yaml(AGENT, file))
    result = run_of(dossier_of(system))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_what_means_something_in_messages_is_escaped() -> None:
    result = results_of(hostile("{{ 7*7 }} {% raw %} ${x} {0} [0](1)"))["indirect_prompt_injection@agent"]
    text = result["message"]["text"]
    assert "{{0}}" in text
    assert "\\[0\\](1)" in text
