"""Evidence across systems, and results of testing tools on their way into one: read, shown, then kept."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.evidence import Evidence
from bartizan.core.kept import KeptEvidence
from bartizan.core.terms import SYSTEM, ComponentId
from bartizan.register.intake.formats import read_results
from bartizan.register.intake.placing import evidence_of, refuse_misplaced, without_risk
from bartizan.register.intake.values import Intake, Observed
from bartizan.register.observed import EvidenceFilters, SeenPage, observed
from bartizan.workflows.desk import Desk, Kept
from bartizan.workflows.keeping import add_all_evidence, look


def search(desk: Desk, filters: EvidenceFilters, *, offset: int = 0, limit: int = 50) -> SeenPage:
    """Evidence of all systems, the newest recorded first."""
    with desk.register.read() as connection:
        return observed(connection, filters, desk.today, offset=offset, limit=limit)


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of results would add to a system; nothing is kept of it yet."""

    component: str
    intake: Intake
    evidence: tuple[Evidence, ...]
    without_risk: tuple[Observed, ...]
    """What no risk of the system has a place for."""


def places(kept: Kept) -> tuple[tuple[str, str], ...]:
    """Where results may have been made: every component by id and name, the models first, and the whole system."""
    parts = kept.dossier.system.components
    models = [str(model.id) for model in kept.dossier.system.models]
    order = [*models, *(str(name) for name in parts if name not in models)]
    return (*((name, parts[ComponentId(name)].label) for name in order), (SYSTEM, "the system as a whole"))


def read(desk: Desk, system: str, file: Path, *, component: str, held_on: str = "", by: str) -> Results:
    """What a file of results would add. Raises InputError with all that is wrong with it, NotFound."""
    kept = look(desk, system)
    known = dict(places(kept))
    if component not in known:
        fix = nearest(component, known)
        raise InputError([Problem(file="component", finding=f"there is no component '{component:.100}'", fix=fix)])
    intake = read_results(file, desk.catalog, None, held_on or None)
    refuse_misplaced(intake, kept.dossier.system.components, str(file))
    risks = {row.risk for row in kept.holding.risks}
    part = kept.dossier.system.components.get(ComponentId(component))
    found = evidence_of(intake, component, risks=risks, by=by, digests=part.digests if part else {})
    lost = without_risk(intake, component, risks)
    return Results(component=component, intake=intake, evidence=found, without_risk=lost)


def keep(desk: Desk, system: str, results: Results, *, by: str) -> tuple[KeptEvidence, ...]:
    """Keep what a file of results gave, all or nothing. Raises InputError, NotFound."""
    if not results.evidence:
        raise InputError([Problem(file="file", finding="nothing in it is evidence about a risk of this system")])
    return add_all_evidence(desk, system, results.evidence, by=by)
