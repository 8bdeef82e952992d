"""Rate limit: so many queries a caller and window, and so many over all callers."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import Guarded, Rows
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Predictor

Clock = Callable[[], float]
"""Seconds since whenever; never backwards. Read once for each query."""


class Paced:
    """A clock that goes on by the same time with every query: how an experiment lets hours pass, always alike."""

    def __init__(self, per_second: float) -> None:
        self._step = 1 / per_second
        self._queries = 0

    def __call__(self) -> float:
        """The time of the next query."""
        self._queries += 1
        return self._queries * self._step


class RateLimited(Guarded):
    """Refuses what comes when ``limit`` queries were answered within the last ``window`` seconds (a sliding log).

    What is refused does not count. ``total`` limits all callers together.
    """

    remembers: ClassVar[bool] = True

    def __init__(
        self, inner: Predictor, limit: int, window: float, *, total: int | None = None, clock: Clock = time.monotonic
    ) -> None:
        super().__init__(inner, "rate_limit")
        self._limit, self._window, self._clock = limit, window, clock
        self._total = math.inf if total is None else total
        self._answered: dict[str, deque[float]] = {}
        self._all: deque[float] = deque()
        self.breaches: dict[str, int] = {}
        """Caller -> how many of their queries were refused: a signal for whoever watches."""

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """Refuse from the query on that is one too many, until the window has moved on."""
        own = self._answered.setdefault(self.caller, deque())
        refused = np.array([not self._admitted(own) for _ in range(len(x))], np.bool_)
        if refused.any():
            self.breaches[self.caller] = self.breaches.get(self.caller, 0) + int(refused.sum())
        return x, refused

    def _admitted(self, own: deque[float]) -> bool:
        now = self._clock()
        for log in (own, self._all):
            while log and log[0] <= now - self._window:
                log.popleft()
        if len(own) >= self._limit or len(self._all) >= self._total:
            return False
        own.append(now)
        self._all.append(now)
        return True


class RateLimit(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Caps the queries of a caller.

    How much that hinders an attack depends on its patience, so an experiment says how fast the attacker sends: time
    goes by the queries sent, not by the clock on the wall, and the same experiment gives the same result.
    """

    id: ClassVar[ControlId] = ControlId("rate_limit")
    title: ClassVar[str] = "So many queries a window"

    limit: int = 1000
    """Queries that are answered to a caller within the window."""
    window: float = 3600.0
    """Seconds."""
    total: int | None = None
    """Queries that are answered to all callers together within the window."""
    pace: float | None = 10.0
    """Queries a second that are sent in an experiment; None: by the real clock."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.limit < 0 or self.window <= 0 or (self.pace is not None and self.pace <= 0):
            raise ValueError("a limit is 0 or more, a window and a pace are above 0")

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> RateLimited:
        """With counters at zero."""
        clock: Clock = time.monotonic if self.pace is None else Paced(self.pace)
        return RateLimited(target, self.limit, self.window, total=self.total, clock=clock)
