"""Tests of chat targets as SARIF 2.1.0: a rule for each goal that was tried, a result for each that was reached.

Severity gives the level: high and very high an error, low and very low a note, else a warning. With a baseline each
result says how it stands to it; what is no longer reached is `absent`, and what was not tried again is said in a
notification. Threats that nobody tested and trials that broke are notifications of errors, so that no silence is taken
for a pass. Trials of an attack have no line in a file: the location is the component.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from typing import Any

from bartizan import __version__
from bartizan.core.chat_results import Breach, ChatResults, ChatRun, Since
from bartizan.report.chat.gaps import undecided, untested_threats
from bartizan.report.chat.wording import easiest, severity_word, short_rate, way_name
from bartizan.report.sarif import severity, slug
from bartizan.report.sarif_texts import SCHEMA, message_text
from bartizan.report.wording import plain

_Object = dict[str, Any]
_TAGS, _STEPS, _LONG = 10, 20, 2000


def chat_sarif(results: ChatResults, since: Since | None) -> str:
    """A log with one run for each target. Pure."""
    runs = [_run(results, run, since) for run in results.runs]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _run(results: ChatResults, run: ChatRun, since: Since | None) -> _Object:
    gone = _of(run, since.gone) if since is not None else ()
    rules = _rules(results, run, gone)
    index = {rule["id"]: n for n, rule in enumerate(rules)}
    made = [_result(run, one, index[one.case], since) for one in run.breaches]
    made += [_absent(run, case, index[case]) for case in gone]
    return {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": f"bartizan-test/{slug(run.component or run.label)}/"},
        "invocations": [
            {
                "executionSuccessful": not run.is_gone and not run.untried,
                "toolExecutionNotifications": list(_notifications(results, run, since)),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": made,
        "properties": {
            "target": plain(run.target),
            "model": plain(run.model),
            "heldOn": plain(run.held_on),
            "seed": run.seed,
            "configuration": plain(run.digest),
            "requests": run.usage.requests,
        },
    }


def _driver(rules: list[_Object]) -> _Object:
    return {
        "name": "Bartizan test",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": "https://owaspai.org",
        "rules": rules,
    }


def _rules(results: ChatResults, run: ChatRun, gone: Collection[str]) -> list[_Object]:
    """Of every goal that a trial decided, in the order in which they were tried; and those that are gone."""
    abouts = {one.case: one for one in run.breaches}
    found: dict[str, _Object] = {}
    for one in run.trials:
        if one.outcome in ("hit", "miss") and one.case not in found:
            breach = abouts.get(one.case)
            named = [results.threats.get(threat, threat) for threat in one.threats]
            found[one.case] = _rule(one.case, one.title, named, breach)
    for case in (*abouts, *gone):
        found.setdefault(case, _rule(case, case, [], abouts.get(case)))
    return list(found.values())


def _rule(case: str, title: str, threats: list[str], breach: Breach | None) -> _Object:
    exercises = f"It exercises {', '.join(map(plain, threats))}." if threats else ""
    full = " ".join(filter(None, (breach.about if breach is not None else "", exercises))) or title
    tags = ["security", "ai", *map(plain, threats)]
    made: _Object = {
        "id": case,
        "name": "".join(word.capitalize() for word in slug(case).split("-")),
        "shortDescription": {"text": plain(title) or case},
        "fullDescription": {"text": plain(full) or case},
        "defaultConfiguration": {"level": _level(breach)},
        "properties": {"tags": list(dict.fromkeys(tags))[:_TAGS]},
    }
    if breach is not None and breach.severity:
        made["properties"]["security-severity"] = severity(breach.severity, 5)
    return made


def _level(breach: Breach | None) -> str:
    said = breach.severity if breach is not None else None
    return "warning" if not said else "error" if said >= 4 else "note" if said <= 2 else "warning"


def _result(run: ChatRun, one: Breach, index: int, since: Since | None) -> _Object:
    way = easiest(one, run)
    rates = f"One turn: {short_rate(one.single)}. Several turns: {short_rate(one.multi)}."
    told = f"{one.title}. {rates} Easiest: {way_name(way)}. What shows it: {one.why}."
    made = {**_base(run, one.case, index, told), "level": _level(one)}
    made["properties"] = {
        "severity": severity_word(one),
        "effort": one.effort,
        "reached": one.rate.hits,
        "trials": one.rate.trials,
        "steps": [plain(step[:_LONG]) for step in one.steps[:_STEPS]],
    }
    if one.severity:
        made["rank"] = round(one.severity * 20.0, 1)
        made["properties"]["security-severity"] = severity(one.severity, 5)
    if since is not None:
        made["baselineState"] = "unchanged" if one.case in _of(run, since.still) else "new"
    return made


def _absent(run: ChatRun, case: str, index: int) -> _Object:
    made = _base(run, case, index, f"{case}: no longer reached.")
    return {**made, "level": "none", "kind": "pass", "baselineState": "absent"}


def _base(run: ChatRun, case: str, index: int, said: str) -> _Object:
    where = plain(run.component or run.target) or "target"
    mark = hashlib.sha256(f"{run.component or run.target}\n{case}".encode("utf-8", "replace")).hexdigest()
    return {
        "ruleId": case,
        "ruleIndex": index,
        "kind": "fail",
        "message": {"text": message_text(plain(said))},
        "locations": [{"logicalLocations": [{"name": plain(run.label) or where, "fullyQualifiedName": where}]}],
        "partialFingerprints": {"breach/v1": mark},
    }


def _notifications(results: ChatResults, run: ChatRun, since: Since | None) -> Iterator[_Object]:
    for threat, why in untested_threats(run).items():
        yield _told("error", f"Not tested: {results.threats.get(threat, threat)}; {why}")
    for one in undecided(run):
        yield _told("error" if one.outcome == "error" else "warning", f"{one.told}: {one.why}")
    if run.untried:
        yield _told("error", f"{run.untried} planned trials were not made: {run.why}")
    if run.narrowed:
        yield _told("warning", f"Narrowed by hand to {run.narrowed}")
    for case in _of(run, since.untried) if since is not None else ():
        yield _told("error", f"Reached in the baseline and not tried again, so nobody knows: {case}")


def _told(level: str, text: str) -> _Object:
    return {"level": level, "message": {"text": message_text(plain(text))}}


def _of(run: ChatRun, pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The cases of a comparison that are about this target."""
    return tuple(case for target, case in pairs if target == (run.component or run.target))
