"""What the answer to "may it be used?" proves of a control: that a model learns from nothing that it may not."""

from __future__ import annotations

from pathlib import Path

from bartizan import __version__
from bartizan.core.digest import sha256_of
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.allowed.asking import Answer
from bartizan.tables.allowed.rules import Allowed

CONTROL = ControlId("allowed_data")
TOOL = "bartizan data allowed"


def write_evidence(
    answer: Answer, rules: Allowed, out: Path, *, table: Path, written: Path | None, component: str, today: str
) -> int:
    """Write what was answered of the control at a component. Returns how many observations that makes.

    A table of which all is allowed passes, one of which something is not fails it; where it is unknown nothing is said.
    What was written of it, without what is not allowed, passes.
    """
    observations: tuple[Observation, ...] = ()
    if written is not None:
        left = f"{answer.refused:,} rows not allowed and {answer.unknown:,} unknown were left out of {table.name}"
        observations = (
            Observation(
                what=f"{written.name} for {answer.purpose}: {answer.allowed:,} rows",
                control=CONTROL,
                component=component,
                passed=True,
                note=f"basis: {answer.basis}, as declared; {left}",
                digests={"data": sha256_of(written), "source": answer.digest, "rules": _digest(rules)},
            ),
        )
    elif answer.verdict != "unknown":
        refused = [one.name for one in answer.columns if one.verdict == "not allowed"]
        notes = [*answer.whys, *([f"columns not allowed: {', '.join(refused)}"] if refused else [])]
        notes += [f"{answer.refused:,} rows not allowed"] if answer.refused else []
        observations = (
            Observation(
                what=f"{table.name} for {answer.purpose}: {answer.rows:,} rows, {len(answer.columns)} columns",
                control=CONTROL,
                component=component,
                passed=answer.verdict == "allowed",
                note="; ".join(notes) or f"basis: {answer.basis}, as declared",
                digests={"data": answer.digest, "rules": _digest(rules)},
            ),
        )
    made = EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=observations)
    write_atomic(out, document_of(made))
    return len(observations)


def _digest(rules: Allowed) -> str:
    return sha256_of(Path(rules.document.file))
