"""What a gateway saw, as evidence on the risks of a system: events become observations, and the register keeps them.

Of the exchanges in which a guard recognised an attempt, how many went on unhindered, because the guard only watched?
That share is evidence about the bare target: it may raise a likelihood. What was stopped is kept as well, with the
control in front; it is never marked strong, so it lowers nothing: nobody knows what was not recognised.
A guard that did not work is evidence about its control: it was found failing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import msgspec

from bartizan import __version__
from bartizan.controls.chat.registry import chat_guard_names, chat_guard_type
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.evidence import Evidence
from bartizan.core.records import Risk
from bartizan.core.terms import SYSTEM, ControlId
from bartizan.gateway.events.observing import Observation, observations
from bartizan.gateway.events.reading import Wanted, read_events
from bartizan.workflows.desk import Desk, Kept
from bartizan.workflows.gateway_policy_places import models_of
from bartizan.workflows.keeping import look

TOOL = "bartizan gateway"
ROUTINE = frozenset(
    {
        "model_access_control",
        "augmentation_data_confidentiality",
        "augmentation_data_integrity",
        "input_segregation",
        "encode_model_output",
        "obscure_confidence",
        "model_input_confidentiality",
    }
)
"""Guards that change or refuse what is no attack: what they do says nothing of how often somebody tries."""
_FAILING = 0.01
"""The share of judgements that a guard may fail at before it counts as not working."""
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the events of a folder would add to a system; nothing is kept of it yet."""

    exchanges: int
    evidence: tuple[Evidence, ...]
    elsewhere: tuple[str, ...]
    """Models that were asked and that no component of the system is."""


def read(desk: Desk, system: str, folder: Path, *, component: str = "", since: str = "", by: str = "") -> Seen:
    """What the events in a folder say of a system's risks. Raises InputError, NotFound."""
    if not folder.is_dir():
        raise InputError([Problem(file=str(folder), finding="there is no such folder", fix="name the events' folder")])
    if since and not _MOMENT.fullmatch(since):
        raise InputError([Problem(file="--since", finding=f"'{since:.40}' is no day", fix="such as 2026-11-22")])
    kept = look(desk, system)
    places = _places(kept, component)
    try:
        events = list(read_events(folder, Wanted(since=since)))
    except OSError as error:
        raise InputError([Problem(file=str(folder), finding=f"cannot be read: {error.strerror or error}")]) from None
    known = {row.risk for row in kept.holding.risks}
    risks = [one for one in kept.assessment.risks if one.id in known]
    found, elsewhere = list[Evidence](), dict[str, None]()
    for one in observations(events):
        if one.rule:
            continue
        where = places(one.model)
        if where:
            found += _of(one, [risk for risk in risks if risk.component in where], by)
        else:
            elsewhere[one.model] = None
    return Seen(exchanges=len(events), evidence=tuple(_together(found)), elsewhere=tuple(elsewhere))


class _Places:
    """Which component a model's name in an event stands for."""

    def __init__(self, by_model: dict[str, tuple[str, ...]], otherwise: tuple[str, ...]) -> None:
        self._by_model, self._otherwise = by_model, otherwise

    def __call__(self, model: str) -> tuple[str, ...]:
        return self._by_model.get(model, self._otherwise)


def _places(kept: Kept, component: str) -> _Places:
    system = kept.dossier.system
    if component:
        if component not in {*map(str, system.components), SYSTEM}:
            fix = nearest(component, system.components)
            raise InputError([Problem(file="--at", finding=f"there is no component '{component:.100}'", fix=fix)])
        return _Places({}, (component,))
    models = models_of(system)
    named: dict[str, tuple[str, ...]] = {}
    for one in models:
        name = one.target.chat.model if one.target and one.target.chat else ""
        if name:
            named[name] = (*named.get(name, ()), str(one.id))
    return _Places(named, (str(models[0].id),) if len(models) == 1 else ())


def _of(one: Observation, risks: Collection[Risk], by: str) -> Iterator[Evidence]:
    controls = _controls(one.guard) or (one.control,)
    yield from _failing(one, by)
    if one.control in ROUTINE:
        return
    stopped = one.blocked + one.asked_person + (one.changed if one.control == "prompt_injection_io_handling" else 0)
    for risk in risks:
        if not any(advice.control in controls for advice in risk.controls):
            continue
        if one.watched_only:
            yield _about(one, risk, min(one.watched_only, one.exchanges), min(one.watched_only, one.exchanges), by)
        if stopped:
            yield _about(one, risk, 0, min(stopped, one.exchanges), by)


def _controls(guard: str) -> tuple[ControlId, ...]:
    if guard not in chat_guard_names():
        return ()
    kind = chat_guard_type(guard)
    return (kind.id, *kind.serves)


def _about(one: Observation, risk: Risk, hits: int, trials: int, by: str) -> Evidence:
    went = "went on, since it only watched" if hits else "were stopped"
    return Evidence(
        risk=risk.id,
        what=f"attempts that {one.guard} recognised in use and that {went}",
        kind="event",
        target=one.model,
        held_on=one.last[:10],
        hits=hits,
        trials=trials,
        with_controls=() if hits else (one.control,),
        tool=TOOL,
        version=one.version or __version__,
        by=by,
        note=(
            f"From {one.first} to {one.last}: {one.exchanges} exchanges, {one.sessions} sessions, policy "
            f"{one.policy[:12] or 'unknown'}. Recognised is not proven, and what was not recognised is not counted."
        ),
    )


def _failing(one: Observation, by: str) -> Iterator[Evidence]:
    if not one.failed or one.failed < _FAILING * one.asked:
        return
    yield Evidence(
        control=one.control,
        what=f"{one.guard} crashed, ran out of time or was skipped {one.failed} times of {one.asked}",
        kind="event",
        target=one.model,
        held_on=one.last[:10],
        passed=False,
        tool=TOOL,
        version=one.version or __version__,
        by=by,
    )


def _together(found: Iterable[Evidence]) -> Iterator[Evidence]:
    """Pieces about the same in one: several policies and suppliers may have held in the time."""
    groups: dict[tuple[str, str, str, str, tuple[ControlId, ...]], Evidence] = {}
    for one in found:
        key = (one.risk, one.control, one.target, re.sub(r"\d+", "", one.what), one.with_controls)
        was = groups.get(key)
        groups[key] = one if was is None else _sum(was, one)
    yield from groups.values()


def _sum(one: Evidence, other: Evidence) -> Evidence:
    newer = max(one, other, key=lambda each: each.held_on)
    if one.hits is None or other.hits is None:
        return newer
    hits, trials = one.hits + other.hits, (one.trials or 0) + (other.trials or 0)
    return msgspec.structs.replace(newer, hits=hits, trials=trials)
