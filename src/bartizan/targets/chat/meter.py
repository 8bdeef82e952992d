"""What a chat target may be asked, and what it has been asked: one meter for all requests of a test, at its border.

Whoever sends a request calls `admit` before and `spent` after it. Nothing in an attack counts its own requests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from bartizan.core.chat import Usage
from bartizan.core.chat_spec import TokenPrice
from bartizan.core.errors import BudgetSpent


class ChatBudget(msgspec.Struct, frozen=True, kw_only=True):
    """Hard limits. None: no limit."""

    requests: int | None = None
    tokens: int | None = None
    """Input and output together, as the endpoint counts them; where it tells nothing, a token is four bytes."""
    money: float | None = None
    """In the owner's currency, by the price that the description states."""
    seconds: float | None = None
    """By the clock, from the first request."""


class Meter:
    """Counts, limits, and keeps so many requests in flight at most."""

    def __init__(
        self,
        budget: ChatBudget | None = None,
        *,
        price: TokenPrice | None = None,
        concurrency: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget = budget or ChatBudget()
        self.price = price
        self.usage = Usage()
        self._admitted = 0
        self._started: float | None = None
        self._clock = clock
        self._slots = asyncio.Semaphore(concurrency)

    @property
    def money(self) -> float | None:
        """What was spent so far; None where no price is known."""
        return self.money_for(self.usage)

    def money_for(self, usage: Usage) -> float | None:
        """What so many tokens cost; None where no price is known."""
        return None if self.price is None else self.price.of(usage)

    @asynccontextmanager
    async def request(self) -> AsyncIterator[Callable[[Usage], None]]:
        """One request: waits for a free slot, checks the budget, and gives the function that counts what it took.

        Raises BudgetSpent before anything is sent, and where the time is over before the answer came. A request that
        failed counts as one all the same.
        """
        async with self._slots:
            self._admit()
            told: list[Usage] = []
            limit = asyncio.timeout(self.left)
            try:
                async with limit:
                    yield told.append
            except TimeoutError:
                if not limit.expired():
                    raise
                raise BudgetSpent(f"the budget is spent: {self.budget.seconds or 0.0:.0f} seconds") from None
            finally:
                for usage in told:
                    self.usage = self.usage + usage

    @property
    def left(self) -> float | None:
        """Seconds that are left, at least 0; None: no limit."""
        if self.budget.seconds is None:
            return None
        spent = 0.0 if self._started is None else self._clock() - self._started
        return max(0.0, self.budget.seconds - spent)

    def _admit(self) -> None:
        now = self._clock()
        self._started = now if self._started is None else self._started
        why = self._over(now - self._started)
        if why:
            raise BudgetSpent(f"the budget is spent: {why}")
        self._admitted += 1

    def _over(self, elapsed: float) -> str:
        budget, used = self.budget, self.usage
        if budget.requests is not None and self._admitted >= budget.requests:
            return f"{self._admitted} requests"
        if budget.tokens is not None and used.input_tokens + used.output_tokens >= budget.tokens:
            return f"{used.input_tokens + used.output_tokens:,} tokens"
        if budget.money is not None and (self.money or 0.0) >= budget.money:
            return f"{self.money or 0.0:.2f} of money"
        if budget.seconds is not None and elapsed >= budget.seconds:
            return f"{elapsed:.0f} seconds"
        return ""
