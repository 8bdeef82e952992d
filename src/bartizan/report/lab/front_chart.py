"""A front as charts: what attacks win against what honest users keep, and against what an answer takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bartizan.core.front import Front, Setting
from bartizan.report.lab.chart import Axis, Chart, Spot, around
from bartizan.report.lab.wording import made_with, percent, spread_of


def finding(front: Front) -> str:
    """What the front says, in a sentence."""
    best = next((one for one in front.settings if one.label == front.recommended), None)
    if best is None:
        return f"No setting of {front.control} is recommended: {front.why or 'nothing was measured'}"
    bare = next((one for one in front.settings if not one.control), None)
    instead = f" instead of {spread_of(bare.success)}" if bare is not None and bare is not best else ""
    name = f"{best.label} of {front.control}" if best.control else f"the target without {front.control}"
    return (
        f"Take {name}: attacks succeed on {spread_of(best.success)}{instead}, "
        f"and {spread_of(best.accuracy)} of honest answers are right"
    )


def foot(front: Front) -> str:
    """Source, seeds and date."""
    seeds = sorted({seed for one in front.settings for seed in one.seeds})
    attacked = f"{front.rig}, attacked by {', '.join(front.attacks)}" if front.attacks else front.rig
    limit = f"within {front.limit}" if front.limit else ""
    return "; ".join(filter(None, (attacked, limit, "95 % intervals", made_with(front.held_on, front.versions, seeds))))


def front_charts(front: Front) -> tuple[Chart, Chart]:
    """Security against utility, and security against latency; the same setting has the same key in both."""
    kept = [one for one in front.settings if one.success.value is not None]
    success = Axis(words="Attacks that succeed", low=0, high=1, percent=True)
    right = [end for one in kept if one.accuracy.trials for end in one.accuracy.interval] or [0.5, 1.0]
    low, high = around(min(right), max(right), least=0.1, most=1.0, floor=0.0)
    slow = [one.latency_ms for one in kept] or [0.0]
    fast, slowest = around(min(slow), max(slow), least=max(0.02, 0.2 * max(slow)), floor=0.0)
    utility = Axis(words="Honest answers that are right", low=low, high=high, percent=True)
    time = Axis(words="Time of a single answer, in milliseconds", low=fast, high=slowest)
    return (
        Chart(
            name="utility",
            title="Down and to the right is better: fewer attacks succeed, more answers are right",
            x=utility,
            y=success,
            spots=_spots(front, kept, lambda one: one.accuracy.value or 0.0, exact=False),
            step=_step([one for one in kept if one.on_front], lambda one: one.accuracy.value or 0.0),
            foot=foot(front),
        ),
        Chart(
            name="latency",
            title="Down and to the left is better: fewer attacks succeed, answers come sooner",
            x=time,
            y=success,
            spots=_spots(front, kept, lambda one: one.latency_ms, exact=True),
            foot=foot(front),
        ),
    )


def _spots(
    front: Front, settings: Sequence[Setting], x: Callable[[Setting], float], *, exact: bool
) -> tuple[Spot, ...]:
    made = []
    for key, one in enumerate(settings):
        chosen = one.label == front.recommended
        low, high = one.success.interval
        left, right = (None, None) if exact or not one.accuracy.trials else one.accuracy.interval
        made.append(
            Spot(
                x=x(one),
                y=one.success.value or 0.0,
                label=f"{one.label}, recommended" if chosen else one.label,
                said=said(front, one),
                x_low=left,
                x_high=right,
                y_low=low,
                y_high=high,
                shape="star" if chosen else "cross" if one.masks_gradients else "dot" if one.on_front else "ring",
                strong=chosen or not one.control,
                key=key,
            )
        )
    return tuple(made)


def _step(settings: Sequence[Setting], x: Callable[[Setting], float]) -> tuple[float, ...]:
    """The front in these two respects alone, from left to right."""
    pairs = sorted({(x(one), one.success.value or 0.0) for one in settings})
    kept = [pair for pair in pairs if not any(o != pair and o[0] >= pair[0] and o[1] <= pair[1] for o in pairs)]
    return tuple(value for pair in kept for value in pair)


def said(front: Front, one: Setting) -> str:
    """All that is known of a setting, in a line."""
    stands = (
        "recommended" if one.label == front.recommended else "",
        "nothing else is better in every respect" if one.on_front else "another setting beats it",
        "meets what was stated" if one.meets else "does not meet what was stated",
        "hides gradients more than it protects" if one.masks_gradients else "",
    )
    return (
        f"{one.label}: attacks succeed on {one.success}; accuracy {one.accuracy}; "
        f"{one.latency_ms:.2f} ms an answer; {', '.join(filter(None, stands))}"
    )


def beats(front: Front) -> str:
    """How many settings are worth choosing from."""
    good = sum(one.on_front for one in front.settings)
    meet = sum(one.meets for one in front.settings)
    share = percent(good / len(front.settings)) if front.settings else ""
    return (
        f"{good} of {len(front.settings)} settings ({share}) are worth choosing from: nothing else is better in "
        f"every respect. {meet} {'meets' if meet == 1 else 'meet'} what was stated: {front.appetite}."
        if front.settings
        else "No setting was measured."
    )
