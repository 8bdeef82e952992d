"""Evidence from files of results, for an assessment without a register."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bartizan.core.evidence import Evidence
from bartizan.core.terms import SYSTEM
from bartizan.register.intake.formats import read_results
from bartizan.register.intake.placing import evidence_of
from bartizan.report.dossier import Dossier


def read_evidence(files: Iterable[Path], dossier: Dossier) -> tuple[Evidence, ...]:
    """What the files hold about risks of the system that was assessed; numbered in the order they come.

    Raises InputError with all that is wrong with a file.
    """
    risks = {risk.id for risk in dossier.assessment.risks}
    return tuple(
        piece for file in files for piece in evidence_of(read_results(file, dossier.catalog, None), SYSTEM, risks=risks)
    )
