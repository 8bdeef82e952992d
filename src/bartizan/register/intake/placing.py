"""From what was observed to evidence about the risks of a system, and to the lines of a preview.

One piece of evidence is made for each observation, which is one probe, plugin or technique. They are not added up by
threat: an attack that works always would drown among many that never do, and one attack that was repeated would look
like many. What the rating makes of several pieces is its own affair.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping

from bartizan.core.dates import in_words
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.evidence import Evidence
from bartizan.core.interval import wilson
from bartizan.core.terms import SYSTEM, risk_id
from bartizan.register.intake.values import Intake, Observed, Unmapped


def evidence_of(
    intake: Intake,
    component: str,
    *,
    risks: Collection[str],
    by: str = "",
    valid_days: int | None = None,
    digests: Mapping[str, str] | None = None,
) -> tuple[Evidence, ...]:
    """The evidence in an intake, without ids. `risks` are the ids of the risks that exist, as `threat@component`.

    An observation counts at the component that it names, else at `component`: at the risk of its threat, else of the
    nearest threat that this is a way of, else at that of the system as a whole. What has no risk there is left out;
    `without_risk` lists it. Without `valid_days` the register's default holds. `digests` say what was tested where the
    file does not.
    """
    made = []
    for one in intake.observations:
        risk = risk_of(one, component, risks)
        if risk or one.control:
            made.append(_evidence(one, risk, intake, component, by, valid_days, digests or {}))
    return tuple(made)


def refuse_misplaced(intake: Intake, components: Collection[str], file: str) -> None:
    """Raise InputError for each component that an observation names and that is none of these, by their ids.

    A misspelling would else be evidence about nothing, and nobody would be told.
    """
    named = {one.component for one in intake.observations} - {*components, SYSTEM, ""}
    problems = [
        Problem(file=file, finding=f"there is no component '{one:.100}'", fix=nearest(one, components)) for one in named
    ]
    if problems:
        raise InputError(problems)


def without_risk(intake: Intake, component: str, risks: Collection[str]) -> tuple[Observed, ...]:
    """The observations that no risk of the system has a place for: to be shown, never dropped in silence."""
    return tuple(one for one in intake.observations if not one.control and not risk_of(one, component, risks))


def risk_of(one: Observed, component: str, risks: Collection[str]) -> str:
    """The id of the risk that an observation is about; empty where there is none."""
    if not one.threat:
        return ""
    threats = (one.threat, *one.within)
    places = (one.component or component, SYSTEM)
    wanted = (risk_id(threat, place) for place in places for threat in threats)
    return next((risk for risk in wanted if risk in risks), "")


def _evidence(
    one: Observed,
    risk: str,
    intake: Intake,
    component: str,
    by: str,
    valid_days: int | None,
    digests: Mapping[str, str],
) -> Evidence:
    return Evidence(
        risk=risk,
        control=one.control,
        component=(one.component or component) if one.control else "",
        what=one.what,
        kind=one.kind,
        target=one.target or intake.target,
        digests=one.digests or intake.digests or dict(digests),
        held_on=one.held_on,
        valid_until=_until(one.held_on, valid_days),
        hits=one.hits,
        trials=one.trials,
        strong=one.strong,
        with_controls=one.with_controls,
        passed=one.passed,
        tool=intake.tool,
        version=intake.version,
        seed=one.seed,
        by=intake.by or by,
        note=" ".join(filter(None, (_exercised(one, risk), one.note, one.why_strong and f"Strong: {one.why_strong}."))),
        source=intake.source,
    )


def _exercised(one: Observed, risk: str) -> str:
    """The threat that was exercised, where the risk is that of a broader one."""
    return f"Exercised {one.threat}." if risk and not risk.startswith(f"{one.threat}@") else ""


def _until(held_on: str, valid_days: int | None) -> str:
    if valid_days is None:
        return ""
    try:
        return (datetime.date.fromisoformat(held_on) + datetime.timedelta(days=valid_days)).isoformat()
    except OverflowError:
        return ""


def summary_lines(intake: Intake) -> list[str]:
    """What an intake holds, for a person to read before anything is stored; each a printable line."""
    parts = (f"{intake.tool} {intake.version}".strip(), intake.target and f"on {intake.target}")
    day = f"held on {in_words(intake.held_on)}" if intake.held_on else ""
    lines = [", ".join(filter(None, (*parts, day, f"{intake.total:,} entries")))]
    lines += _listed("Observed", [_observed(one) for one in intake.observations])
    lines += _listed("Without a threat", [_unmapped(one) for one in intake.unmapped])
    lines += _listed("No finding either way", [f"{one.name}: {one.count:,}, {one.why}" for one in intake.skipped])
    if not intake.observations:
        lines.append("Nothing here is evidence about a threat.")
    return lines


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def _observed(one: Observed) -> str:
    if one.hits is not None and one.trials:
        low, high = wilson(one.hits, one.trials)
        counts = f"{one.hits:,} of {one.trials:,} ({low:.0%} to {high:.0%})"
    elif one.passed is not None:
        counts = "in place" if one.passed else "not in place"
    else:
        counts = f"no counts, {one.entries:,} in the file"
    strong = ", strong" if one.strong else ""
    return f"{one.threat or one.control}: {one.what}: {counts}{strong}"


def _unmapped(one: Unmapped) -> str:
    near = f"; nearest known: {one.nearest}" if one.nearest else ""
    return f"{one.name}: {one.count:,}, {one.why}{near}"
