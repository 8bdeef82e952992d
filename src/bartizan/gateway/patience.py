"""A limit on how long something may be waited for, at almost no cost for each wait.

One timer looks now and then how long the wait has lasted; beginning and ending a wait only note the time. A wait is
ended when it has lasted as long as it may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Patience:
    """Calls ``on_late`` once, when a wait has lasted too long. Close it at the end."""

    __slots__ = ("_began", "_loop", "_on_late", "_seconds", "_timer", "is_late")

    def __init__(self, seconds: float, on_late: Callable[[], None]) -> None:
        self._seconds = seconds
        self._on_late = on_late
        self._loop = asyncio.get_running_loop()
        self._began = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.is_late = False

    def begin(self) -> None:
        """A wait begins."""
        self._began = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)

    def end(self) -> None:
        """It is over."""
        self._began = 0.0

    def close(self) -> None:
        """Nothing is waited for any more."""
        self._began = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        waited = self._loop.time() - self._began if self._began else 0.0
        if waited >= self._seconds * 0.999:
            self._timer = None
            self.is_late = True
            self._on_late()
            return
        self._timer = self._loop.call_later(self._seconds - waited, self._look)
