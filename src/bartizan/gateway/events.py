"""What is written down about each exchange: one event, however it ended."""

from __future__ import annotations

import abc

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.pipeline import Watch


class Ledger(abc.ABC):
    """Where events go."""

    @abc.abstractmethod
    async def write(self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int) -> None:
        """One exchange that is over. Times are perf_counter_ns; 0 where nothing left."""


class NoLedger(Ledger):
    """Keeps nothing."""

    async def write(self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int) -> None:
        """See `Ledger.write`."""
