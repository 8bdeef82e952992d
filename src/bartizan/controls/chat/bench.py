"""What guards work with: a clock, memory that workers share, a desk where people are asked, keys."""

from __future__ import annotations

import abc
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.memory import Memory
from bartizan.controls.chat.state import State
from bartizan.controls.chat.verdict import Question


class Desk(abc.ABC):
    """Where a person is asked."""

    @abc.abstractmethod
    async def ask(self, exchange: Exchange, guard: str, question: Question) -> str:
        """Wait for an answer: "" where it is granted, else the reason why not. No answer in time is the default's."""


class Bench:
    """What guards work with. One per worker."""

    def __init__(
        self,
        *,
        state: State | None = None,
        desk: Desk | None = None,
        secret: bytes = b"",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.state = state or Memory()
        self.desk = desk
        self.clock = clock
        self._secret = secret or secrets.token_bytes(32)
        self._keys: dict[str, bytes] = {}

    def key(self, purpose: str) -> bytes:
        """A key for one purpose, 32 bytes (HMAC-SHA-256): the same for all workers that share a secret."""
        made = self._keys.get(purpose)
        if made is None:  # purposes are words of the code's own, so they are few
            made = self._keys[purpose] = hmac.digest(self._secret, purpose.encode(), hashlib.sha256)
        return made
