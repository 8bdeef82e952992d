"""SARIF 2.1.0: threats as rules, verdicts as results, lines of the description as locations.

How verdicts map (SARIF 2.1.0, section 3.27.9, lets only ``fail`` carry a level other than ``none``):

    applies, a risk of its own     fail, at the level of the risk now
    applies, a way of a risk       informational
    theoretical                    informational
    does not apply                 notApplicable
    unknown                        review

An acceptance that holds is a suppression; one that has lapsed is a suppression under review, which suppresses nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from bartizan import __version__
from bartizan.core.proof import Origin
from bartizan.core.records import Risk, Verdict
from bartizan.core.terms import Outcome, Treatment
from bartizan.report import proofs, wording
from bartizan.report.dossier import Dossier
from bartizan.report.sarif_texts import SCHEMA, address, message_text

_HOME = "https://owaspai.org"
_Object = dict[str, Any]
_MAX_TAGS = 10


def render(dossier: Dossier) -> str:
    """The assessment as a SARIF log with one run."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(dossier)]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _run(dossier: Dossier) -> _Object:
    made = dossier.assessment
    judged = list(dict.fromkeys(verdict.threat for verdict in made.verdicts))
    rule_index = {threat: i for i, threat in enumerate(judged)}
    risks = {risk.id: risk for risk in made.risks}
    return {
        "tool": {"driver": _driver(dossier, judged)},
        "automationDetails": {"id": f"bartizan/{slug(dossier.system.described.name)}/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder that holds the description."}}},
        "results": [_result(dossier, v, rule_index[v.threat], risks.get(v.id)) for v in made.verdicts],
        "properties": {
            "system": wording.plain(made.system),
            "edition": made.edition,
            "assessedOn": made.today,
            "descriptionDigest": made.description_digest,
            "catalogDigest": made.catalog_digest,
        },
    }


def slug(name: str) -> str:
    """A name as part of an identifier."""
    return re.sub(r"[^a-z0-9]+", "-", wording.plain(name).lower()).strip("-") or "system"


# rules


def _driver(dossier: Dossier, judged: Iterable[str]) -> _Object:
    return {
        "name": "Bartizan",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": [_rule(dossier, threat) for threat in judged],
    }


def _rule(dossier: Dossier, name: str) -> _Object:
    threat = dossier.threat(name)
    worst = max((r.current.level for r in dossier.assessment.risks if r.threat == name), default=0)
    title = wording.threat_name(dossier, name)
    tags = ["security", "ai", *(r.id for r in threat.references if r.id)]
    rule: _Object = {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": wording.plain(threat.what)},
        "help": _help(dossier, name),
        "defaultConfiguration": {"level": _level(dossier, worst) if worst else "none"},
        "properties": {"tags": list(dict.fromkeys(tags))[:_MAX_TAGS]},
    }
    if threat.permalink:
        rule["helpUri"] = quote(threat.permalink, safe=":/-._~")
    if worst:
        rule["properties"]["security-severity"] = _severity(dossier, worst)
    return rule


def _help(dossier: Dossier, name: str) -> _Object:
    threat = dossier.threat(name)
    lines = [wording.plain(part) for part in (threat.what, threat.consequence) if part]
    lines += [f"How: {wording.plain(step)}" for step in threat.how]
    return {"text": "\n".join(lines)}


def _severity(dossier: Dossier, level: int) -> str:
    """A score of 0 to 10 from the place of a level on the scale: the top is critical by GitHub's bands."""
    return severity(level, len(dossier.catalog.scales.levels))


def severity(level: int, levels: int) -> str:
    """A score of 0 to 10 from a level and how many there are."""
    return f"{level / levels * 10 - 0.5:.1f}"


def _level(dossier: Dossier, level: int) -> str:
    """A note within appetite; an error from four fifths of the scale up; else a warning."""
    scales = dossier.catalog.scales
    if level <= scales.appetite:
        return "note"
    return "error" if level * 5 >= len(scales.levels) * 4 else "warning"


# results


def _result(dossier: Dossier, verdict: Verdict, rule_index: int, risk: Risk | None) -> _Object:
    kind = {
        Outcome.APPLIES: "fail" if risk else "informational",
        Outcome.THEORETICAL: "informational",
        Outcome.DOES_NOT_APPLY: "notApplicable",
        Outcome.UNKNOWN: "review",
    }[verdict.outcome]
    result: _Object = {
        "ruleId": verdict.threat,
        "ruleIndex": rule_index,
        "kind": kind,
        "level": _level(dossier, risk.current.level) if risk else "none",
        "message": {"text": _message(dossier, verdict, risk)},
        "locations": [_location(dossier, _line(dossier, verdict), verdict.component)],
        "partialFingerprints": {"riskId/v1": verdict.id},
        "properties": _properties(verdict, risk),
    }
    related = list(_related(dossier, verdict))
    if related:
        result["relatedLocations"] = related
    if risk and risk.decision and risk.decision.treatment is Treatment.ACCEPT:
        result["suppressions"] = [_suppression(dossier, risk)]
    return result


def _message(dossier: Dossier, verdict: Verdict, risk: Risk | None) -> str:
    """The message in full. Brackets and braces have a meaning in SARIF messages, so they are escaped or doubled."""
    parts = [f"{wording.risk_name(dossier, verdict)}: {proofs.proof(dossier, verdict)}"]
    if risk:
        parts.append(wording.sentence(f"risk {wording.movement(dossier, risk)}"))
        parts.append(f"Who must act: {wording.PARTIES[risk.party]}. {wording.sentence(risk.party_why)}")
    parts.append(f"Rule: {proofs.rule(verdict)}.")
    return message_text(" ".join(parts))


def _line(dossier: Dossier, verdict: Verdict) -> int | None:
    system = dossier.system
    implied = system.implied.get(verdict.component)
    return implied.line if implied else system.line(system.path(verdict.component))


def _location(dossier: Dossier, line: int | None, component: str) -> _Object:
    physical: _Object = {"artifactLocation": {"uri": address(dossier.system.file), "uriBaseId": "SRCROOT"}}
    if line is not None:
        physical["region"] = {"startLine": line}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": wording.name_of(dossier, component), "fullyQualifiedName": component}],
    }


def _related(dossier: Dossier, verdict: Verdict) -> Iterator[_Object]:
    """The lines that the proof rests on, each with what it says."""
    found: dict[Origin, str] = {}
    for fact in verdict.facts:
        for origin in fact.origins:
            if origin.line is not None:
                found.setdefault(origin, proofs.says(fact))
    for number, (origin, said) in enumerate(found.items(), start=1):
        component = origin.component or verdict.component
        yield {
            "id": number,
            **_location(dossier, origin.line, component),
            "message": {"text": f"{said}: {wording.plain(origin.text)}"},
        }


def _properties(verdict: Verdict, risk: Risk | None) -> _Object:
    common: _Object = {
        "outcome": verdict.outcome.value,
        "component": verdict.component,
        "responsible": verdict.party.value,
        "needs": [f"{need.component}.{need.field}" for need in verdict.needs],
    }
    if risk is None:
        return common
    stages = {"inherent": risk.inherent, "current": risk.current, "residual": risk.residual}
    return common | {
        **{name: {"likelihood": s.likelihood, "impact": s.impact, "level": s.level} for name, s in stages.items()},
        "aboveAppetite": risk.above_appetite,
        "controls": [{"id": a.control, "status": a.status.value, "responsible": a.party.value} for a in risk.controls],
    }


def _suppression(dossier: Dossier, risk: Risk) -> _Object:
    assert risk.decision is not None
    return {
        "kind": "external",
        "status": "accepted" if wording.is_accepted(dossier, risk) else "underReview",
        "justification": wording.decision_in_words(risk.decision, risk.decision_note),
    }
