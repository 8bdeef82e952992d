"""JSON Schemas of the files that people write and programs read, with the help texts that editors show.

The schema follows from the types; its descriptions are the docstrings of the fields, read from the source, so that what
an editor shows and what the reference says cannot differ.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable
from functools import cache
from textwrap import dedent
from typing import Any, TypeAlias

import msgspec

from bartizan.catalog.entries import Control, Threat
from bartizan.core.chat_results import ChatResults
from bartizan.core.records import Decision
from bartizan.register.intake.own import EvidenceFile
from bartizan.report.json import json_schema as report_schema
from bartizan.system.description import Description
from bartizan.system.questions import about_field

Schema: TypeAlias = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODULES = (
    "bartizan.system.description",
    "bartizan.system.privacy.schema",
    "bartizan.catalog.entries",
    "bartizan.core.proof",
    "bartizan.core.privacy",
    "bartizan.core.records",
    "bartizan.register.intake.own",
)
_LAB_MODULES = ("bartizan.lab.experiment", "bartizan.core.target_spec", "bartizan.targets.limit")
_CHAT_MODULES = (
    "bartizan.attacks.chat.case",
    "bartizan.lab.chat.benign",
    "bartizan.core.chat",
    "bartizan.core.chat_results",
    "bartizan.core.measurement",
    "bartizan.core.transcript",
    "bartizan.core.trial",
)
_RULE_PARTS = frozenset({"Fact", "Not", "All", "Any"})
_LITERAL: Schema = {"type": ["boolean", "number", "string"]}
_RULE: Schema = {
    "description": "A rule: a fact that is yes, all / any / not over rules, or a comparison of a fact with a literal.",
    "anyOf": [
        {"type": "string", "minLength": 1},
        *(
            {
                "type": "object",
                "properties": {word: {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Rule"}}},
                "required": [word],
                "additionalProperties": False,
            }
            for word in ("all", "any")
        ),
        {
            "type": "object",
            "properties": {"not": {"$ref": "#/$defs/Rule"}},
            "required": ["not"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "fact": {"type": "string", "minLength": 1},
                "is": {"anyOf": [_LITERAL, {"type": "array", "minItems": 1, "items": _LITERAL}]},
                "at_least": {"type": "number"},
                "at_most": {"type": "number"},
            },
            "required": ["fact"],
            "minProperties": 2,
            "maxProperties": 2,
            "additionalProperties": False,
        },
    ],
}


def system() -> Schema:
    """Of `system.yaml`. A field's help is the question that it answers, and why that matters."""
    made = _explained(_of(Description, "Bartizan system description"))
    for name, kind in _structs().items():
        for field, part in made["$defs"].get(name, {}).get("properties", {}).items():
            question = about_field(str(kind.__struct_config__.tag), field)
            if question is not None:
                part["description"] = " ".join(filter(None, (question.ask, part.get("description", ""), question.why)))
    return made


def report() -> Schema:
    """Of the JSON report."""
    return _explained(report_schema())


def catalog_threat() -> Schema:
    """Of a threat's file in a catalogue."""
    return _explained(_with_rules(_of(Threat, "Bartizan catalogue: a threat")))


def catalog_control() -> Schema:
    """Of a control's file in a catalogue."""
    return _explained(_with_rules(_of(Control, "Bartizan catalogue: a control")))


def decisions() -> Schema:
    """Of a file of decisions on risks."""
    one = _of(Decision, "Bartizan decisions on risks")
    ref = {"$ref": one.pop("$ref")}
    listed = {"decisions": {"type": "array", "items": ref, "default": []}}
    return _explained({**one, "type": "object", "properties": listed, "additionalProperties": False})


def evidence() -> Schema:
    """Of a file of results in Bartizan's own format."""
    return _explained(_of(EvidenceFile, "Bartizan evidence"))


def experiment() -> Schema:
    """Of a file with a grid of attacks and controls. Raises MissingExtra where the lab's packages are absent."""
    from bartizan.lab.experiment import ExperimentFile  # noqa: PLC0415  it loads numpy, which only the lab needs

    return _explained(_of(ExperimentFile, "Bartizan experiment"), _LAB_MODULES)


def cases() -> Schema:
    """Of a file of attackers' goals for chat targets, each with what tells that it was reached."""
    from bartizan.attacks.chat.case import CaseFile  # noqa: PLC0415  with it come all attacks and detectors

    return _explained(_of(CaseFile, "Bartizan cases for chat targets"), _chat_modules())


def tasks() -> Schema:
    """Of a file of honest tasks for chat targets."""
    from bartizan.lab.chat.benign import TaskFile  # noqa: PLC0415  as above

    return _explained(_of(TaskFile, "Bartizan honest tasks for chat targets"), _chat_modules())


def chat_results() -> Schema:
    """Of what `bartizan test --results FILE.json` writes about chat targets, and `--baseline` reads."""
    return _explained(_of(ChatResults, "Bartizan results of chat targets"), _CHAT_MODULES)


def gateway() -> Schema:
    """Of `gateway.yaml`, with the settings of every guard. It needs no package that guards or servers need."""
    from bartizan.workflows.gateway_schema import gateway_modules, gateway_schema  # noqa: PLC0415  with it come guards

    whole = {"$schema": _DIALECT, "title": "Bartizan gateway", **gateway_schema()}
    return _explained(whole, gateway_modules())


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "system": system,
    "report": report,
    "catalog-threat": catalog_threat,
    "catalog-control": catalog_control,
    "decisions": decisions,
    "evidence": evidence,
    "experiment": experiment,
    "cases": cases,
    "tasks": tasks,
    "chat-results": chat_results,
    "gateway": gateway,
}
"""Name of a format to its schema."""


def _chat_modules() -> tuple[str, ...]:
    from bartizan.detectors.registry import DETECTORS  # noqa: PLC0415  with it come the parsers' modules

    return (*_CHAT_MODULES, *dict.fromkeys(detector.__module__ for detector in DETECTORS))


def _of(kind: type, title: str) -> Schema:
    made = msgspec.json.schema(kind, schema_hook=lambda _: {"title": "Anything"})
    return {"$schema": _DIALECT, "title": title, **made}


def _with_rules(schema: Schema) -> Schema:
    """The schema with rules as people write them, instead of the values that they are read into."""
    defs = {name: part for name, part in schema["$defs"].items() if name not in _RULE_PARTS}
    changed = _replace_rules({**schema, "$defs": defs})
    assert isinstance(changed, dict)
    changed["$defs"]["Rule"] = _RULE
    return changed


def _replace_rules(node: object) -> object:
    if isinstance(node, list):
        return [_replace_rules(item) for item in node]
    if not isinstance(node, dict):
        return node
    options = node.get("anyOf")
    if isinstance(options, list):
        names = {str(o.get("$ref", "")).rpartition("/")[2] for o in options if isinstance(o, dict)}
        if names & _RULE_PARTS:
            rule: Schema = {"$ref": "#/$defs/Rule"}
            optional = {"type": "null"} in options
            kept = {k: v for k, v in node.items() if k not in {"anyOf", "discriminator"}}
            return {**kept, "anyOf": [rule, {"type": "null"}]} if optional else {**kept, **rule}
    return {key: _replace_rules(value) for key, value in node.items()}


# Help texts


def _explained(schema: Schema, modules: tuple[str, ...] = _MODULES) -> Schema:
    """The schema with the docstrings of the fields as descriptions."""
    kinds = _structs(modules)
    for name, part in schema.get("$defs", {}).items():
        kind = kinds.get(name)
        if kind is None or "properties" not in part:
            continue
        for field, text in field_docs(kind).items():
            if field in part["properties"]:
                part["properties"][field].setdefault("description", text)
    return schema


@cache
def _structs(modules: tuple[str, ...] = _MODULES) -> dict[str, type[msgspec.Struct]]:
    found: dict[str, type[msgspec.Struct]] = {}
    for name in modules:
        module = importlib.import_module(name)
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == name:
                found.setdefault(kind.__name__, kind)
    return found


@cache
def field_docs(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The docstring under each field of a struct and of those it derives from, by the name in files."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not (issubclass(base, msgspec.Struct) and base is not msgspec.Struct):
            continue
        body = ast.parse(dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)
        docs.update(_docs_in(body))
    names = {f.name: f.encode_name for f in msgspec.structs.fields(kind)}
    return {names[name]: text for name, text in docs.items() if name in names}


def _docs_in(body: ast.ClassDef) -> dict[str, str]:
    docs: dict[str, str] = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            docs[field.target.id] = inspect.cleandoc(after.value.value).replace("`", "")
    return docs
