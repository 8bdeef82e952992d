"""How far a rate may be from what was counted: no number is shown, and no risk lowered, without its interval."""

from __future__ import annotations

import math

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a rate, both ends within 0 and 1; (0, 1) when nothing was tried.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927),
    without continuity correction. Raises ValueError where hits do not lie within 0 and trials.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials")
    if trials == 0:
        return 0.0, 1.0
    rate, square = hits / trials, _Z * _Z / trials
    middle = (rate + square / 2) / (1 + square)
    half = _Z / (1 + square) * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == trials else min(1.0, middle + half)
    return low, high
