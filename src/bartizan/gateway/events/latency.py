"""How long things took, in bounded memory: a histogram of fixed, growing steps.

Each step is the fourth root of two wide, so a quantile is off by at most 9 % of itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

_LEAST_NS = 10_000
_STEPS = 4
_MOST = 140
"""Steps: up to more than four days."""


class Latencies:
    """Durations that were counted. They can be added to one another."""

    __slots__ = ("count", "steps")

    def __init__(self, steps: Iterable[tuple[int, int]] = ()) -> None:
        self.steps: dict[int, int] = dict(steps)
        self.count = sum(self.steps.values())

    def add(self, nanoseconds: int) -> None:
        """One more."""
        step = 0 if nanoseconds <= _LEAST_NS else min(_MOST, 1 + int(_STEPS * math.log2(nanoseconds / _LEAST_NS)))
        self.steps[step] = self.steps.get(step, 0) + 1
        self.count += 1

    def take_in(self, other: Latencies) -> None:
        """All of another one's, too."""
        for step, count in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + count
        self.count += other.count

    def quantile(self, share: float) -> float:
        """Seconds that this share of them took at most (from 0 to 1); 0.0 where there are none."""
        passed, wanted = 0, share * self.count
        for step in sorted(self.steps):
            passed += self.steps[step]
            if passed >= wanted:
                return float(_LEAST_NS * 2 ** ((step - 0.5) / _STEPS)) / 1e9
        return 0.0
