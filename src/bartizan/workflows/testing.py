"""Attack the real thing behind a description, and turn what happened into evidence: what `bartizan test` does.

prepare: which components have a target, which attacks exercise their threats. run: measure. conclude: what moved.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan.attacks.family import Poisoning
from bartizan.catalog.entries import Catalog
from bartizan.controls.control import Control
from bartizan.controls.registry import control_called, control_names
from bartizan.core.errors import InputError, nearest
from bartizan.core.evidence import Evidence
from bartizan.core.measurement import Measurement
from bartizan.core.records import Risk
from bartizan.core.source import write_atomic
from bartizan.core.target_spec import TargetSpec
from bartizan.core.terms import SYSTEM, ComponentId, ThreatId
from bartizan.lab.evidence import TOOL, evidence_of
from bartizan.lab.runner import Job, Processes, Runner, in_this_process, run_cells
from bartizan.lab.suite import Suite, limit_for, suite
from bartizan.register.intake.mapping import broader
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.report.dossier import Dossier
from bartizan.system.description import Model
from bartizan.targets.border import Budget
from bartizan.targets.loading import load
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place
from bartizan.targets.probe import Probe, probe
from bartizan.targets.rig import Rig
from bartizan.workflows.assess import Options, dossier_of
from bartizan.workflows.targets_in import place_of, places_of, targets_in, threats_at


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """How far to go."""

    components: tuple[ComponentId, ...] = ()
    """Only these; empty: every one with a target."""
    samples: int = 100
    seed: int = 0
    queries: int | None = None
    """The most that each attack may ask."""
    minutes: float | None = None
    """No attack starts later than this."""
    jobs: int = 1
    store: Path
    permission: Permission | None = None


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """One component, ready to be attacked."""

    component: ComponentId
    label: str
    rig: str
    job: Job
    suite: Suite
    probe: Probe
    digest: str
    """Of the model, where it can be known."""
    data: str = ""
    """Digest of the training data, where poison is tried on them."""
    is_described: bool
    """Whether the description says that this is what runs there; else nothing that is measured can lower a risk."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A risk that there is new evidence about: before and after."""

    before: Risk | None
    after: Risk


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What the measurements mean for the system."""

    evidence: tuple[Evidence, ...]
    after: Dossier
    moved: tuple[Moved, ...]


def prepare(dossier: Dossier, campaign: Campaign) -> tuple[Prepared, ...]:
    """Open and look at every target, and choose its attacks. Raises InputError where none has a target, and others."""
    models = targets_in(dossier, campaign.components).predictors
    return tuple(_prepared(dossier, model, campaign) for model in models)


def _prepared(dossier: Dossier, model: Model, campaign: Campaign) -> Prepared:
    assert model.target is not None
    place = place_of(dossier, model.id)
    opener = Opener(model.target, place, campaign.permission)
    rig = opener()
    looked = probe(rig, asked_of(campaign))
    looked.require()
    chosen = suite(
        rig,
        threats_at(dossier.assessment, places_of(model, dossier.system)),
        limit=limit_for(rig.target.card.domain, model.target.norm, model.target.radius),
        controls=controls_in(model.target, place),
        samples=campaign.samples,
        seed=campaign.seed,
        queries=campaign.queries,
    )
    return Prepared(
        component=model.id,
        label=model.label,
        rig=rig.name,
        job=Job(open_rig=opener, store=campaign.store, today=dossier.assessment.today),
        suite=chosen,
        probe=looked,
        digest=rig.target.card.digest,
        data=_poisoned(rig, chosen),
        is_described=model.digests.get("model") == rig.target.card.digest,
    )


def _poisoned(rig: Rig, chosen: Suite) -> str:
    tried = any(isinstance(cell.attack, Poisoning) for cell in chosen.cells)
    return rig.train.digest if tried and rig.train is not None else ""


def asked_of(campaign: Campaign) -> Budget:
    """What one attack will ask at the least, and the time there is: a look at the target tells whether it can be."""
    seconds = 60 * campaign.minutes if campaign.minutes is not None else None
    return Budget(queries=campaign.queries or campaign.samples, seconds=seconds)


class Opener:
    """Opens a target when it is first called, as that may mean training; in another process, once more there."""

    def __init__(self, spec: TargetSpec, place: Place, permission: Permission | None) -> None:
        self._told = spec, place, permission
        self._rig: Rig | None = None

    def __call__(self) -> Rig:
        """The rig: the same one each time. Raises what `load` does."""
        if self._rig is None:
            spec, place, permission = self._told
            self._rig = load(spec, place, permission=permission)
        return self._rig

    def __getstate__(self) -> dict[str, object]:
        """What travels to another process: how to open it, not the model."""
        return {"_told": self._told, "_rig": None}


def controls_in(spec: TargetSpec, place: Place) -> tuple[Control, ...]:
    """The controls that a target says stand in front of it. Raises InputError for what has no code here."""
    found, problems = [], []
    for one in spec.controls:
        given = {"control": one} if isinstance(one, str) else dict(one)
        name = str(given.pop("control", ""))
        if name not in control_names():
            fix = nearest(name, control_names()) or "see: bartizan lab list"
            problems.append(place.problem("controls", f"no code for a control '{name:.80}'", fix))
            continue
        try:
            found.append(control_called(name, given))
        except (msgspec.ValidationError, ValueError, TypeError) as wrong:
            problems.append(place.problem("controls", f"'{name}': {wrong}", f"see: bartizan lab show {name}"))
    if problems:
        raise InputError(problems)
    return tuple(found)


def measure(prepared: Prepared, campaign: Campaign, spent: float = 0.0) -> Iterator[Measurement]:
    """The measurements, as they come; what was measured before, with the same digests, comes at once.

    ``spent`` minutes of the campaign are over already, with other components.
    """
    runner: Runner = in_this_process if campaign.jobs == 1 else Processes(campaign.jobs)
    left = max(0.0, campaign.minutes - spent) if campaign.minutes is not None else None
    return run_cells(prepared.job, prepared.suite.cells, runner, left)


def conclude(
    dossier: Dossier,
    measured: dict[ComponentId, list[Measurement]],
    options: Options,
    more: tuple[Evidence, ...] = (),
) -> Conclusion:
    """The evidence in the measurements, and ``more`` of it, and the assessment with all of it."""
    found = tuple(
        piece
        for component, runs in measured.items()
        for piece in evidence_of(
            sorted(runs, key=_in_order), functools.partial(_risks_of, dossier, component), _label(dossier, component)
        )
    )
    return moved_by(dossier, (*found, *more), options)


def moved_by(dossier: Dossier, evidence: tuple[Evidence, ...], options: Options) -> Conclusion:
    """The assessment with this evidence, and what it moved."""
    after = dossier_of(dossier.system, options, evidence=evidence)
    return Conclusion(evidence=evidence, after=after, moved=tuple(_moved(dossier, after, evidence)))


def _in_order(run: Measurement) -> tuple[object, ...]:
    """Whatever order several processes finished in, the evidence is the same."""
    return run.seed, run.controls, run.attack, run.parameters, run.limit


def _label(dossier: Dossier, component: ComponentId) -> str:
    return dossier.label(component)


def _risks_of(dossier: Dossier, component: ComponentId, run: Measurement) -> tuple[str, ...]:
    """The risks that a measurement at a model is about: those of its threats, at the model or at its training data."""
    model = next(m for m in dossier.system.models if m.id == component)
    assert isinstance(model, Model)
    known = {risk.id for risk in dossier.assessment.risks}
    threats = [threat for name in run.threats for threat in _and_broader(ThreatId(name), dossier.catalog)]
    for place in ((component,), places_of(model, dossier.system)[1:-1], (SYSTEM,)):
        hit = [f"{threat}@{where}" for where in place for threat in threats if f"{threat}@{where}" in known]
        if hit:
            return tuple(dict.fromkeys(hit))
    return ()


def _and_broader(threat: ThreatId, catalog: Catalog) -> tuple[ThreatId, ...]:
    return (threat, *broader(threat, catalog))


def _moved(before: Dossier, after: Dossier, evidence: tuple[Evidence, ...]) -> Iterator[Moved]:
    was = {risk.id: risk for risk in before.assessment.risks}
    told = {piece.risk for piece in evidence}
    for risk in after.assessment.risks:
        if risk.id in told:
            yield Moved(before=was.get(risk.id), after=risk)


def evidence_file(conclusion: Conclusion, today: str) -> bytes:
    """The evidence as JSON that `bartizan evidence import` and `bartizan assess --evidence` read."""
    observations = tuple(
        Observation(
            what=piece.what,
            threat=ThreatId(piece.risk.partition("@")[0]),
            component=piece.risk.partition("@")[2],
            hits=piece.hits,
            trials=piece.trials,
            strong=piece.strong,
            with_controls=piece.with_controls,
            seed=piece.seed,
            held_on=piece.held_on,
            target=piece.target,
            note=piece.note,
            digests=piece.digests,
        )
        for piece in conclusion.evidence
    )
    version = conclusion.evidence[0].version if conclusion.evidence else ""
    file = EvidenceFile(bartizan_evidence=1, tool=TOOL, version=version, held_on=today, observations=observations)
    return document_of(file)


def write_evidence(conclusion: Conclusion, file: Path, today: str = "") -> None:
    """Write the evidence to a file, whole or not at all."""
    write_atomic(file, evidence_file(conclusion, today or datetime.date.today().isoformat()))
