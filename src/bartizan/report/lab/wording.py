"""What was measured, in words: differences in points with their intervals, stacks of controls, outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bartizan.core.measurement import Measurement, Rate, RunOutcome

OUTCOMES: Final[Mapping[RunOutcome, str]] = {
    "measured": "measured",
    "unchanged": "changed nothing: a failed attack, no proof of safety",
    "not_applicable": "does not apply",
    "stopped": "stopped before it found anything",
    "failed": "failed",
}


def points(less: float, low: float, high: float) -> str:
    """A difference of shares with its interval: '38 points less (22 to 51)'; 'more' where it went the other way."""
    word = "less"
    if round(100 * less) < 0:
        less, low, high, word = -less, -high, -low, "more"
    return f"{number(100 * less)} points {word} ({number(100 * low)} to {number(100 * high)})"


def number(value: float) -> str:
    """Rounded to a whole number, with a real minus sign and no minus zero."""
    return f"{round(value) + 0:d}".replace("-", "−")


def signed(value: float, digits: int = 0) -> str:
    """With its sign, unless it is zero when rounded."""
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if not float(text) else text.replace("-", "−")


def percent(share: float) -> str:
    """A share in whole percent, with one digit near the ends."""
    return f"{100 * share:.0f} %" if share in (0, 1) or 0.01 <= share <= 0.99 else f"{100 * share:.1f} %"


def spread_of(rate: Rate) -> str:
    """A rate in percent with its interval, where the counts stand elsewhere."""
    if rate.value is None:
        return "nothing counted"
    low, high = rate.interval
    return f"{percent(rate.value)} ({percent(low)} to {percent(high)})"


def stack(controls: Sequence[str]) -> str:
    """The controls around a target in a line."""
    return " + ".join(controls) or "no control"


def named(run: Measurement) -> str:
    """What a run's attack is called."""
    return run.title or run.attack


def what_came(run: Measurement) -> str:
    """Why a run has no number."""
    return ": ".join(filter(None, (OUTCOMES[run.outcome] if run.outcome != "measured" else "nothing counted", run.why)))


def made_with(held_on: str, versions: Mapping[str, str], seeds: Sequence[int]) -> str:
    """Where numbers come from, for the foot of a picture or a page."""
    with_ = ", ".join(f"{name} {version}" for name, version in versions.items())
    of = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}" if seeds else ""
    return "; ".join(filter(None, ("bartizan lab", of, with_, held_on)))


def asked(run: Measurement) -> str:
    """How many queries, and what they would cost where a price is known; empty for none."""
    money = f" for {run.price.money:,.2f}" if run.price.money is not None else ""
    return f"{run.price.queries:,}{money}" if run.price.queries else ""
