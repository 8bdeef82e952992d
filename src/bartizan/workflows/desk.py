"""What the use cases of the register work on, and the one way in which a kept system is assessed.

A system's assessment follows from its newest description and from what the register knows beyond it: how far controls
are, the evidence that counts, and the decisions that hold. Whatever changes one of these assesses the system anew, in
the same transaction, so that a rating in the register is never older than what it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

import msgspec

from bartizan.assess.assessment import assess, digest_of
from bartizan.assess.planning.exact import exact
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import problem_of
from bartizan.catalog.entries import Catalog
from bartizan.catalog.load import load_catalog
from bartizan.catalog.measured import MeasuredTable, measured_table
from bartizan.core.errors import NotFound
from bartizan.core.evidence import Evidence
from bartizan.core.kept import Holding
from bartizan.core.records import Assessment, Risk
from bartizan.core.source import parse_yaml
from bartizan.core.terms import SYSTEM, Edition, Outcome
from bartizan.register import (
    comments,
    components,
    controls,
    decisions,
    events,
    evidence,
    reviews,
    risks,
    suppliers,
    systems,
)
from bartizan.register.binding import Accepted
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.register.rows import Reader
from bartizan.report.dossier import Dossier
from bartizan.report.wording import at, name_of, threat_name
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from bartizan.system.renames import match
from bartizan.workflows.acceptances import Lapse, decisions_to_tell, lapses, state_of, with_lapses
from bartizan.workflows.assess import Options, check_names, names_in
from bartizan.workflows.identity import called_otherwise
from bartizan.workflows.word import as_judged

_exact = lru_cache(maxsize=64)(partial(exact, looks=30_000))
"""A register plans with a bounded search, since others wait meanwhile; a plan that is not proven says so."""


class Desk:
    """A register that is open, and the knowledge to assess with."""

    def __init__(self, register: Register, options: Options | None = None) -> None:
        self.register = register
        self.options = options or Options()
        self.catalog: Catalog = load_catalog(*self.options.catalog_folders, scales=self.options.scales)
        self.measured: MeasuredTable = measured_table()

    @property
    def today(self) -> str:
        """The day on which everything is judged."""
        return self.options.today or self.register.today

    def read_system(self, text: str, file: str) -> System:
        """A system from the text of its description; `file` is what messages call it. Raises InputError."""
        return check_system(parse_yaml(text, file), names_in(self.catalog))


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A kept system as it is assessed now: the dossier with what the register holds of it."""

    dossier: Dossier
    version: int
    lapses: tuple[Lapse, ...] = ()
    """Acceptances that no longer hold, each with the reason."""
    reconciled: risks.Reconciled = risks.Reconciled()
    """What it changed among the risks that are kept; nothing where nothing was kept."""

    @property
    def assessment(self) -> Assessment:
        """The assessment."""
        return self.dossier.assessment

    @property
    def holding(self) -> Holding:
        """What the register holds of the system."""
        assert self.dossier.holding is not None
        return self.dossier.holding

    def risk(self, number: int) -> Risk | None:
        """A risk of the assessment by its number in the register; None where it does not apply now."""
        name = next((row.risk for row in self.holding.risks if row.number == number), "")
        return next((risk for risk in self.assessment.risks if risk.id == name), None)

    def state(self, number: int) -> Accepted:
        """What an acceptance of this risk would be bound to now. Raises NotFound where it does not apply now."""
        risk = self.risk(number)
        if risk is None:
            raise NotFound(f"R-{number} does not apply now, so there is nothing to accept")
        return state_of(risk, self.assessment)


def kept_system(desk: Desk, connection: Reader, name: str, edition: Edition | None = None) -> Kept:
    """Assess a kept system by its newest description and all that the register knows. Raises NotFound."""
    newest = systems.version(connection, name)
    if newest is None:
        systems.system(connection, name)
        raise NotFound(f"system '{name}' has no description yet")
    held = holding(connection, name)
    system = _read_kept(desk, newest.description, f"{name}.yaml")
    return judged(desk, system, held, newest.number, edition)


def kept_version(
    desk: Desk, connection: Reader, name: str, number: int | None = None, edition: Edition | None = None
) -> Kept:
    """Assess a version of a description, else the newest, by all that the register knows today. Raises NotFound."""
    newest, wanted = systems.version(connection, name), systems.version(connection, name, number)
    if newest is None or wanted is None:
        systems.system(connection, name)
        raise NotFound(f"system '{name}' has no version {number}; see: bartizan register history {name}")
    now, then = _parsed(newest.description, f"{name}.yaml"), _read_kept(desk, wanted.description, f"{name}.yaml")
    moves = {one: other for one, other in match(now, then).items() if one != other}
    return judged(desk, then, called_otherwise(holding(connection, name), moves), wanted.number, edition)


@lru_cache(maxsize=256)
def _parsed(text: str, file: str) -> System:
    return check_system(parse_yaml(text, file))


def _read_kept(desk: Desk, text: str, file: str) -> System:
    """A description that was checked when it came in; a name that the catalogue no longer has is still an error."""
    system = _parsed(text, file)
    check_names(system, desk.catalog)
    return system


def holding(connection: Reader, name: str) -> Holding:
    """All that the register keeps about a system. Raises NotFound."""
    return Holding(
        system=systems.system(connection, name),
        risks=risks.risks(connection, name),
        decisions=decisions.decisions(connection, name),
        controls=controls.controls(connection, name),
        evidence=evidence.evidence(connection, name),
        answers=suppliers.answers(connection, name),
        suppliers=suppliers.suppliers(connection, name),
        reviews=reviews.reviews(connection, name),
        comments=comments.comments(connection, name),
        events=events.events(connection, name, unseen=True),
    )


def judged(desk: Desk, system: System, held: Holding, version: int, edition: Edition | None = None) -> Kept:
    """Assess a system with what is kept of it; the description need not be the one that is kept."""
    made = assess(
        as_judged(system, held.controls),
        desk.catalog,
        today=desk.today,
        edition=edition or desk.options.edition,
        decisions=tuple(decisions_to_tell(held)),
        evidence=counted(held),
        planner=_exact,
    )
    made = msgspec.structs.replace(made, description_digest=digest_of(system.described))
    lapsing = tuple(lapses(held, made, desk.today))
    made = with_lapses(made, held, lapsing)
    problem = problem_of(made.risks, desk.catalog)
    plans = (greedy(problem), _exact(problem))
    dossier = Dossier(system=system, catalog=desk.catalog, assessment=made, plans=plans, holding=held)
    return Kept(dossier=dossier, version=version, lapses=lapsing)


def counted(held: Holding) -> tuple[Evidence, ...]:
    """The evidence that may count: all that was not withdrawn."""
    return tuple(one.evidence for one in held.evidence if not one.withdrawn)


def labels_of(dossier: Dossier) -> risks.Labels:
    """What people call the threats of a dossier that are risks, and all components that are there."""
    places = {SYSTEM, *dossier.system.components, *(v.component for v in dossier.assessment.verdicts)}
    threats = {r.threat for r in dossier.assessment.risks}
    return risks.Labels(
        threats={threat: threat_name(dossier, threat) for threat in threats},
        components={p: at(dossier, p) if p == SYSTEM else name_of(dossier, p) for p in places},
    )


def bring_up_to_date(desk: Desk, change: Change, name: str) -> Kept:
    """Assess a system anew within a change, and keep what came of it: risks, lapses, the assessment, the counts."""
    kept = kept_system(desk, change.connection, name)
    for one, why in kept.lapses:
        decisions.lapse(change, one, why)
    found = risks.reconcile(change, name, kept.assessment, labels_of(kept.dossier))
    suppliers.synchronise(change, name, kept.assessment.open_points)
    components.keep(change, name, parts_of(name, kept.dossier.system))
    systems.add_assessment(change, name, kept.version, kept.assessment)
    _count(change, name, kept)
    dossier = msgspec.structs.replace(kept.dossier, holding=holding(change.connection, name))
    return msgspec.structs.replace(kept, dossier=dossier, reconciled=found)


def parts_of(name: str, system: System) -> Iterator[components.Part]:
    """The components of a system as they are searched across systems."""
    for place, part in system.components.items():
        yield components.Part(
            system=name,
            component=place,
            kind=str(part.__struct_config__.tag),
            label=part.label[: components.LONGEST],
            supplier=part.supplier[: components.LONGEST],
            digests=components.digests_as_text(part.digests),
        )


def _count(change: Change, name: str, kept: Kept) -> None:
    made = kept.assessment
    now = decisions.decisions(change.connection, name)
    treated = {d.risk_number: d.treatment.value for d in now if d.state == "held"}
    risks.set_treatments(change, name, treated)
    rows = [row for row in risks.risks(change.connection, name) if row.state == "open"]
    counts: dict[str, object] = {
        "untreated": sum(row.above_appetite and row.number not in treated for row in rows),
        "undecided": sum(v.rated and v.outcome is Outcome.UNKNOWN for v in made.verdicts),
        "review_due": reviews.next_review(change.connection, name),
    }
    systems.count(change, name, counts)
