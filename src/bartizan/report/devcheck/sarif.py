"""A check of a repository as SARIF 2.1.0: each rule that found something a rule, each finding a result.

What could not be told is of the kind `review`, the rest fails. What somebody allowed is a result with a suppression.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from bartizan import __version__
from bartizan.devcheck.finding import Checked, Finding
from bartizan.devcheck.rule import Rule
from bartizan.report.sarif_texts import SCHEMA, address, message_text

_Object = dict[str, Any]
_LEVEL = {"high": "error", "medium": "warning", "low": "note", "unknown": "none"}
_SEVERITY = {"high": "8.0", "medium": "5.5", "low": "2.5"}
_CWE = re.compile(r"CWE-(\d+)\Z")


def sarif(checked: Checked) -> str:
    """A log with one run."""
    rules = list({one.rule.id: one.rule for one in checked.findings}.values())
    index = {rule.id: n for n, rule in enumerate(rules)}
    run: _Object = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": "bartizan-devcheck/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder that was checked."}}},
        "results": [_result(one, index[one.rule.id]) for one in checked.findings],
        "properties": {"files": checked.files, "commits": checked.commits, "historyNote": checked.history_note},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _driver(rules: Sequence[Rule]) -> _Object:
    return {
        "name": "Bartizan devcheck",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": "https://owaspai.org",
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: Rule) -> _Object:
    cwes = [f"external/cwe/cwe-{found[1]}" for ref in rule.refs if (found := _CWE.match(ref))]
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in re.split(r"[^a-z0-9]+", rule.id)),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _LEVEL[rule.level]},
        "properties": {
            "tags": ["security", "ai", *rule.controls, *cwes][:10],
            "security-severity": _SEVERITY[rule.level],
            "references": list(rule.references),
        },
    }


def _result(one: Finding, index: int) -> _Object:
    uri = address((one.path or ".").encode("utf-8", "replace").decode())
    physical: _Object = {"artifactLocation": {"uri": uri, "uriBaseId": "SRCROOT"}}
    if one.line is not None and not one.commit:
        physical["region"] = {"startLine": one.line}
    location: _Object = {"physicalLocation": physical}
    if one.cell is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": f"cell {one.cell}", "kind": "member"}]
    about = f"{one.rule.id}\0{one.path}\0{one.cell}\0{one.commit}\0{one.what}"
    text = f"{one.rule.title}: {one.what}. {one.rule.fix}"
    made: _Object = {
        "ruleId": one.rule.id,
        "ruleIndex": index,
        "kind": "review" if one.is_unknown else "fail",
        "level": _LEVEL[one.level],
        "message": {"text": message_text(text)},
        "locations": [location],
        "partialFingerprints": {"finding/v1": hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()[:32]},
        "properties": {"place": one.place.encode("utf-8", "replace").decode()},
    }
    if one.waived:
        kind = "inSource" if one.waived_by.startswith(f"{one.path}:") else "external"
        made["suppressions"] = [{"kind": kind, "status": "accepted", "justification": one.waived}]
    return made
