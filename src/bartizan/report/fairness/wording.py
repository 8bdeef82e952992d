"""Words for numbers within intervals, limits and what cannot be said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import NOT_STATED, Fairness, Grouping, Kept, MetricFound
from bartizan.tables.fairness.counting import Flips
from bartizan.tables.fairness.individual import Closer, Proxy
from bartizan.tables.fairness.metrics import METRICS
from bartizan.tables.fairness.resampling import Estimate

KEPT: Final[dict[Kept, str]] = {"kept": "kept", "broken": "BROKEN", "unknown": "not shown to be kept"}


def number(one: Estimate) -> str:
    """A number with its interval."""
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def estimate(one: Estimate | None) -> str:
    """A number with its interval, or that there is none."""
    return number(one) if one is not None else "not assessable"


def between(found: MetricFound) -> str:
    """Which groups lie farthest apart; or why nothing is said."""
    if found.estimate is None:
        return found.why
    if found.metric == "calibration":
        return f"widest: {found.highest}"
    return (
        f"lowest: {found.lowest}, highest: {found.highest}" if found.estimate.value not in (0, 1) else "no difference"
    )


def limit(found: MetricFound) -> str:
    """A limit and whether it is kept; empty where there is none."""
    if found.kept is None:
        return ""
    word = "at least" if METRICS[found.metric].is_ratio else "at most"
    return f"{word} {found.limit:g}: {KEPT[found.kept]}"


def verdict(fairness: Fairness) -> str:
    """What came of the limits, in a sentence."""
    limits = [found.kept for _, found in fairness.limits]
    if not limits:
        return "No limit was set: what lies between groups is told, and nothing is judged."
    counts = {kept: limits.count(kept) for kept in KEPT}
    if counts["kept"] == len(limits):
        return f"All {len(limits)} limits are kept." if len(limits) > 1 else "The limit is kept."
    told = [f"{counts[kept]} {words}" for kept, words in KEPT.items() if counts[kept]]
    return f"Of {len(limits)} limit{'s' * (len(limits) > 1)}: {', '.join(told)}."


def people(fairness: Fairness) -> str:
    """Who was counted, and who was not."""
    left = "".join(f"; {count:,} left out: {reason}" for reason, count in fairness.left.items())
    return f"{fairness.people:,} of {fairness.rows:,} rows{left}"


def tradeoff(one: Grouping, asked: Asked) -> str:
    """What cannot all be had in a grouping; empty where nothing is known against it."""
    base = next((found.estimate for found in one.metrics if found.metric == "base_rate_difference"), None)
    if base is None or base.low <= 0:
        return ""
    scores = "calibration, " if asked.score else ""
    return (
        f"Groups by {one.name} differ in the truth itself by {number(base)}. Then {scores}predictive parity and equal "
        "error rates cannot all hold unless every decision is right, and decisions that are all right would break "
        f"demographic parity by that much: choose by which error hurts whom."
    )


def closer(found: Closer) -> Iterator[str]:
    """What features tell of attributes, and whether people who are alike in them fare alike."""
    for one in found.proxies:
        if one.is_used:
            yield f"{one.attribute} is among the features: nothing is decided unaware of it"
        elif one.told is None:
            yield f"{one.attribute}: not assessable, {one.why}"
        else:
            yield (
                f"{one.attribute} can be told from the features with a balanced accuracy of {number(one.told)}, where "
                f"guessing has {one.by_chance:.3f}: {_unaware(one)}"
            )
    alike = found.consistency
    if alike.value is None:
        yield f"consistency: not assessable, {alike.why}"
    else:
        yield (
            f"consistency: {number(alike.value)}, how far each of {alike.people:,} people is decided about as the "
            f"{alike.neighbours} most alike are; 1 is best, and {alike.by_chance:.3f} is by chance"
        )


def _unaware(one: Proxy) -> str:
    assert one.told is not None
    if one.told.low > one.by_chance + 0.1:
        return "leaving it out does not make decisions unaware of it"
    return "little of it is in them" if one.told.high < one.by_chance + 0.1 else "how much of it is in them is not sure"


def flip(one: Flips) -> str:
    """What changing one attribute alone does to the decisions of a group."""
    group = NOT_STATED if one.group is None else one.group
    changed = one.to_favourable + one.to_unfavourable
    return (
        f"{one.attribute} {group}: {changed:,} of {one.people:,} decisions change with {one.attribute} alone, "
        f"{one.to_favourable:,} to favourable and {one.to_unfavourable:,} to unfavourable"
    )
