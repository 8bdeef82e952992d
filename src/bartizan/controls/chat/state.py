"""What guards remember between exchanges: counters, buckets, sets and small texts, each with an end.

Every operation is one atomic step, so several workers and hosts may share one state. All keys are made by `key`, so
nothing that a stranger sends can name another's counter. An operation that cannot be carried out raises `StateLost`:
the guard then gives no verdict, and the policy says whether that closes or opens.
"""

from __future__ import annotations

import abc
import hashlib
from typing import ClassVar

from bartizan.core.errors import BartizanError


class StateLost(BartizanError):
    """The shared state did not answer, or said something that it cannot say."""


def key(guard: str, *parts: str) -> str:
    """A key of bounded length for a guard's own use: parts cannot run into each other."""
    digest = hashlib.blake2b(
        "".join(one.replace("\\", "\\\\").replace("\0", "\\0") + "\0" for one in parts).encode(
            "utf-8", "surrogatepass"
        ),
        digest_size=16,
    )
    return f"{guard}:{digest.hexdigest()}"


class State(abc.ABC):
    """Memory that guards share. Times are seconds; ``now`` comes from the bench's clock.

    Every operation ends within a second, with `StateLost` where it must, so guards that wait for nothing else need no
    time limit of their own.
    """

    waits: ClassVar[bool] = True
    """Whether an operation may have to wait at all, as for another process."""

    @abc.abstractmethod
    async def take(self, key: str, amount: float, *, rate: float, burst: float, now: float) -> float:
        """Take from a token bucket that refills at ``rate`` a second up to ``burst``.

        Returns 0 where it was taken, else the seconds until it could be; then nothing is taken. A clock that runs
        backwards refills nothing.
        """

    @abc.abstractmethod
    async def count(self, key: str, amount: float, *, window: float, limit: float | None, now: float) -> float:
        """Add to a sliding window and return its sum with the amount; above ``limit`` nothing is added.

        The window is made of the running and the last fixed window, weighted by how much of the last still counts.
        A negative amount gives back what was estimated too high; a window never falls below 0.
        """

    @abc.abstractmethod
    async def wait(self, key: str, amount: float, *, window: float, limit: float, now: float) -> float:
        """Seconds after which `count` would add the amount to this window if nobody else did; nothing is added.

        0: at once; infinity: never, since the amount alone is above the limit.
        """

    @abc.abstractmethod
    async def enter(self, key: str, holder: str, *, most: int, within: float, now: float) -> bool:
        """Take one of ``most`` places until `leave`, or for ``within`` seconds at most; False where all are taken."""

    @abc.abstractmethod
    async def leave(self, key: str, holder: str) -> None:
        """Give a place back. A second time, or without one, does nothing."""

    @abc.abstractmethod
    async def get(self, key: str, *, now: float) -> str | None:
        """A text that was put there; None where there is none any more."""

    @abc.abstractmethod
    async def put(self, key: str, text: str, *, within: float, now: float) -> None:
        """Keep a text for so long."""

    @abc.abstractmethod
    async def push(self, key: str, text: str, *, most: int, within: float, now: float) -> list[str]:
        """Append to a list that keeps the newest ``most``; returns all that are in it, the oldest first."""

    async def close(self) -> None:  # noqa: B027 -- most hold nothing
        """Hang up."""
