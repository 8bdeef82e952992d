"""Tests of chat targets as SARIF: by the published schema, with levels, states and what nobody tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bartizan.core.chat_results import ChatResults, Since
from bartizan.report.chat.sarif import chat_sarif
from tests.report.chat.results import breach, nasty, results, run, trial

_SCHEMA = Path(__file__).parents[1] / "data" / "sarif-2.1.0-rtm.5.json"
VALIDATOR = jsonschema.Draft4Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def log_of(made: ChatResults, since: Since | None = None) -> dict[str, Any]:
    found = json.loads(chat_sarif(made, since))
    VALIDATOR.validate(found)
    assert isinstance(found, dict)
    return found


def test_hostile_texts_keep_to_the_standard_and_carry_no_control_characters() -> None:
    said = json.dumps(log_of(nasty()), ensure_ascii=False)
    assert not set(said) & set("\x1b\x00\x07\x9b\u202e\u2066\u200b")


def test_every_goal_that_was_tried_is_a_rule_and_only_what_was_reached_a_result() -> None:
    (one,) = log_of(results())["runs"]
    assert [rule["id"] for rule in one["tool"]["driver"]["rules"]] == ["c", "d"]
    (found,) = one["results"]
    assert (found["ruleId"], found["ruleIndex"], found["kind"]) == ("c", 0, "fail")


@pytest.mark.parametrize(
    ("severity", "level"), [(5, "error"), (4, "error"), (3, "warning"), (2, "note"), (1, "note"), (None, "warning")]
)
def test_the_level_follows_the_severity(severity: int | None, level: str) -> None:
    (one,) = log_of(results(run(breaches=(breach(severity=severity),))))["runs"]
    assert one["results"][0]["level"] == level
    assert ("rank" in one["results"][0]) is (severity is not None)


def test_a_baseline_is_in_the_states_of_the_results() -> None:
    since = Since(
        new=(("desk", "c"),),
        unseen=(("desk", "n"), ("another", "c")),
        gone=(("desk", "g"),),
        untried=(("desk", "u"),),
        still=(("desk", "s"),),
    )
    made = results(run(breaches=(breach(), breach("n"), breach("s"))))
    (one,) = log_of(made, since)["runs"]
    states = {found["ruleId"]: found["baselineState"] for found in one["results"]}
    assert states == {"c": "new", "n": "new", "s": "unchanged", "g": "absent"}
    told = [note["message"]["text"] for note in one["invocations"][0]["toolExecutionNotifications"]]
    assert "Reached in the baseline and not tried again, so nobody knows: u" in told
    assert all("baselineState" not in found for found in log_of(made)["runs"][0]["results"])


def test_what_nobody_tested_and_what_broke_are_errors_of_the_run_and_no_pass() -> None:
    made = run(trials=(trial(), trial("d", "error", why="it broke")), untried=4, why="the budget is spent")
    (one,) = log_of(results(made))["runs"]
    (call,) = one["invocations"]
    errors = [note["message"]["text"] for note in call["toolExecutionNotifications"] if note["level"] == "error"]
    assert errors == [
        "Not tested: Model theft; no case exercises it",
        "1 trial was an error and counts for nothing: it broke",
        "4 planned trials were not made: the budget is spent",
    ]
    assert call["executionSuccessful"] is False


def test_a_finding_keeps_its_fingerprint_from_test_to_test() -> None:
    first = log_of(results())["runs"][0]["results"][0]["partialFingerprints"]
    again = log_of(results(run(held_on="2027-01-01", seed=3, label="New name")))["runs"][0]["results"][0]
    other = log_of(results(run(component="another")))["runs"][0]["results"][0]
    assert again["partialFingerprints"] == first
    assert other["partialFingerprints"] != first
