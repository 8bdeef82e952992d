"""Where events go, and what is noted of an exchange on its way."""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Mapping
from time import perf_counter_ns
from types import MappingProxyType

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.pipeline import Pipeline, Watch

_NOBODY = Pipeline([], Bench())
"""Of requests that no guard sees."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Spans(abc.ABC):
    """The trace of one exchange, while it lasts."""

    @abc.abstractmethod
    def asked(self) -> dict[str, str]:
        """The upstream is being asked: headers that tell it which trace it belongs to."""


class Trail:
    """What came in and what left of one exchange, for its event: digests, sizes, moments; texts only where kept.

    Moments are perf_counter_ns; 0 where it did not happen.
    """

    __slots__ = (
        "answered_by",
        "asked_at",
        "began",
        "came",
        "is_cut",
        "kept",
        "left_bytes",
        "left_sha256",
        "most",
        "policy",
        "replied_at",
        "span",
    )

    def __init__(self, came: bytes = b"", *, keeps: int = 0, policy: str = "") -> None:
        self.began = perf_counter_ns()
        self.came = came
        """The request's body as it came."""
        self.left_sha256 = hashlib.sha256()
        self.left_bytes = 0
        self.most = keeps
        """Bytes of the answer that are kept at most; 0: none."""
        self.kept: list[bytes] = []
        self.policy = policy
        """The digest of the policy that stood when it began."""
        self.asked_at = 0
        """When the upstream was asked."""
        self.replied_at = 0
        """When the head of its answer had come."""
        self.answered_by = ""
        """The model as the upstream calls what answered."""
        self.is_cut = False
        """Whether the client left in the middle of its answer."""
        self.span: Spans | None = None
        """Where it is traced: its spans."""

    def left(self, piece: bytes) -> None:
        """A piece of the answer left."""
        self.left_sha256.update(piece)
        if self.left_bytes < self.most:
            self.kept.append(piece[: self.most - self.left_bytes])
        self.left_bytes += len(piece)

    def asked(self) -> dict[str, str]:
        """The upstream is being asked; of several tries the first counts. Returns headers for it: of its trace."""
        self.asked_at = self.asked_at or perf_counter_ns()
        return self.span.asked() if self.span is not None else {}

    def replied(self) -> None:
        """The upstream has begun to answer."""
        self.replied_at = perf_counter_ns()


class Ledger(abc.ABC):
    """Where events go."""

    def trail(self, came: bytes, headers: Mapping[str, str] = NO_HEADERS) -> Trail:
        """For one exchange, when its body has come. ``headers``: the request's, names in lower case."""
        return Trail(came)

    def refuses(self) -> str:
        """Why no exchange may begin now, for the caller; empty: they may. Asked before each exchange."""
        return ""

    @abc.abstractmethod
    async def write(
        self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int, trail: Trail | None = None
    ) -> None:
        """One exchange that is over. Times are perf_counter_ns; 0 where nothing left. It raises nothing."""

    async def turned_away(self, exchange: Exchange, status: int, trail: Trail | None = None) -> None:
        """A request that no guard saw: no such path, too large, too slow."""
        now = perf_counter_ns()
        await self.write(exchange, _NOBODY.watch(exchange), status, trail.began if trail else now, now, trail)

    async def close(self) -> None:  # noqa: B027  there may be nothing to do
        """All that was written is on disk. Nothing is written after it."""


class NoLedger(Ledger):
    """Keeps nothing."""

    async def write(
        self, exchange: Exchange, watch: Watch, status: int, began: int, first_byte: int, trail: Trail | None = None
    ) -> None:
        """See `Ledger.write`."""
