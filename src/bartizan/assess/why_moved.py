"""Why a risk moved: the factors, the impact, the controls or the evidence that differ, each in words."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.catalog.entries import Catalog
from bartizan.core.dates import in_words
from bartizan.core.records import Risk
from bartizan.core.terms import ControlId


def why_moved(was: Risk, now: Risk, catalog: Catalog) -> tuple[str, ...]:
    """What differs between two ratings of one risk: factors that moved, the weightiest first, impact, controls, and
    evidence that no longer counts. What counts anew is told where it moves a factor or a control.
    """
    found = (
        *_likelihood(was, now, catalog),
        *_impact(was, now),
        *_controls(was, now, catalog),
        *_evidence(was, now),
    )
    return found or ("the scales differ",)


def _likelihood(was: Risk, now: Risk, catalog: Catalog) -> Iterator[str]:
    if was.inherent.likelihood == now.inherent.likelihood:
        return
    names = {factor.id: factor.name for factor in catalog.scales.factors}
    before = {factor.id: factor for factor in was.factors}
    moved = [f for f in now.factors if f.id in before and f.score != before[f.id].score]
    moved.sort(key=lambda f: (-f.weight * abs(f.score - before[f.id].score), f.id))
    for factor in moved:
        yield f"{names.get(factor.id, factor.id)} {before[factor.id].score} → {factor.score}: {factor.why}"
    if not moved:
        yield "the weights of the factors or the scale differ"


def _impact(was: Risk, now: Risk) -> Iterator[str]:
    if was.inherent.impact == now.inherent.impact:
        return
    head = f"impact {was.inherent.impact} → {now.inherent.impact}"
    fresh = [why for why in now.impact_why if why not in was.impact_why]
    lost = [why for why in was.impact_why if why not in now.impact_why]
    if fresh:
        yield f"{head}: {'; '.join(fresh)}"
    else:
        yield f"{head}: no longer: {'; '.join(lost)}" if lost else head


def _controls(was: Risk, now: Risk, catalog: Catalog) -> Iterator[str]:
    """What controls take off on one side only: the lines of the rating begin with the control's id."""
    before, after = (dict(line.split(": ", 1) for line in r.current.why if ": " in line) for r in (was, now))
    for control in sorted({*before, *after}):
        if before.get(control) == after.get(control):
            continue
        entry = catalog.controls.get(ControlId(control))
        name = entry.title if entry else control
        if control in after:
            yield f"{name}: {after[control]}"
        else:
            yield f"{name}: no longer {before[control]}"


def _evidence(was: Risk, now: Risk) -> Iterator[str]:
    uses = {(use.id, use.on, use.what): use for use in now.evidence}
    for old in was.evidence:
        new = uses.get((old.id, old.on, old.what))
        if old.effect in _COUNTS and (new is None or new.effect not in _COUNTS):
            name = f"evidence {old.id}" if old.id else f"evidence of {in_words(old.on)}"
            yield f"{name} no longer {old.effect} it: {new.why if new else 'it is gone'}"


_COUNTS = frozenset({"raises", "lowers"})
