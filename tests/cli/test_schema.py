"""`bartizan schema`: the schemas accept what the program reads, and help editors."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from bartizan.attacks.chat import case_files
from bartizan.catalog.load import DATA
from bartizan.cli.schema import schema
from bartizan.lab.chat import tasks_of
from bartizan.workflows.schemas import SCHEMAS
from tests.contracts.chat_guards import SETTINGS
from tests.strategies import descriptions

TASKS = Path(tasks_of.__file__).parent / "tasks"
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/system.yaml"))


@cache
def printed(name: str) -> dict[str, Any]:
    result = CliRunner().invoke(schema, [name])
    assert result.exception is None
    made = json.loads(result.output)
    assert isinstance(made, dict)
    return made


def faults(name: str, data: object) -> list[str]:
    return [f"{e.json_path}: {e.message}" for e in Draft202012Validator(printed(name)).iter_errors(data)]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_valid_and_names_its_dialect(name: str) -> None:
    Draft202012Validator.check_schema(printed(name))
    assert printed(name)["$schema"].endswith("2020-12/schema")
    assert printed(name)["title"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.parent.name)
def test_every_example_is_valid_by_the_schema(file: Path) -> None:
    assert faults("system", yaml.safe_load(file.read_text())) == []


@settings(max_examples=50)
@given(descriptions())
def test_every_valid_description_is_valid_by_the_schema(data: dict[str, Any]) -> None:
    assert faults("system", data) == []


@pytest.mark.parametrize("kind", ["threat", "control"])
def test_every_entry_of_the_catalogue_is_valid_by_the_schema(kind: str) -> None:
    for file in sorted((DATA / f"{kind}s").glob("*.yaml")):
        data = json.loads(json.dumps(yaml.safe_load(file.read_text())))
        assert faults(f"catalog-{kind}", data) == [], file.name


@pytest.mark.parametrize(
    ("kind", "folder"),
    [("cases", Path(case_files.__file__).parent / "cases"), ("tasks", TASKS)],
    ids=["cases", "tasks"],
)
def test_the_labs_own_cases_and_tasks_are_valid_by_the_schema(kind: str, folder: Path) -> None:
    files = sorted(folder.glob("*.yaml"))
    assert files
    for file in files:
        assert faults(kind, yaml.safe_load(file.read_text("utf-8"))) == [], file.name


def test_a_case_with_a_detector_that_there_is_not_is_a_fault() -> None:
    case = {"id": "a", "title": "A", "threats": ["x"], "prompts": ["Hello"], "detect": [{"detector": "canry"}]}
    whole = {"bartizan_cases": 1, "name": "Ours", "cases": [case]}
    assert faults("cases", whole)
    assert faults("cases", {**whole, "cases": [{**case, "detect": [{"detector": "refusal"}]}]}) == []


def test_a_misspelt_key_is_a_fault() -> None:
    data = {"name": "X", "components": [{"id": "m", "kind": "model", "trained_bye": "us"}]}
    assert faults("system", data)


def test_a_decision_that_misses_its_reason_is_a_fault() -> None:
    decision = {"risk": "a@b", "treatment": "accept", "by": "Eve", "on": "2026-11-22"}
    assert faults("decisions", {"decisions": [decision]})
    assert faults("decisions", {"decisions": [{**decision, "reason": "small"}]}) == []


def test_editors_show_the_question_that_a_field_answers_and_why_it_matters() -> None:
    model = printed("system")["$defs"]["Model"]["properties"]
    assert model["trained_by"]["description"].startswith("Who trains the model")
    assert "Whoever trains it guards" in model["trained_by"]["description"]
    plain = {"kind", "name", "about", "based_on", "runs_on", "renamed_from"}
    assert [field for field, part in model.items() if "description" not in part and field not in plain] == []


def test_a_policy_of_the_gateway_is_valid_as_the_gateway_reads_it_and_a_misspelt_setting_is_not() -> None:
    whole = {"upstreams": {"main": {"url": "http://127.0.0.1:1"}}, "models": {"*": {"upstreams": ["main"]}}}
    for name, written in SETTINGS.items():
        sound = {**whole, "guards": {name: {**yaml.safe_load(written), "mode": "monitor", "fails": "open"}}}
        assert faults("gateway", sound) == [], name
        assert faults("gateway", {**whole, "guards": {name: {**yaml.safe_load(written), "no_such_setting": 1}}}), name
    for off in ("off", False, None):
        assert faults("gateway", {**whole, "policies": [{"name": "a", "guards": {"rate_limit": off}}]}) == []
    assert faults("gateway", {**whole, "guards": {"rate_limits": {}}})


def test_editors_show_what_the_settings_of_guards_and_of_the_gateway_mean() -> None:
    defs = printed("gateway")["$defs"]
    assert "Between two pieces of a stream" in defs["UpstreamSpec"]["properties"]["idle_seconds"]["description"]
    assert "repeats the application" in defs["SensitiveOutputHandling"]["properties"]["prompt"]["description"]
    assert "written down" in defs["RateLimit"]["properties"]["mode"]["description"]


def test_an_unknown_name_lists_those_there_are() -> None:
    result = CliRunner().invoke(schema, ["sistem"])
    assert result.exit_code == 2
    assert "system" in result.output
