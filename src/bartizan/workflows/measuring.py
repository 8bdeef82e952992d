"""The measured periodic table: what `bartizan lab table` does, without a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bartizan.catalog.entries import Catalog, Threat
from bartizan.catalog.measured import MeasuredEffect, MeasuredTable, Unmeasured
from bartizan.controls.control import Control
from bartizan.core.measurement import Measurement
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId, ThreatId
from bartizan.lab.reference.experiments import REFERENCES, RIGS, SEEDS, TOO_DEAR
from bartizan.lab.run import versions
from bartizan.lab.runner import Job, Runner, run_cells
from bartizan.lab.table import NotMeasured, PairEffect, Reference, cells_of, codes_for, judged
from bartizan.register.intake.mapping import broader


def pairs_of(catalog: Catalog) -> tuple[tuple[ThreatId, ControlId], ...]:
    """Every threat with each control that the catalogue names against it, groups expanded."""
    found: list[tuple[ThreatId, ControlId]] = []
    for threat in catalog.threats.values():
        for advice in threat.controls:
            group = catalog.groups[advice.group].members if advice.group else {}
            members = group.get(max(group), ()) if group else (advice.control,)
            found.extend((threat.id, control) for control in members if control is not None)
    return tuple(dict.fromkeys(found))


def controls_against(reference: Reference, catalog: Catalog) -> tuple[ControlId, ...]:
    """The controls that the catalogue names against the threats that a reference's attacks exercise."""
    threats = _threats(reference, catalog)
    return tuple(dict.fromkeys(control for threat, control in pairs_of(catalog) if threat in threats))


def codes_of(reference: Reference, catalog: Catalog) -> tuple[Control, ...]:
    """The code of these controls, but for what takes too long on the reference's rig."""
    found = codes_for(controls_against(reference, catalog))
    return tuple(code for code in found if (reference.rig, code.name) not in TOO_DEAR)


def _too_dear(reference: Reference, catalog: Catalog) -> tuple[NotMeasured, ...]:
    found = codes_for(controls_against(reference, catalog))
    return tuple(
        NotMeasured(reference=reference, control=code.id, setting=code.name, why=TOO_DEAR[reference.rig, code.name])
        for code in found
        if (reference.rig, code.name) in TOO_DEAR
    )


def _threats(reference: Reference, catalog: Catalog) -> tuple[ThreatId, ...]:
    named = [ThreatId(reference.threat), *(threat for attack in reference.attacks for threat in attack.threats)]
    return tuple(dict.fromkeys(one for threat in named for one in (threat, *broader(threat, catalog))))


def measure_table(
    catalog: Catalog, store: Path, runner: Runner, today: str, references: Sequence[Reference] = REFERENCES
) -> Iterator[tuple[Reference, list[Measurement]]]:
    """The runs of one reference after the other; what was run before comes at once."""
    for reference in references:
        job = Job(open_rig=RIGS[reference.rig], store=store, today=today)
        cells = cells_of(reference, codes_of(reference, catalog), SEEDS)
        yield reference, list(run_cells(job, cells, runner))


def table_of(catalog: Catalog, runs: Sequence[tuple[Reference, list[Measurement]]], today: str) -> MeasuredTable:
    """The table: a line for each control that was measured, and for every other pair why it was not."""
    effects: list[MeasuredEffect] = []
    missing: list[NotMeasured] = []
    for reference, measured in runs:
        made, left = judged(reference, codes_of(reference, catalog), measured)
        effects.extend(_effect(one, catalog) for one in made)
        missing.extend((*left, *_too_dear(reference, catalog)))
    shown = {(threat, one.control) for one in effects for threat in one.threats}
    unmeasured = [
        Unmeasured(threat=threat, control=control, why=_why_not(threat, control, catalog, missing))
        for threat, control in pairs_of(catalog)
        if (threat, control) not in shown
    ]
    return MeasuredTable(
        measured_on=today,
        versions=versions(),
        seeds=SEEDS,
        samples=max((reference.samples for reference, _ in runs), default=0),
        effects=tuple(effects),
        unmeasured=tuple(unmeasured),
    )


def _effect(one: PairEffect, catalog: Catalog) -> MeasuredEffect:
    return MeasuredEffect(
        threats=_threats(one.reference, catalog),
        control=one.control,
        setting=one.setting,
        rig=one.reference.rig,
        attacks=tuple(attack.id for attack in one.reference.attacks),
        limit=str(one.reference.limit or ""),
        without=one.effect.without,
        with_=one.effect.with_,
        reduction=one.effect.reduction,
        low=one.effect.low,
        high=one.effect.high,
        accuracy_without=one.accuracy[0],
        accuracy_with=one.accuracy[1],
        latency_without=one.latency[0],
        latency_with=one.latency[1],
        masks_gradients=one.effect.masks_gradients,
        seeds=one.seeds,
    )


def _why_not(threat: ThreatId, control: ControlId, catalog: Catalog, missing: Sequence[NotMeasured]) -> str:
    entry = catalog.controls[control]
    tried = next(
        (one.why for one in missing if one.control == control and threat in _threats(one.reference, catalog)), ""
    )
    if tried:
        return tried
    if entry.kind in ("organisational", "check"):
        return "it is a matter of people and procedure: nothing that an attack on a model could show"
    if not codes_for([control]):
        return "the lab has no code for this control on predictive models"
    return _no_reference(catalog.threats[threat])


def _no_reference(threat: Threat) -> str:
    if threat.kind in ("group", "generic", "risk_factor"):
        return "this is a family of threats: its members are measured"
    return "no reference experiment of the lab exercises this threat on a predictive model"


def write_table(table: MeasuredTable, file: Path) -> None:
    """Write the table as the catalogue reads it, whole or not at all."""
    write_atomic(file, msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
