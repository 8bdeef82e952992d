"""The system as it is judged: its description, with the register's word on controls in place of the description's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from bartizan.core.kept import KeptControl
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, ControlStatus
from bartizan.system.description import ControlInPlace
from bartizan.system.graph import System


def as_judged(system: System, kept: Iterable[KeptControl]) -> System:
    """The system with the register's word on controls, and without word of renames.

    The register takes nobody's word that a control is verified: it counts as implemented, and evidence lifts it. Names
    are those of today already, so a `renamed_from` would only send what belongs to a part that is gone to another one.
    """
    said = {(one.control, one.component): one for one in kept}
    described = system.described
    if not said and not any(part.renamed_from for part in described.components):
        return system
    components = tuple(
        msgspec.structs.replace(part, renamed_from=()) if part.renamed_from else part for part in described.components
    )
    controls = (*_declared(system, said), *_ours(system, said)) if said else described.controls
    changed = msgspec.structs.replace(described, components=components, controls=controls)
    return System(changed, file=system.file, lines=system.lines)


_Said = Mapping[tuple[str, str], KeptControl]


def _declared(system: System, said: _Said) -> Iterator[ControlInPlace]:
    """What is left of the description's word where the register says otherwise at some place, or everywhere."""
    for one in system.described.controls:
        if (one.control, "") in said:
            continue
        gone = {place for control, place in said if control == one.control}
        places = one.at or (_everywhere(system) if gone else ())
        left = tuple(place for place in places if place not in gone)
        if left or not gone:
            yield msgspec.structs.replace(one, at=left)


def _ours(system: System, said: _Said) -> Iterator[ControlInPlace]:
    """The register's word; one on the whole system holds where it says nothing of the place."""
    for (control, component), one in said.items():
        special = {place for other, place in said if other == control and place}
        places: tuple[ComponentId, ...] = (ComponentId(component),) if component else ()
        if not component and special:
            places = tuple(place for place in _everywhere(system) if place not in special)
            if not places:
                continue
        yield ControlInPlace(
            control=ControlId(control),
            status=ControlStatus.IMPLEMENTED if one.status is ControlStatus.VERIFIED else one.status,
            at=places,
            owner=one.owner,
            due=one.due,
            reason=one.reason,
        )


def _everywhere(system: System) -> tuple[ComponentId, ...]:
    return (*system.components, SYSTEM)
