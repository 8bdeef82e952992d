"""Identity survives edits: which component of now is which of before."""

from __future__ import annotations

from bartizan.core.terms import ComponentId
from bartizan.system.graph import System


def new_names(system: System) -> dict[ComponentId, ComponentId]:
    """Old id -> present id, from `renamed_from`; what a renamed model implied is renamed with it."""
    found = {old: part.id for part in system.components.values() for old in part.renamed_from}
    for implied in system.implied:
        owner, dot, rest = implied.partition(".")
        for old, new in tuple(found.items()):
            if dot and new == owner:
                found.setdefault(ComponentId(f"{old}.{rest}"), implied)
    return found


def match(before: System, after: System) -> dict[ComponentId, ComponentId]:
    """Id before -> id after for every component that is on both sides, whichever side tells of the renaming."""
    forward = new_names(after)
    backward = {new: old for old, new in new_names(before).items()}
    pairs = {}
    for component in before.components:
        guesses = (component, forward.get(component), backward.get(component))
        found = next((g for g in guesses if g is not None and g in after.components), None)
        if found is not None:
            pairs[component] = found
    return pairs


def news(before: System, after: System) -> dict[ComponentId, ComponentId]:
    """Old id -> new id for the renames that the later description tells and the earlier one did not.

    `renamed_from` stays in a description for good, so it is news only where the old id was in use before and whoever
    bears the new one did not say so yet; a later component may then take the old id without being mistaken for it.
    What a renamed model implied is renamed with it. Where two claim the same old id, the first has it.
    """
    found: dict[ComponentId, ComponentId] = {}
    for part in after.components.values():
        known = before.components.get(part.id)
        said = known.renamed_from if known is not None else ()
        for old in part.renamed_from:
            if old in before.components and old not in said and old != part.id:
                found.setdefault(old, part.id)
    for implied in before.implied:
        owner, dot, rest = implied.partition(".")
        new = found.get(ComponentId(owner))
        if dot and new is not None:
            found.setdefault(implied, ComponentId(f"{new}.{rest}"))
    return found
