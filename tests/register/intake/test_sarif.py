from __future__ import annotations

from typing import Any

import pytest

from bartizan.register.intake.sarif import normal
from tests.register.intake.conftest import Problems, Read
from tests.register.intake.makers import sarif


def rule(name: str, *tags: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": f"About {name}"}, "properties": {"tags": list(tags), "x": [1]}}


def test_findings_are_reviews_without_counts_added_up_by_rule(read: Read) -> None:
    rules = [rule("R1", "external/owasp/LLM07:2025"), rule("R2", "AML.T0054"), rule("R3", "security")]
    results: list[dict[str, Any]] = [
        {"ruleId": "R1"},
        {"ruleId": "R1"},
        {"ruleIndex": 1},
        {"ruleId": "R3", "message": {"text": "m"}},
    ]
    made = read(sarif(results, rules=rules))
    assert [(o.threat, o.kind, o.hits, o.trials, o.entries) for o in made.observations] == [
        ("system_prompt_leakage", "review", None, None, 2),
        ("jailbreak", "review", None, None, 1),
    ]
    assert [(u.name, u.count) for u in made.unmapped] == [("R3", 1)]
    assert (made.tool, made.version, made.held_on) == ("scanner", "2.0", "2026-11-20")


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("OWASP LLM01: Prompt Injection", ["LLM01"]),
        ("owasp-llm02-2025", ["LLM02:2025"]),
        ("2025/LLM-7", ["LLM07:2025"]),
        ("https://atlas.mitre.org/techniques/AML.T0051.001", ["AML.T0051.001"]),
        ("SLLM01", []),
        ("AML.T00511", []),
    ],
)
def test_identifiers_are_found_in_whatever_form_a_tool_writes_them(word: str, names: list[str]) -> None:
    assert normal(word) == names


def test_the_catalogues_own_mappings_decide_where_they_name_one_threat(read: Read) -> None:
    results = [{"ruleId": "LLM10:2025"}, {"ruleId": "indirect_prompt_injection"}, {"ruleId": "AML.T0036"}]
    assert [o.threat for o in read(sarif(results)).observations] == [
        "ai_resource_exhaustion", "indirect_prompt_injection", "augmentation_data_leak",
    ]  # fmt: skip


def test_a_number_that_means_another_thing_every_year_decides_nothing_without_its_year(read: Read) -> None:
    (one,) = read(sarif([{"ruleId": "LLM02"}])).unmapped
    assert "several threats" in one.why
    assert "--map" in one.why


def test_what_is_no_finding_is_skipped_with_its_reason(read: Read) -> None:
    results: list[dict[str, Any]] = [
        {"ruleId": "jailbreak", "kind": "pass"},
        {"ruleId": "jailbreak", "baselineState": "absent"},
        {"ruleId": "jailbreak", "suppressions": [{"kind": "external"}]},
        {"ruleId": "jailbreak", "suppressions": [{"kind": "external", "status": "rejected"}]},
    ]
    made = read(sarif(results))
    assert (len(made.observations), len(made.skipped)) == (1, 3)


def test_our_own_report_is_no_evidence_for_itself(read: Read) -> None:
    made = read(sarif([{"ruleId": "jailbreak"}], tool="Bartizan"))
    assert made.observations == ()
    assert "no evidence for itself" in made.skipped[0].why


def test_results_with_counts_are_trials(read: Read, problems: Problems) -> None:
    said = {"hits": 3, "trials": 40, "seed": 5, "strong": True, "target": "bot"}
    (one,) = read(sarif([{"ruleId": "jailbreak", "kind": "pass", "properties": said}], tool="Bartizan")).observations
    assert (one.kind, one.hits, one.trials, one.strong, one.seed, one.target) == ("test", 3, 40, True, 5, "bot")
    assert "5 hits of 4 trials" in problems(sarif([{"ruleId": "x", "properties": {"hits": 5, "trials": 4}}]))


def test_bags_of_other_tools_may_hold_anything(read: Read) -> None:
    bag: dict[str, Any] = {"hits": "many", "trials": None, "strong": {}, "tags": "x", "target": []}
    assert read(sarif([{"ruleId": "jailbreak", "properties": bag}])).observations[0].trials is None


def test_a_log_without_a_time_asks_for_the_day_and_another_version_is_refused(read: Read, problems: Problems) -> None:
    log = sarif([{"ruleId": "jailbreak"}], dated=False)
    assert "--held-on" in problems(log)
    assert read(log, held_on="2026-11-01").observations[0].held_on == "2026-11-01"
    assert "SARIF 2.0.0" in problems(log.replace('"version": "2.1.0"', '"version": "2.0.0"'))
