"""Which component of the register is which of a new description, whatever happened to its name meanwhile.

A component is its id. `renamed_from` says that it had another one, and stays in a description for good; so it is news
once, and whoever takes the old id later is somebody else. What was removed and comes back under its id is the same
again; where its id went to another component in between, what belonged to it is set aside as `id~version`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

import msgspec

from bartizan.core.evidence import Evidence
from bartizan.core.kept import Holding, KeptEvidence, KeptVersion
from bartizan.core.source import parse_yaml
from bartizan.core.terms import ComponentId, risk_id
from bartizan.register import systems
from bartizan.register.rows import Reader
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from bartizan.system.renames import news

Moves = dict[ComponentId, ComponentId]


def aside(place: str, version: int) -> ComponentId:
    """What a place is called whose name another component bears since this version."""
    owner, dot, implied = place.partition(".")
    return ComponentId(f"{owner}~{version}{dot}{implied}")


def moves_to(connection: Reader, name: str, before: KeptVersion, now: System, version: int) -> Moves:
    """Old id to new one, for all that the register holds of a system and that is called otherwise from now on."""
    was = _read(before.description, name)
    found = _unheard(connection, name, news(was, now), was)
    places = systems.places(connection, name)
    found |= _taken_back(was, now, {*found.values(), *places})
    arrived = {new for new in found.values() if new not in was.components}
    ghosts = {p for p in places - found.keys() if p not in was.components and p.partition(".")[0] in arrived}
    return found | {ComponentId(place): aside(place, version) for place in ghosts}


def _unheard(connection: Reader, name: str, found: Moves, was: System) -> Moves:
    """Without renames that an earlier version told of a part that is there since: said again, they are no news."""
    known = {new for new in found.values() if new in was.components}
    if not known:
        return found
    told = set()
    for one in systems.versions(connection, name)[1:]:  # the newest is the one that is handed in
        then = _read(one.description, name).components
        known &= then.keys()
        told |= {(old, new) for new in known for old in then[new].renamed_from}
        if not known:
            break
    return {old: new for old, new in found.items() if (old, new) not in told}


def _taken_back(was: System, now: System, taken: Collection[str]) -> Moves:
    """Renames that an older description, handed in again, undoes: the old id is there again, and the new one is not."""
    found: Moves = {}
    for part in was.components.values():
        for old in part.renamed_from:
            here = old in now.components and part.id not in now.components and old not in was.components
            if here and old not in taken and old not in found.values():
                found.setdefault(part.id, old)
    for implied in was.implied:
        owner, dot, rest = implied.partition(".")
        if dot and ComponentId(owner) in found:
            found.setdefault(implied, ComponentId(f"{found[ComponentId(owner)]}.{rest}"))
    return found


def called_otherwise(held: Holding, moves: Mapping[ComponentId, ComponentId]) -> Holding:
    """What is kept, with components called as another version of the description calls them."""
    if not moves:
        return held
    replace = msgspec.structs.replace

    def place(component: str) -> ComponentId:
        return moves.get(ComponentId(component), ComponentId(component))

    risks = tuple(
        replace(r, risk=risk_id(r.threat, place(r.component)), component=place(r.component)) for r in held.risks
    )
    names = {r.number: r.risk for r in risks}
    evidence = tuple(replace(one, evidence=_seen_at(one, names, place)) for one in held.evidence)
    controls = tuple(replace(c, component=place(c.component)) for c in held.controls)
    return replace(held, risks=risks, evidence=evidence, controls=controls)


def _seen_at(one: KeptEvidence, names: Mapping[int, str], place: Callable[[str], ComponentId]) -> Evidence:
    seen = one.evidence
    risk = names.get(one.risk_number or 0, seen.risk)
    return msgspec.structs.replace(seen, risk=risk, component=place(seen.component))


@lru_cache(maxsize=256)
def _read(text: str, name: str) -> System:
    """A description that was kept; whether the catalogue still knows all its names does not matter here."""
    return check_system(parse_yaml(text, f"{name}.yaml"))
