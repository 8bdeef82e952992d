"""The JSON report against its own published schema, closed so that an undeclared field fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings

from bartizan.report.json import SCHEMA_VERSION, Report, json_schema, payload, render
from bartizan.system.graph import System
from tests.report.dossiers import AGENT, EXAMPLES, HOSTILE, acceptance, dossier_of, example, from_text, hostile
from tests.strategies import systems


def closed(schema: Any) -> Any:
    """The schema with every object limited to the fields that it declares."""
    if isinstance(schema, dict):
        made = {key: closed(value) for key, value in schema.items()}
        return made | {"additionalProperties": False} if "properties" in schema else made
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


VALIDATOR = jsonschema.Draft202012Validator(closed(json_schema()))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.parent.name)
def test_every_example_keeps_to_the_schema(file: Path) -> None:
    VALIDATOR.validate(json.loads(render(example(file))))


@settings(max_examples=40)
@given(systems())
def test_any_report_keeps_to_the_schema(system: System) -> None:
    VALIDATOR.validate(json.loads(render(dossier_of(system))))


def test_a_decision_keeps_to_the_schema() -> None:
    decided = from_text(AGENT, decisions=[acceptance("indirect_prompt_injection@agent", "2027-01-01")])
    report = json.loads(render(decided))
    VALIDATOR.validate(report)
    assert report["assessment"]["risks"][0]["decision"]["treatment"] == "accept"


def test_the_report_reads_back_as_the_same_value() -> None:
    dossier = example(EXAMPLES[0])
    assert msgspec.json.decode(render(dossier), type=Report) == payload(dossier)


def test_the_version_of_the_schema_stands_first() -> None:
    assert next(iter(json.loads(render(from_text(AGENT))).items())) == ("schema_version", SCHEMA_VERSION)


def test_every_id_in_the_report_has_a_name_in_it() -> None:
    report = json.loads(render(example(EXAMPLES[0])))
    made = report["assessment"]
    assert {v["threat"] for v in made["verdicts"]} <= set(report["threats"])
    assert {c["control"] for r in made["risks"] for c in r.get("controls", [])} <= set(report["controls"])
    assert {v["component"] for v in made["verdicts"]} <= set(report["components"]) | {"system"}


@pytest.mark.parametrize("name", HOSTILE)
def test_names_come_back_as_they_were_written(name: str) -> None:
    assert json.loads(render(hostile(name)))["components"]["mailbox"] == name
