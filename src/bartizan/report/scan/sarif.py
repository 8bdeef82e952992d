"""A scan as SARIF 2.1.0: each rule that found something a rule, each finding a result.

What must be looked at by a person is of the kind `review`, the rest fails. Findings in members of an archive name the
member as a logical location, for a file in a file has no address of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from bartizan import __version__
from bartizan.report.sarif_texts import SCHEMA, address, message_text
from bartizan.supply.scan.finding import Finding, Scanned
from bartizan.supply.scan.rule import Rule

_Object = dict[str, Any]
_LEVEL = {"detect": "error", "error": "error", "review": "none"}
_SEVERITY = {"detect": "9.5", "error": "6.0", "review": "4.0"}
_CWE = re.compile(r"CWE-(\d+)\Z")


def sarif(scanned: Sequence[Scanned]) -> str:
    """A log with one run."""
    rules = list({finding.rule.id: finding.rule for one in scanned for finding in one.findings}.values())
    index = {rule.id: n for n, rule in enumerate(rules)}
    results = [_result(one, finding, index[finding.rule.id]) for one in scanned for finding in one.findings]
    run = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": "bartizan-scan/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "Where the scan was started."}}},
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _driver(rules: Sequence[Rule]) -> _Object:
    return {
        "name": "Bartizan scan",
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
        "defaultConfiguration": {"level": _LEVEL[rule.level]},
        "properties": {
            "tags": ["security", "ai", "supply-chain", *cwes][:10],
            "security-severity": _SEVERITY[rule.level],
            "references": list(rule.refs),
        },
    }


def _result(one: Scanned, finding: Finding, index: int) -> _Object:
    physical: _Object = {"artifactLocation": {"uri": _address(one), "uriBaseId": "SRCROOT"}}
    if finding.offset is not None and not finding.member:
        physical["region"] = {"byteOffset": finding.offset, "byteLength": 0}
    location: _Object = {"physicalLocation": physical}
    if finding.member:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.member, "kind": "member"}]
    about = f"{finding.rule.id}\0{_address(one)}\0{finding.member}\0{finding.what}"
    made: _Object = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "kind": "review" if finding.level == "review" else "fail",
        "level": _LEVEL[finding.level],
        "message": {"text": message_text(f"{finding.rule.title}: {finding.what}. {finding.rule.why}")},
        "locations": [location],
        "partialFingerprints": {"finding/v1": hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()[:32]},
        "properties": {"verdict": one.verdict, "formats": list(one.formats)},
    }
    if finding.offset is not None:
        made["properties"]["offset"] = finding.offset
    return made


def _address(one: Scanned) -> str:
    """Its path as an address; names that are no Unicode with a question mark for what is none."""
    return address(one.path.encode("utf-8", "replace").decode())
