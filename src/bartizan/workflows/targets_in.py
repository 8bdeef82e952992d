"""Which components of a description can be attacked, where each target is described, and where attacks on it show."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.records import Assessment
from bartizan.core.source import Document
from bartizan.core.terms import SYSTEM, ComponentId, ThreatId
from bartizan.core.transcript import SecretPlace, Surface
from bartizan.core.trial import Trial
from bartizan.report.dossier import Dossier
from bartizan.system.description import Data, DataRole, Model
from bartizan.system.graph import System
from bartizan.targets.place import Place


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Models with a target, by what stands behind them."""

    predictors: tuple[Model, ...]
    chats: tuple[Model, ...]


def targets_in(dossier: Dossier, components: Collection[ComponentId] = ()) -> Targets:
    """The targets of a description, or those that are named. Raises InputError where there is none, or no such."""
    models = [m for m in dossier.system.models if isinstance(m, Model) and m.target is not None]
    models = [m for m in models if not components or m.id in components]
    unknown = set(components) - {m.id for m in models}
    if unknown or not models:
        raise InputError(_no_target(dossier, unknown))
    return Targets(
        predictors=tuple(m for m in models if m.target is not None and m.target.chat is None),
        chats=tuple(m for m in models if m.target is not None and m.target.chat is not None),
    )


def _no_target(dossier: Dossier, unknown: set[ComponentId]) -> list[Problem]:
    file = dossier.system.file
    fix = "give the model 'target:', for example {rig: rig.py:build} or {chat: {kind: openai, url: ..., model: ...}}"
    if not unknown:
        return [Problem(file=file, finding="no model has a target to attack", fix=fix)]
    known = [m.id for m in dossier.system.models if isinstance(m, Model) and m.target is not None]
    return [
        Problem(file=file, finding=f"'{name}' is no model with a target", fix=nearest(name, known) or fix)
        for name in sorted(unknown)
    ]


def place_of(dossier: Dossier, component: ComponentId, *inside: str) -> Place:
    """Where the target of a component is described, or a part of it."""
    system = dossier.system
    index = next(i for i, one in enumerate(system.described.components) if one.id == component)
    document = Document(file=system.file, data=None, lines=dict(system.lines))
    return Place.of(document, ("components", index, "target", *inside))


def places_of(model: Model, system: System) -> tuple[ComponentId, ...]:
    """Where attacks on a model show: at the model, at its training data, at the system as a whole.

    Data that only serve to test or validate it are no place for poison in training.
    """
    named = model.trained_on if isinstance(model.trained_on, tuple) else ()
    parts = ((name, system.components.get(name)) for name in named)
    data = (name for name, part in parts if isinstance(part, Data) and part.role == "training")
    return (model.id, *data, SYSTEM)


def parts_of(model: Model, system: System) -> tuple[ComponentId, ...]:
    """Where attacks on a chat model show: at the model, what is inserted into its input, its tools, the system."""
    named = [one for one in (model.reads, model.tools) if isinstance(one, tuple)]
    return (model.id, *(part for parts in named for part in parts), *places_of(model, system)[1:])


def touched(model: Model, system: System, trial: Trial) -> tuple[ComponentId, ...]:
    """The parts of a chat model that a trial touched: the model, then the data that it came by or was after.

    Data are told apart by their role. The system prompt is touched only by who was after what lies in it.
    """
    roles = {_AFTER[trial.secret]} if trial.secret else {_BY.get(trial.surface, "retrieval")}
    data, others = [], []
    for name in parts_of(model, system)[1:]:
        part = system.components.get(name)
        if isinstance(part, Data):
            data += [name] if part.role in roles else []
        else:
            others.append(name)
    return (model.id, *data, *others)


_AFTER: dict[SecretPlace, DataRole | None] = {
    "system_prompt": "system_prompt",
    "document": "retrieval",
    "other_tenant": "retrieval",
    "memory": "memory",
    "other_session": "memory",
    "tool": None,
}
_BY: dict[Surface, DataRole] = {"memory": "memory"}


def threats_at(assessment: Assessment, places: tuple[ComponentId, ...]) -> frozenset[ThreatId]:
    """The threats that are risks at these places, and the ways in which they happen."""
    there = [risk for risk in assessment.risks if risk.component in places]
    return frozenset(threat for risk in there for threat in (risk.threat, *risk.ways))
