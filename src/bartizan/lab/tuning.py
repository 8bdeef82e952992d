"""Tuning: sweep a control's parameters, draw the front of security, utility and latency, recommend a point on it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bartizan.controls.control import Control
from bartizan.core.front import Appetite, Front, Setting
from bartizan.core.measurement import Measurement, Rate
from bartizan.lab.cell import Cell, in_words
from bartizan.lab.effect import masking, worst_case
from bartizan.lab.seeing import BY_GRADIENT

WITHOUT = "without"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A setting to try."""

    label: str
    control: Control | None


def candidates(control: Control, sweep: Mapping[str, Sequence[Any]]) -> tuple[Candidate, ...]:
    """The target without the control, then every combination of the swept values, the others as in ``control``.

    Raises ValueError for a parameter that the control does not have, or a value that it refuses.
    """
    known = {field.name for field in msgspec.structs.fields(control)}
    strange = sorted(set(sweep) - known)
    if strange:
        raise ValueError(
            f"'{strange[0]}' is no parameter of {control.name}; it has {', '.join(sorted(known)) or 'none'}"
        )
    found = [Candidate(label=WITHOUT, control=None)]
    for values in itertools.product(*sweep.values()):
        given = dict(zip(sweep, values, strict=True))
        label = ", ".join(f"{name}={value}" for name, value in given.items())
        made = msgspec.convert({**msgspec.structs.asdict(control), **given}, type(control), strict=True)
        found.append(Candidate(label=label, control=made))
    return tuple(found)


def cells_for(cells: Sequence[Cell], tried: Sequence[Candidate]) -> tuple[Cell, ...]:
    """The attacks and seeds of an experiment, whatever controls it names, against each candidate."""
    stripped = (msgspec.structs.replace(cell, controls=()) for cell in cells)
    bare = {repr(cell): cell for cell in stripped}.values()
    stacks = [(one.control,) if one.control is not None else () for one in tried]
    return tuple(msgspec.structs.replace(cell, controls=stack) for cell in bare for stack in stacks)


def front_of(control: str, tried: Sequence[Candidate], measured: Sequence[Measurement], appetite: Appetite) -> Front:
    """What the measurements of a sweep say. Candidates that were not measured, or do not apply, are left out."""
    settings = [made for one in tried if (made := _setting(one, measured)) is not None]
    without = next((one for one in settings if one.label == WITHOUT), None)
    marked = [
        msgspec.structs.replace(one, on_front=_on_front(one, settings), meets=_meets(one, without, appetite))
        for one in settings
    ]
    best, why = _recommended(marked, appetite)
    some = measured[0] if measured else None
    return Front(
        control=control,
        rig=some.rig if some else "",
        attacks=tuple(dict.fromkeys(run.title or run.attack for run in measured)),
        limit=some.limit if some else "",
        appetite=appetite,
        settings=tuple(marked),
        recommended=best,
        why=why,
        held_on=some.held_on if some else "",
        versions=some.versions if some else {},
    )


def _setting(one: Candidate, measured: Sequence[Measurement]) -> Setting | None:
    stack = (in_words(one.control),) if one.control is not None else ()
    runs = [run for run in measured if run.controls == stack and run.counts]
    if not runs:
        return None
    seeds = tuple(sorted({run.seed for run in runs}))
    each = [worst_case([run for run in runs if run.seed == seed])[0] for seed in seeds]
    accuracy = {run.seed: run.price.accuracy for run in runs if run.price.accuracy is not None}
    latency = sorted(run.price.latency_ms for run in runs if run.price.latency_ms is not None)
    return Setting(
        label=one.label,
        control=stack[0] if stack else "",
        success=_sum(each),
        accuracy=_sum(list(accuracy.values())),
        latency_ms=latency[len(latency) // 2] if latency else 0.0,
        seeds=seeds,
        masks_gradients=masking(runs, BY_GRADIENT),
    )


def _sum(rates: Sequence[Rate]) -> Rate:
    return Rate(hits=sum(rate.hits for rate in rates), trials=sum(rate.trials for rate in rates))


def _costs(one: Setting) -> tuple[float, float, float]:
    """The less the better, each: success, errors, milliseconds (to a tenth: less is noise)."""
    return one.success.value or 0.0, 1 - (one.accuracy.value or 0.0), round(one.latency_ms, 1)


def _on_front(one: Setting, settings: Sequence[Setting]) -> bool:
    mine = _costs(one)
    return not any(
        all(a <= b for a, b in zip(_costs(other), mine, strict=True)) and _costs(other) != mine for other in settings
    )


def _meets(one: Setting, without: Setting | None, appetite: Appetite) -> bool:
    lost = ((without.accuracy.value or 0.0) if without else 0.0) - (one.accuracy.value or 0.0)
    return (
        (appetite.success is None or one.success.interval[1] <= appetite.success)
        and (appetite.accuracy_loss is None or lost <= appetite.accuracy_loss)
        and (appetite.latency_ms is None or one.latency_ms <= appetite.latency_ms)
    )


def _recommended(settings: Sequence[Setting], appetite: Appetite) -> tuple[str, str]:
    """Of those that meet what was stated, the most accurate one that masks nothing; then the fastest."""
    fit = [one for one in settings if one.meets and not one.masks_gradients]
    if not fit:
        hidden = " that does not merely hide gradients" if any(one.meets for one in settings) else ""
        return "", f"no setting{hidden} meets what was stated: {appetite}"
    best = min(fit, key=lambda one: (_costs(one)[1], _costs(one)[0], one.latency_ms))
    return best.label, f"it meets what was stated ({appetite}) and keeps the most accuracy of those that do"
