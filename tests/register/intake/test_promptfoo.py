from __future__ import annotations

import json

from tests.register.intake.conftest import Problems, Read
from tests.register.intake.makers import promptfoo_file, promptfoo_result, promptfoo_table


def test_a_test_that_passed_is_an_attack_that_the_target_resisted(read: Read) -> None:
    results = [promptfoo_result("prompt-extraction", resisted=r) for r in (True, True, False)]
    made = read(promptfoo_file(results))
    (one,) = made.observations
    assert (one.threat, one.hits, one.trials, one.target) == ("system_prompt_leakage", 1, 3, "support bot")
    assert (made.tool, made.version) == ("promptfoo", "0.121.20")


def test_the_day_is_that_of_the_evaluation_and_not_of_the_export(read: Read) -> None:
    results = [promptfoo_result("rbac", resisted=True)]
    assert read(promptfoo_file(results)).held_on == "2026-11-20"
    begun = {"evaluationCreatedAt": "2026-11-19T23:59:59.000Z"}
    assert read(promptfoo_file(results, metadata=begun)).held_on == "2026-11-19"
    only_exported = promptfoo_file(results, metadata={"exportedAt": "2026-11-29T00:00:00.000Z"})
    assert read(only_exported).held_on == "2026-11-20", "the timestamp of the summary"


def test_errors_and_results_that_nobody_could_grade_are_no_findings(read: Read) -> None:
    broken_off = {"pass": True, "componentResults": [{"pass": True, "metadata": {"gradingIncomplete": True}}]}
    no_grader = {"pass": False, "componentResults": [{"pass": False, "metadata": {"graderError": True}}]}
    made = read(promptfoo_file([
        promptfoo_result("rbac", resisted=False, reason=2),
        promptfoo_result("rbac", resisted=True, gradingResult=broken_off),
        promptfoo_result("rbac", resisted=False, gradingResult=no_grader),
        promptfoo_result("rbac", resisted=True),
    ]))  # fmt: skip
    assert [(o.hits, o.trials) for o in made.observations] == [(0, 1)]
    assert [(s.name, s.count) for s in made.skipped] == [("rbac", 1), ("rbac", 2)]


def test_a_strategy_that_searches_makes_a_plugin_strong_and_an_encoding_does_not(read: Read) -> None:
    ways = ["jailbreak:tree", "crescendo", "base64", "basic", None]
    made = read(promptfoo_file([promptfoo_result("harmful:hate", resisted=True, strategy=w) for w in ways]))
    assert {o.what.rpartition("by ")[2]: o.strong for o in made.observations} == {
        "jailbreak:tree": True, "crescendo": True, "base64": False, "promptfoo harmful:hate": False,
    }  # fmt: skip
    assert all("reads each answer" in o.why_strong for o in made.observations if "crescendo" in o.what)


def test_a_strategy_can_make_another_threat_of_it_but_none_of_what_is_no_threat(read: Read) -> None:
    results = [promptfoo_result(p, resisted=False, strategy="indirect-web-pwn") for p in ("harmful:hate", "bias:age")]
    made = read(promptfoo_file(results))
    assert [o.threat for o in made.observations] == ["indirect_prompt_injection"]
    assert [(u.name, u.why) for u in made.unmapped] == [("bias:age", "fairness, which is no threat of an attacker")]


def test_several_targets_of_one_evaluation_stay_apart(read: Read) -> None:
    results = [promptfoo_result("rbac", resisted=True, provider={"id": i}) for i in ("a", "b", "a")]
    made = read(promptfoo_file(results))
    assert [(o.target, o.trials) for o in made.observations] == [("a", 2), ("b", 1)]
    assert made.target == ""


def test_an_ordinary_evaluation_attacks_nothing(read: Read) -> None:
    made = read(promptfoo_file([promptfoo_result(None, resisted=True)]))
    assert (made.observations, made.skipped[0].count) == ((), 1)


def test_an_unknown_plugin_is_reported_with_the_nearest_one(read: Read) -> None:
    (one,) = read(promptfoo_file([promptfoo_result("prompt-extracton", resisted=True)])).unmapped
    assert (one.name, one.nearest) == ("prompt-extracton", "prompt-extraction")


def test_the_table_of_version_2_is_read(read: Read) -> None:
    made = read(promptfoo_table([("excessive-agency", False), ("excessive-agency", True)]))
    assert [(o.threat, o.hits, o.trials) for o in made.observations] == [("excessive_agency", 1, 2)]
    assert made.held_on == "2024-05-01"


def test_a_summary_without_a_wrapper_and_json_lines_are_read(read: Read) -> None:
    results = [promptfoo_result("rbac", resisted=r) for r in (True, False)]
    bare = json.dumps({"version": 3, "timestamp": "2026-11-20T00:00:00Z", "results": results, "stats": {}})
    assert read(bare).observations[0].trials == 2
    lines = "\n".join(map(json.dumps, results)) + "\n"
    made = read(lines, held_on="2026-11-21")
    assert (made.format, made.held_on, made.observations[0].hits) == ("promptfoo-lines", "2026-11-21", 1)


def test_every_result_that_is_broken_is_told_by_its_number(problems: Problems) -> None:
    good = promptfoo_result("rbac", resisted=True)
    said = problems(promptfoo_file([good, {"success": "yes"}, good, {"failureReason": 1}]))
    assert "result 2 of results.results" in said
    assert "result 4 of results.results" in said
    assert "result 3" not in said


def test_an_evaluation_without_results_is_no_evidence(problems: Problems) -> None:
    assert "0 of 0 is no evidence" in problems(promptfoo_file([]))
