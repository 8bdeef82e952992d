"""From two files, or one file and two editions, to what changed: what `bartizan compare` does, without a terminal."""

from __future__ import annotations

from pathlib import Path

from bartizan.assess.compare import Assessed, compare
from bartizan.report.comparison import Compared
from bartizan.report.dossier import Dossier
from bartizan.workflows.assess import Options, dossier_of, read_named


def compare_files(before: Path, after: Path, first: Options, second: Options) -> Compared:
    """Assess two descriptions, each by its own options, and compare. Raises InputError with all problems of a file."""
    return compare_dossiers(dossier_of(read_named(before, first), first), dossier_of(read_named(after, second), second))


def compare_dossiers(before: Dossier, after: Dossier) -> Compared:
    """Compare two assessments that were made already."""
    sides = [Assessed(d.system, d.catalog, d.assessment) for d in (before, after)]
    return Compared(before=before, after=after, comparison=compare(*sides))
