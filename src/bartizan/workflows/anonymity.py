"""What the anonymity of a table proves of a control: that nobody is found in it by what others may know."""

from __future__ import annotations

from pathlib import Path

from bartizan import __version__
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.protect.anonymity import Anonymity, Asked, shortfalls

CONTROL = ControlId("obfuscate_training_data")


def write_evidence(
    found: Anonymity, asked: Asked, out: Path, *, table: Path, digest: str, tool: str, component: str, today: str
) -> int:
    """Write what the measures of a table say of the control at a component. Returns how many observations that makes.

    They are of the table as it was read, never of how it was made. A table without rows says nothing.
    """
    observations = (_observation(found, asked, table, digest, component),) if found.rows else ()
    made = EvidenceFile(
        bartizan_evidence=1, tool=f"bartizan {tool}", version=__version__, held_on=today, observations=observations
    )
    write_atomic(out, document_of(made))
    return len(observations)


def _observation(found: Anonymity, asked: Asked, table: Path, digest: str, component: str) -> Observation:
    wrong = shortfalls(found, asked)
    reached = [f"k = {found.k}"]
    reached += [
        f"{one.column}: l = {one.distinct} (entropy {one.entropy:.3g}), t = {one.t:.3g}" for one in found.diversity
    ]
    return Observation(
        what=f"{table.name}: {found.rows:,} rows, {found.classes:,} classes by {', '.join(found.quasi)}",
        control=CONTROL,
        component=component,
        passed=not wrong,
        note=f"{'; '.join(reached)}{''.join(f'; {one}' for one in wrong)}; what others know besides is not looked at",
        digests={"data": digest},
    )
