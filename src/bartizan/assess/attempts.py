"""Counts in words: no rate without how many were tried, and how far it may be off."""

from __future__ import annotations

from bartizan.core.dates import in_words
from bartizan.core.evidence import Evidence
from bartizan.core.interval import wilson


def is_counted(seen: Evidence) -> bool:
    """Whether something was tried, and no more succeeded than was tried."""
    return seen.counts is not None and 0 <= seen.counts[0] <= seen.counts[1]


def attempts(seen: Evidence) -> str:
    """How often it succeeded, and when; empty where nothing was counted.

    Such as 'succeeded in 12 of 200 attempts, 6 % (3–10 %), 3 May 2026'.
    """
    if seen.counts is None or not is_counted(seen):
        return ""
    hits, trials = seen.counts
    low, high = wilson(hits, trials)
    times = "attempt" if trials == 1 else "attempts"
    rate = f"{_number(hits / trials)} % ({_number(low)}–{_number(high)} %)"
    return f"succeeded in {hits} of {trials} {times}, {rate}, {in_words(seen.held_on)}"


def leaves_open(seen: Evidence) -> str:
    """What the width of the interval means: '0 of 10 leaves up to 28 %'. Empty where nothing was counted."""
    if seen.counts is None or not is_counted(seen):
        return ""
    hits, trials = seen.counts
    low, high = wilson(hits, trials)
    return f"{hits} of {trials} leaves {'up to' if not hits else f'{_number(low)} to'} {_number(high)} %"


def _number(share: float) -> str:
    """Per cent, in whole points; in tenths below one and near a hundred, so that neither end looks reached."""
    if 0 < share < 0.0005:
        return "<0.1"
    if 0 < share < 0.0095 or 0.995 <= share < 1:
        return f"{min(share, 0.999):.1%}".rstrip("%")
    return f"{share:.0%}".rstrip("%")
