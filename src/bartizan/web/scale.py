"""The steps of the scales in words, for pages over many systems: there the catalogue's scales hold for all."""

from __future__ import annotations

from bartizan.catalog.scales import Scales
from bartizan.report.wording import band


class Scale:
    """Words for levels, likelihoods and impacts; a step beyond a scale has the word of its end."""

    def __init__(self, scales: Scales) -> None:
        self.scales = scales
        self.steps = len(scales.levels)

    def level(self, step: int) -> str:
        """A level."""
        return band(self.scales.levels, step)

    def likelihood(self, step: int) -> str:
        """A likelihood."""
        return band(self.scales.likelihood, step)

    def impact(self, step: int) -> str:
        """An impact."""
        return band(self.scales.impact, step)

    @property
    def least(self) -> list[tuple[str, str]]:
        """Every level as the least that is asked for, the highest first."""
        top = self.steps
        return [(str(n), f"{n} {self.level(n)}" + ("" if n == top else " or higher")) for n in range(top, 0, -1)]
