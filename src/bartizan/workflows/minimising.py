"""Minimising a table: what its task does not need, the plan that leaves it out, the evidence it makes."""

from __future__ import annotations

from pathlib import Path

from bartizan import __version__
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.minimise.planning import plan_text, shown
from bartizan.tables.minimise.verdict import Minimised

CONTROL = ControlId("data_minimize")
TOOL = "bartizan data minimise"


def write_plan(one: Minimised, out: Path) -> None:
    """Write what is recommended as a plan for `data protect`. Raises InputError; nothing is overwritten."""
    if not one.is_assessed:
        finding = "no plan was written: nothing can be said of the table"
        raise InputError([Problem(file=str(out), finding=finding)])
    refuse_existing(out)
    write_atomic(out, plan_text(one))


def write_evidence(one: Minimised, out: Path, *, component: str, today: str) -> int:
    """Write what this says of the control at a component. Returns how many observations that makes.

    Columns that can be dropped or made coarser fail it. It passes only where every column was shown to be needed, and
    as fine as it is (`Minimised.is_minimal`); else nothing is said.
    """
    observations = (_observation(one, component),) if one.is_minimal is not None else ()
    made = EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=observations)
    write_atomic(out, document_of(made))
    return len(observations)


def _observation(one: Minimised, component: str) -> Observation:
    dropped = sum(column.verdict == "drop" for column in one.changes)
    coarser = len(one.changes) - dropped
    found = (
        f"{dropped} columns to drop, {coarser} to make coarser" if one.changes else "every column is needed as it is"
    )
    lost = f"{shown(one.loss)} on rows that were never used; " if one.loss is not None else ""
    spared = [column.column for column in one.columns if column.why == "kept, as asked"]
    kept = f"; kept as asked: {', '.join(spared)}" if spared else ""
    return Observation(
        what=f"{one.path.name}: {one.looked:,} of {one.total:,} rows, label {one.label}: {found}",
        control=CONTROL,
        component=component,
        passed=bool(one.is_minimal),
        note=f"{lost}tolerance {one.tolerance:g} of {one.measure}{kept}",
        seed=one.seed,
        digests={"data": one.digest},
    )
