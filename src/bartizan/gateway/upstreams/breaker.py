"""A circuit breaker: an upstream that failed several times in a row is left alone for a while, then tried once.

Source: M. Nygard, Release It!, second edition, chapter 5, "Circuit Breaker".
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Closed: all may pass. Open: none. After its time one probe may pass; what becomes of it decides."""

    def __init__(self, after: int, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``after``: failures in a row that open it; 0: it never opens."""
        self._after = after
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Whether the upstream is left alone, or on probation."""
        return self._until > 0.0

    def is_ready(self) -> bool:
        """Whether one may pass now."""
        return not self.is_open or (not self._is_probing and self._clock() >= self._until)

    def seconds_left(self) -> float:
        """Until the next probe may pass."""
        return max(0.0, self._until - self._clock()) if self.is_open else 0.0

    def enter(self) -> bool:
        """Pass, if one may. Whoever passed says afterwards: `worked`, `failed` or `left`."""
        if not self.is_ready():
            return False
        self._is_probing = self.is_open
        return True

    def worked(self) -> None:
        """It answered."""
        self._failures, self._until, self._is_probing = 0, 0.0, False

    def failed(self) -> None:
        """It did not."""
        self._failures += 1
        if self._after and (self._is_probing or self._failures >= self._after):
            self._until = self._clock() + self._seconds
        self._is_probing = False

    def left(self) -> None:
        """Nobody waited for what became of it."""
        self._is_probing = False
