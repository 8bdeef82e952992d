"""Scanning files for a person or a pipeline: what is found, and the evidence that it makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bartizan import __version__
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId, ThreatId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.supply.scan.finding import Scanned, Verdict, worst
from bartizan.supply.scan.scanning import scan_all

CONTROL = ControlId("supply_chain_manage")
THREAT = ThreatId("supply_model_poison")
TOOL = "bartizan scan"


def scanned(paths: Iterable[Path], *, digests: bool) -> Iterator[Scanned]:
    """Every file below these paths, one after the other."""
    return scan_all(paths, digests=digests)


def verdict_of(files: Sequence[Scanned]) -> Verdict:
    """What all of them together are worth."""
    return worst(tuple(one for one in files if one.formats != ("skipped",)))


def evidence_of(files: Sequence[Scanned], *, component: str, today: str) -> EvidenceFile:
    """What a scan says of the control and of the threat at a component.

    Something found is a hit of the threat, and shows that the control let it through. What a person must look at says
    nothing either way. Clean files show that the control was at work on just these files, by their digests. Files must
    have been scanned with digests.
    """
    looked = [one for one in files if one.formats != ("skipped",)]
    verdict = verdict_of(files)
    bad = [one.path for one in looked if one.verdict == "DETECT"]
    count = f"{len(looked)} file{'' if len(looked) == 1 else 's'}"
    what = f"{count} scanned for code and other traps: {verdict}"
    found: list[Observation] = []
    digests = {"files": _digest(looked)}
    if verdict != "REVIEW" and looked:
        note = "It tells of these files, not of where they come from." if verdict == "CLEAN" else ""
        found.append(
            Observation(
                what=what,
                control=CONTROL,
                component=component,
                passed=verdict == "CLEAN",
                note=note,
                digests=digests,
            )
        )
    if bad:
        found.append(
            Observation(
                what=f"{what}; in {', '.join(bad[:3])}",
                threat=THREAT,
                component=component,
                hits=len(bad),
                trials=len(looked),
                digests=digests,
            )
        )
    return EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=tuple(found))


def write_evidence(files: Sequence[Scanned], out: Path, *, component: str, today: str) -> int:
    """Write the evidence, whole or not at all. Returns how many observations it has."""
    made = evidence_of(files, component=component, today=today)
    write_atomic(out, document_of(made))
    return len(made.observations)


def _digest(files: Sequence[Scanned]) -> str:
    """Of all files: the one's own, or that of the list of all digests, in order."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256("\n".join(sorted(one.sha256 for one in files)).encode()).hexdigest()
