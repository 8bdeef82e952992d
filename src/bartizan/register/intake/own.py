"""Bartizan's own format of results: JSON, documented, with a schema (`bartizan schema evidence`).

The laboratory writes it, and so can any tool that nobody has written a reader for. Every field is checked: unknown
keys, threats and controls, counts that do not fit and days that do not exist are problems, all told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, nearest
from bartizan.core.evidence import EvidenceKind
from bartizan.core.json_text import parse_json
from bartizan.core.shape import to_value
from bartizan.core.source import PathKey
from bartizan.core.terms import ControlId, ThreatId
from bartizan.register.intake.reading import Results, last_day
from bartizan.register.intake.values import Counted, Found, tidy

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 100
_Flaw = tuple[PathKey, str, str]


class Observation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One attack, test or look at a target: about one threat, or about one control."""

    what: str
    """What was done, in a line."""
    threat: ThreatId = ThreatId("")
    """The threat that it exercised, by its id in the catalogue."""
    control: ControlId = ControlId("")
    """The control that it was about, by its id in the catalogue; instead of a threat."""
    component: str = ""
    """Id of the component in system.yaml; empty: the one that is named at the import."""
    kind: EvidenceKind = "test"
    """How it came to be."""
    hits: int | None = None
    """How often the attack succeeded."""
    trials: int | None = None
    """Out of how many."""
    strong: bool = False
    """Whether the attack is strong enough that its failure says something: it adapts to the target, or searches."""
    passed: bool | None = None
    """For a control: whether it was found in place and working."""
    with_controls: tuple[ControlId, ...] = ()
    """The controls that stood in front of the target meanwhile."""
    seed: int | None = None
    """The seed of what was random."""
    held_on: str = ""
    """The day of this one (ISO 8601); empty: that of the file."""
    target: str = ""
    """What it was done to; empty: that of the file."""
    note: str = ""
    """What else a reader of the number should know."""
    digests: dict[str, str] = {}
    """SHA-256 of what this one was made on, by name; empty: those of the file."""


class EvidenceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Results of tests for the register of risks."""

    bartizan_evidence: Literal[1]
    """The version of this format."""
    tool: str
    """What made the observations."""
    version: str = ""
    """Its version."""
    held_on: str = ""
    """The day on which it was so (ISO 8601), not the day of the export."""
    target: str = ""
    """What it was done to, as people call it."""
    digests: dict[str, str] = {}
    """SHA-256 of what it was done to: model, data, configuration or a name of your own."""
    by: str = ""
    """Who did it."""
    observations: tuple[Observation, ...]


def read(results: Results, catalog: Catalog) -> Found:
    """What a file of our own says. Raises InputError with all that is wrong."""
    try:
        text = results.document().decode("utf-8")
    except UnicodeDecodeError:
        raise results.refuse("not UTF-8 text", "save the file as UTF-8") from None
    document = parse_json(text, results.file)
    file = to_value(document, EvidenceFile)
    problems = [document.problem((), f"{_place(path)}{finding}", fix) for path, finding, fix in _flaws(file, catalog)]
    if problems:
        raise InputError(problems)
    return Found(
        tool=tidy(file.tool),
        version=tidy(file.version, 40),
        held_on=file.held_on or last_day([one.held_on for one in file.observations]),
        target=tidy(file.target),
        digests=file.digests,
        by=tidy(file.by),
        counted=tuple(_counted(one) for one in file.observations),
    )


def _place(path: PathKey) -> str:
    return f"observation {int(path[1]) + 1}: " if len(path) > 1 else ""


def _counted(one: Observation) -> Counted:
    return Counted(
        what=tidy(one.what, 200),
        called=tidy(one.what),
        threat=one.threat,
        control=one.control,
        component=one.component,
        kind=one.kind,
        hits=one.hits,
        trials=one.trials,
        entries=1,
        strong=one.strong,
        passed=one.passed,
        with_controls=one.with_controls,
        seed=one.seed,
        held_on=one.held_on,
        target=tidy(one.target),
        note=tidy(one.note, 400),
        digests=one.digests,
    )


def _flaws(file: EvidenceFile, catalog: Catalog) -> Iterator[_Flaw]:
    if file.held_on and not is_date(file.held_on):
        yield (), f"held_on: '{file.held_on}' is no day", DATE_FIX
    yield from (((), finding, fix) for finding, fix in _wrong_digests(file.digests))
    for i, one in enumerate(file.observations):
        for finding, fix in (*_wrong_names(one, catalog), *_wrong_values(one), *_wrong_digests(one.digests)):
            yield ("observations", i), finding, fix


def _wrong_digests(digests: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, digest in digests.items():
        if not _DIGEST.fullmatch(digest) or len(name) > _LONGEST_NAME:
            yield f"digests: '{name}' is no name with a SHA-256", "write 64 hexadecimal digits in lower case"


def _wrong_names(one: Observation, catalog: Catalog) -> Iterator[tuple[str, str]]:
    if bool(one.threat) == bool(one.control):
        yield "it names both a threat and a control, or neither", "give 'threat' or 'control', one of them"
    if one.threat and one.threat not in catalog.threats:
        yield f"no threat '{one.threat}'", nearest(one.threat, catalog.threats) or "see: bartizan catalog list threats"
    for control in filter(None, (one.control, *one.with_controls)):
        if control not in catalog.controls:
            yield f"no control '{control}'", nearest(control, catalog.controls) or "see: bartizan catalog list controls"


def _wrong_values(one: Observation) -> Iterator[tuple[str, str]]:
    if (one.hits is None) != (one.trials is None):
        yield "hits without trials, or trials without hits", "give both, or none of them"
    elif one.hits is not None and one.trials is not None and not 0 <= one.hits <= one.trials < 2**53:
        yield f"{one.hits} hits of {one.trials} trials", "hits lie within 0 and trials"
    if one.held_on and not is_date(one.held_on):
        yield f"held_on: '{one.held_on}' is no day", DATE_FIX
    if one.passed is not None and not one.control:
        yield "'passed' is about a control", "name the control, or give hits and trials"


def document_of(file: EvidenceFile) -> bytes:
    """The file as JSON that `read` reads: what the laboratory writes."""
    return msgspec.json.format(msgspec.json.encode(file, order="deterministic"), indent=2) + b"\n"
