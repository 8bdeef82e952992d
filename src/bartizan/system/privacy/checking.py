"""What can be wrong with `privacy:` of a description beyond the shape of its parts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import nearest
from bartizan.core.source import PathKey
from bartizan.core.terms import SYSTEM, ControlStatus
from bartizan.system.privacy.schema import Measure, Privacy, Purpose

Finding = tuple[PathKey, str, str]
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_ID_FIX = "use lower-case letters, digits, - and _, starting with a letter, at most 64"


def privacy_problems(privacy: Privacy, kinds: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong, each with its path below `privacy`; ``kinds``: the components by id with their kind."""
    seen: set[str] = set()
    for i, purpose in enumerate(privacy.purposes):
        for path, finding, fix in _purpose(purpose, seen, kinds):
            yield ("purposes", i, *path), finding, fix
        seen.add(purpose.id)
    yield from _contradictions(privacy)
    yield from _people(privacy)
    yield from _measures(privacy, seen)


def _purpose(purpose: Purpose, seen: Collection[str], kinds: Mapping[str, str]) -> Iterator[Finding]:
    if not _ID.fullmatch(purpose.id):
        yield ("id",), f"'{purpose.id:.70}' is no id", _ID_FIX
    elif purpose.id == SYSTEM:
        yield ("id",), f"'{SYSTEM}' stands for the system as a whole", "choose another id"
    if purpose.id in seen:
        yield ("id",), f"the id '{purpose.id:.70}' is taken by another purpose", "give each its own id"
    for j, data in enumerate(purpose.data if isinstance(purpose.data, tuple) else ()):
        if data not in kinds:
            near = nearest(data, [name for name, kind in kinds.items() if kind == "data"])
            yield ("data", j), f"there is no component '{data:.70}'", near or "describe it under components"
        elif kinds[data] != "data":
            yield ("data", j), f"'{data}' is of kind {kinds[data]}, expected data", "name another component"
    yield from _purpose_contradictions(purpose)


def _purpose_contradictions(purpose: Purpose) -> Iterator[Finding]:
    known = purpose.basis not in {None, "unknown"}
    if purpose.balanced is True and known and purpose.basis != "legitimate_interests":
        finding = f"interests were weighed, but the basis is {purpose.basis}"
        yield ("balanced",), finding, "only legitimate_interests are weighed; remove 'balanced' or change the basis"
    if isinstance(purpose.special, tuple) and not purpose.special and purpose.special_basis not in {None, "unknown"}:
        yield ("special_basis",), "an exception for special categories, and none are in it", "remove one of the two"
    if purpose.collected_for and purpose.collected_for == purpose.id:
        yield ("collected_for",), "it is its own purpose of collection", "remove it, or name the other purpose"
    if purpose.compatible is not None and not purpose.collected_for:
        yield ("compatible",), "compatible with what?", "name the purpose of collection as collected_for"


def _contradictions(privacy: Privacy) -> Iterator[Finding]:
    if privacy.personal is False and privacy.purposes:
        yield ("personal",), "no data about people, but purposes for it", "remove 'personal: no', or the purposes"
    if privacy.excuses and isinstance(privacy.practices, tuple) and not privacy.practices:
        yield ("excuses",), "an exception, but it comes near no practice", "remove 'excuses', or name the practice"
    if isinstance(privacy.narrow_task, tuple) and privacy.narrow_task and privacy.areas == ():
        yield ("narrow_task",), "an exception of Annex III, but no area of it", "remove 'narrow_task', or name the area"
    decision = privacy.decision
    if decision.automation == "none" and decision.effect in {"legal", "similar"}:
        finding = "it decides nothing about people, but its decisions have an effect on them"
        yield ("decision", "automation"), finding, "make the two agree"


def _people(privacy: Privacy) -> Iterator[Finding]:
    for i, group in enumerate(privacy.people if isinstance(privacy.people, tuple) else ()):
        if group.how_many is not None and group.how_many < 0:
            yield ("people", i, "how_many"), f"{group.how_many} people", "write a number from 0 on, or leave it out"


def _measures(privacy: Privacy, purposes: Collection[str]) -> Iterator[Finding]:
    stated: set[tuple[str, str]] = set()
    for i, measure in enumerate(privacy.measures):
        yield from (((("measures", i, *path)), finding, fix) for path, finding, fix in _measure(measure, purposes))
        for place in measure.at or ("",):
            if (place, measure.duty) in stated:
                where = f"the purpose '{place:.70}'" if place else "all purposes"
                yield ("measures", i), f"'{measure.duty:.70}' is listed twice for {where}", "keep one status"
            stated.add((place, measure.duty))


def _measure(measure: Measure, purposes: Collection[str]) -> Iterator[Finding]:
    for j, place in enumerate(measure.at):
        if place not in purposes:
            near = nearest(place, purposes) or "describe it under purposes"
            yield ("at", j), f"there is no purpose '{place:.70}'", near
    for field, day in (("verified_on", measure.verified_on), ("due", measure.due)):
        if day and not is_date(day):
            yield (field,), f"'{day:.70}' is no date", DATE_FIX
    if measure.status is ControlStatus.NOT_APPLICABLE and not measure.reason:
        yield ("reason",), "it is said not to apply, without a reason", "say why"


def duty_problems(privacy: Privacy, duties: Mapping[str, str]) -> Iterator[Finding]:
    """What does not fit the duties of a catalogue, by id with where they are judged; paths are below `privacy`."""
    for i, measure in enumerate(privacy.measures):
        if measure.duty not in duties:
            near = nearest(measure.duty, duties) or "bartizan privacy --list shows them"
            yield ("measures", i, "duty"), f"there is no duty '{measure.duty:.70}'", near
        elif measure.at and duties[measure.duty] == SYSTEM:
            finding = f"'{measure.duty}' is judged for the system as a whole, not for a purpose"
            yield ("measures", i, "at"), finding, "remove 'at'"
