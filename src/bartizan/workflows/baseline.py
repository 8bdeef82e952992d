"""A baseline of a gate: what was found before, so that only what is new fails.

A finding is the same by its kind and by the risk or control that it is about, so it survives every edit that keeps the
component, and with `renamed_from` also a new name of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.findings import FindingKind, Judged
from bartizan.core.json_text import parse_json
from bartizan.core.source import read_text


class Known(msgspec.Struct, frozen=True, kw_only=True, order=True, forbid_unknown_fields=True):
    """A finding as a baseline keeps it."""

    kind: FindingKind
    about: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found in each system."""

    schema: Literal["bartizan-baseline/1"] = "bartizan-baseline/1"
    systems: dict[str, tuple[Known, ...]] = {}


def baseline_of(judged: Iterable[Judged], before: Baseline | None = None) -> Baseline:
    """A baseline of what was found, allowed or not; systems that were not judged stay as they were."""
    held = dict(before.systems) if before else {}
    for one in judged:
        held[one.system] = tuple(sorted({Known(kind=f.kind, about=f.about) for f in one.findings}))
    return Baseline(systems=dict(sorted(held.items())))


def as_text(baseline: Baseline) -> str:
    """A baseline as JSON, one finding a line, in an order that does not depend on chance: made to be kept in git."""
    return msgspec.json.format(msgspec.json.encode(baseline)).decode() + "\n"


def read_baseline(file: Path) -> Baseline:
    """The baseline in a file. Raises InputError."""
    document = parse_json(read_text(file), str(file))
    try:
        return msgspec.convert(document.data, Baseline)
    except msgspec.ValidationError as error:
        fix = "write it with: bartizan gate ... --write-baseline FILE"
        raise InputError([Problem(file=str(file), finding=f"this is no baseline: {error}", fix=fix)]) from None


def against(judged: Judged, baseline: Baseline) -> Judged:
    """The same judgement, in which what the baseline has is known and does not fail, and what it alone has is gone."""
    known = {(one.kind, _now(one.about, judged.renamed)) for one in baseline.systems.get(judged.system, ())}
    findings = tuple(
        msgspec.structs.replace(one, standing="known") if (one.kind, one.about) in known else one
        for one in judged.findings
    )
    gone = known - {(one.kind, one.about) for one in judged.findings}
    return msgspec.structs.replace(judged, findings=findings, gone=tuple(sorted(gone)))


def _now(about: str, renamed: Mapping[str, str]) -> str:
    subject, at, place = about.partition("@")
    return f"{subject}{at}{renamed.get(place, place)}"
