"""Evidence from files of results, for an assessment without a register."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bartizan.core.evidence import Evidence
from bartizan.core.terms import SYSTEM
from bartizan.register.intake.formats import read_results
from bartizan.register.intake.placing import evidence_of, refuse_misplaced, without_risk
from bartizan.report.dossier import Dossier


class Read(msgspec.Struct, frozen=True):
    """What files of results hold about a system."""

    evidence: tuple[Evidence, ...]
    without_place: tuple[str, ...]
    """What is evidence about nothing in the system: a line for each, to be shown."""


def read_evidence(files: Iterable[Path], dossier: Dossier) -> Read:
    """What the files hold about risks of the system that was assessed; in the order they come.

    Raises InputError with all that is wrong with a file, a component that the system does not have too.
    """
    risks = {risk.id for risk in dossier.assessment.risks}
    evidence: list[Evidence] = []
    lost: list[str] = []
    for file in files:
        intake = read_results(file, dossier.catalog, None)
        if not intake.observations:
            lost.append(f"{file}: it holds no observation")
        refuse_misplaced(intake, dossier.system.components, str(file))
        evidence += evidence_of(intake, SYSTEM, risks=risks)
        lost += [
            f"{file}: {one.threat} is no risk of this system: {one.what}" for one in without_risk(intake, SYSTEM, risks)
        ]
        lost += [f"{file}: {one.name} is of no threat that is known: {one.why}" for one in intake.unmapped]
    return Read(tuple(evidence), tuple(lost))
