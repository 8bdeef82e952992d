"""What a profile of tables proves about a control: that what a model learns from tells of nobody plainly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bartizan import __version__
from bartizan.core.digest import sha256_of
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.profile.profiling import Profile

CONTROL = ControlId("obfuscate_training_data")
TOOL = "bartizan data profile"


def write_evidence(tables: Sequence[Profile], out: Path, *, component: str, today: str) -> int:
    """Write what the profiles say of the control at a component. Returns how many observations that makes.

    Personal data or secrets that were found are a failed check. Nothing found passes only where every cell that could
    hold something was read, and no column's name tells of a special category; else nothing is said of that table.
    """
    made = tuple(found for one in tables if (found := _observed(one, component)) is not None)
    file = EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=made)
    write_atomic(out, document_of(file))
    return len(made)


def _observed(one: Profile, component: str) -> Observation | None:
    kinds = sorted({held.kind for column in one.columns for held in column.kinds})
    special = any(column.hint == "special category" for column in one.columns)
    if not kinds and (special or not one.is_read_whole or not one.rows):
        return None
    what = f"{one.path.name}: {one.rows:,} rows, {len(one.columns)} columns: {', '.join(kinds) or 'nothing found'}"
    return Observation(
        what=what,
        control=CONTROL,
        component=component,
        passed=not kinds,
        note="names are found only where a column or the words before introduce them" if not kinds else "",
        seed=one.seed,
        digests={"data": sha256_of(one.path)},
    )
