"""How much of a column holds something, from the cells that were read of each batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Generic, TypeVar

import msgspec

from bartizan.core.interval import wilson

K = TypeVar("K", bound=Hashable)


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share of cells with its 95 % interval; a point where every cell was read."""

    share: float
    low: float
    high: float


class Drawn(Generic[K]):
    """Cells read of each batch, and what they stand for.

    Within a batch, values are drawn with the same chance each, and stand for the cells that could hold something;
    batches are strata. The interval is Wilson's at the effective sample size of L. Kish, Survey Sampling (1965),
    section 11.7: weights that differ make a sample worth less than its count.
    """

    def __init__(self) -> None:
        self.likely = 0
        """Cells that could hold something."""
        self.read = 0
        """Those of them that were read."""
        self._weights = self._squares = 0.0
        self._held: dict[K, float] = defaultdict(float)

    def add(self, likely: int, read: list[tuple[int, frozenset[K]]]) -> None:
        """One batch: cells that could hold something; of each value read, how many cells have it, and what it holds."""
        seen = sum(times for times, _ in read)
        self.likely += likely
        self.read += seen
        for times, held in read:
            weight = times * likely / seen
            self._weights += weight
            self._squares += weight * weight
            for one in held:
                self._held[one] += weight

    def share(self, one: K, hits: int, cells: int) -> Share:
        """The share among all cells of those that hold it; never below what was seen, `hits` cells."""
        least = hits / cells
        if not self.read:
            return Share(share=least, low=least, high=1.0)
        held = min(self._held[one] / self._weights, 1.0)
        part = self.likely / cells
        if self.read == self.likely:
            return Share(share=held * part, low=held * part, high=held * part)
        worth = max(int(self._weights * self._weights / self._squares), 1)
        low, high = wilson(min(round(held * worth), worth), worth)
        low, high = min(low, held), max(high, held)
        return Share(share=max(held * part, least), low=max(low * part, least), high=max(high * part, least))
