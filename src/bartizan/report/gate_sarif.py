"""What a gate found as SARIF 2.1.0: each kind of finding a rule, each finding a result that fails.

What is in the baseline is `unchanged`, what is not is `new`, what the baseline alone has is `absent`. What is allowed,
and a risk above appetite that somebody accepted, is there with a suppression. A kind that could not be looked for is a
notification of the run, so that its absence is never taken for a pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bartizan import __version__
from bartizan.core.findings import FINDING_KINDS, Finding, FindingKind, Judged
from bartizan.report.gate import TITLES
from bartizan.report.sarif import severity, slug
from bartizan.report.sarif_texts import SCHEMA, address, message_text

_Object = dict[str, Any]
_MEANS: dict[FindingKind, str] = {
    "untreated": "A risk is above appetite, and no decision on it holds.",
    "lapsed": "A risk was accepted, and the acceptance holds no more.",
    "stale": "The newest evidence on a risk or control is too old, or of what has changed since.",
    "unproved": "A control is said to be in place, and no fresh evidence shows that it works.",
    "unknown": "Answers are missing that decide whether a threat applies.",
}
_LEVELS: dict[FindingKind, str] = {
    "untreated": "error",
    "lapsed": "error",
    "stale": "warning",
    "unproved": "warning",
    "unknown": "warning",
}


def render(judged: Sequence[Judged], *, baseline: bool = False) -> str:
    """A log with one run for each system; with `baseline` each result says how it stands to it."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(one, baseline) for one in judged]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _run(one: Judged, baseline: bool) -> _Object:
    results = [_result(one, finding, baseline) for finding in one.findings]
    results += [_accepted(one, finding, baseline) for finding in one.accepted]
    results += list(_gone(one)) if baseline else []
    return {
        "tool": {"driver": _driver()},
        "automationDetails": {"id": f"bartizan-gate/{slug(one.system)}/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(_notifications(one))}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder that holds the description."}}},
        "results": results,
        "properties": {"system": one.name, "edition": one.edition, "assessedOn": one.today, "passed": one.passed},
    }


def _driver() -> _Object:
    return {
        "name": "Bartizan gate",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": "https://owaspai.org",
        "rules": [
            {
                "id": kind,
                "name": f"{kind.capitalize()}",
                "shortDescription": {"text": TITLES[kind]},
                "fullDescription": {"text": _MEANS[kind]},
                "defaultConfiguration": {"level": _LEVELS[kind]},
                "properties": {"tags": ["security", "ai"]},
            }
            for kind in FINDING_KINDS
        ],
    }


def _notifications(one: Judged) -> Iterator[_Object]:
    for unchecked in one.unchecked:
        level = "error" if unchecked.kind in one.demanded else "warning"
        text = f"Not checked: {TITLES[unchecked.kind].lower()}; {unchecked.why}"
        yield {"level": level, "message": {"text": message_text(text)}, "associatedRule": {"id": unchecked.kind}}


def _result(one: Judged, finding: Finding, baseline: bool) -> _Object:
    made = _base(one, finding.kind, finding.about, f"{finding.text}. To do: {finding.do}.")
    physical = made["locations"][0]["physicalLocation"]
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line}
    if finding.level:
        made["properties"]["level"] = one.levels[finding.level - 1]
        made["rank"] = round(finding.level / len(one.levels) * 100, 1)
        made["properties"]["security-severity"] = severity(finding.level, len(one.levels))
    if baseline:
        made["baselineState"] = "unchanged" if finding.standing == "known" else "new"
    if finding.standing == "allowed":
        text = f"findings of the kind '{finding.kind}' are allowed"
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": text}]
    return made


def _accepted(one: Judged, finding: Finding, baseline: bool) -> _Object:
    """A risk above appetite that somebody accepted: there, and suppressed with who, why and until when."""
    made = _result(one, finding, False) | {"message": {"text": message_text(finding.text)}}
    made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.text}]
    return made | ({"baselineState": "unchanged"} if baseline else {})


def _gone(one: Judged) -> Iterator[_Object]:
    for kind, about in one.gone:
        yield _base(one, kind, about, f"{TITLES[kind]}: no longer found.") | {"baselineState": "absent"}


def _base(one: Judged, kind: FindingKind, about: str, text: str) -> _Object:
    _, _, component = about.partition("@")
    location: _Object = {"physicalLocation": {"artifactLocation": {"uri": address(one.file), "uriBaseId": "SRCROOT"}}}
    if component:
        location["logicalLocations"] = [{"name": component, "fullyQualifiedName": component}]
    return {
        "ruleId": kind,
        "ruleIndex": FINDING_KINDS.index(kind),
        "kind": "fail",
        "level": _LEVELS[kind],
        "message": {"text": message_text(text)},
        "locations": [location],
        "partialFingerprints": {"finding/v1": f"{kind}:{about}"},
        "properties": {"about": about},
    }
