"""Checking a repository for a person or a pipeline: what is found, and the evidence that it makes of three controls."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from bartizan import __version__
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.devcheck.checking import KNOWN, check
from bartizan.devcheck.finding import Checked, Finding, at_or_above
from bartizan.devcheck.limits import Limits
from bartizan.devcheck.rule import CONTROLS, DEV_SECURITY, DISCRETE, LEVELS, Level
from bartizan.devcheck.suppression import read_ignores
from bartizan.register.intake.own import EvidenceFile, Observation, document_of

TOOL = "bartizan devcheck"
_OF_HISTORY = (DEV_SECURITY, DISCRETE)
"""Controls of which nothing good can be said without the history."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A check, and the entries of the ignore file that count no more."""

    checked: Checked
    lapsed: tuple[str, ...]


def checked_repository(root: Path, *, commits: int | None, ignore: Path | None, today: str) -> Outcome:
    """A repository as it stands, with so many commits of its history; 0 leaves the history out.

    Raises InputError for a wrong folder or ignore file, and MissingExtra where detect-secrets is absent.
    """
    allowed, lapsed = read_ignores(ignore, KNOWN, today) if ignore is not None else ((), ())
    limits = Limits() if commits is None else Limits(commits=commits)
    return Outcome(checked=check(root, limits=limits, allowed=allowed, with_history=commits != 0), lapsed=lapsed)


def fails(checked: Checked, level: Level) -> bool:
    """Whether anything that nobody allowed is as bad as that, or worse."""
    return bool(at_or_above(checked.open, level))


def evidence_of(checked: Checked, *, level: Level, component: str, today: str) -> EvidenceFile:
    """What a check says of each of the controls.

    Something at or above the level, allowed by nobody, fails a control. It passes only where nothing was found and all
    of it was looked at: what could not be told, a history that was cut or not read, a folder without git leave it open.
    """
    observations = (_observation(checked, control, level, component) for control in CONTROLS)
    return EvidenceFile(
        bartizan_evidence=1,
        tool=TOOL,
        version=__version__,
        held_on=today,
        observations=tuple(one for one in observations if one is not None),
    )


def write_evidence(checked: Checked, out: Path, *, level: Level, component: str, today: str) -> tuple[ControlId, ...]:
    """Write the evidence, whole or not at all. Returns the controls that it says something of."""
    made = evidence_of(checked, level=level, component=component, today=today)
    write_atomic(out, document_of(made))
    return tuple(one.control for one in made.observations)


def open_because(checked: Checked, control: ControlId) -> str:
    """Why nothing good can be said of a control although nothing was found; empty: it can be."""
    unknown = [one for one in _about(checked, control) if one.is_unknown]
    if not checked.files:
        return "there are no files"
    if unknown:
        return f"{len(unknown)} could not be told, the first: {unknown[0].place}: {unknown[0].what}"
    if not checked.head:
        return "there is no git to ask"
    if control in _OF_HISTORY and (checked.commits is None or checked.history_note):
        return f"the history was not read to its end: {checked.history_note}"
    return ""


def _observation(checked: Checked, control: ControlId, level: Level, component: str) -> Observation | None:
    about = _about(checked, control)
    bad = at_or_above(about, level)
    if not bad and open_because(checked, control):
        return None
    counts = Counter(one.level for one in about)
    named = ", ".join(f"{counts[one]} {one}" for one in LEVELS if counts[one]) or "nothing"
    allowed = sum(control in one.rule.controls for one in checked.waived)
    said = f"{checked.files} files and {checked.commits or 0} commits checked: {named} found, {allowed} allowed"
    first = f"; {bad[0].rule.id} at {bad[0].place}" if bad else ""
    return Observation(
        what=f"{said}; fails from {level} on{first}",
        control=control,
        component=component,
        passed=not bad,
        note=f"Commit {checked.head}. It tells of this repository, not of who may reach it." if checked.head else "",
        digests={"repository": checked.digest},
    )


def _about(checked: Checked, control: ControlId) -> list[Finding]:
    return [one for one in checked.open if control in one.rule.controls]
