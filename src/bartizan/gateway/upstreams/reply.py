"""An upstream's answer while it comes: bounded in memory and time, and never longer than it was promised to be."""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import msgspec

from bartizan.core.errors import BartizanError
from bartizan.gateway.patience import Patience

LARGEST_STREAM = 64 << 20
"""Bytes of one streamed answer at most: what guards read of it is kept until its end."""


class UpstreamFailed(BartizanError):
    """An upstream gave no answer that can be passed on. Its text is for the caller: no address, no content."""

    exit_code = 3

    def __init__(
        self, text: str, *, status: int = 502, retry_after: float | None = None, answered: bool = False
    ) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after
        self.answered = answered
        """Whether something had answered: then it is not asked again."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to an upstream."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(abc.ABC):
    """An upstream's answer, whose body may still be coming. Close it, whatever happens."""

    status: int
    headers: list[tuple[bytes, bytes]]
    """As they came, names in lower case, without those that belong to one connection."""
    kind: str
    """Its media type as the upstream says, without parameters."""
    _kept: bytes = b""

    @abc.abstractmethod
    async def _next(self) -> bytes:
        """The next piece; empty at the end. Raises UpstreamFailed where it breaks off."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of the connection. May be called again."""

    async def piece(self) -> bytes:
        """The next piece; empty at the end. Raises UpstreamFailed where it breaks off, or pauses too long."""
        if self._kept:
            kept, self._kept = self._kept, b""
            return kept
        return await self._next()

    async def peek(self, enough: Callable[[bytes], bool]) -> bytes:
        """How the body begins, as far as ``enough`` wants to see it; it is still there to be read. Raises
        UpstreamFailed.
        """
        while not enough(self._kept):
            more = await self._next()
            if not more:
                break
            self._kept += more
        return self._kept

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises UpstreamFailed where it breaks off, or does not end."""
        size = 0
        while piece := await self.piece():
            size += len(piece)
            if size > LARGEST_STREAM:
                raise UpstreamFailed("the upstream's answer is too large", answered=True)
            yield piece

    async def whole(self, most: int) -> bytes:
        """All of the body. Raises UpstreamFailed where it is larger or breaks off."""
        first = await self.piece()
        if not first:
            return b""
        body = bytearray()
        while True:
            second = await self.piece()
            if len(body) + len(first) + len(second) > most:
                raise UpstreamFailed("the upstream's answer is too large", answered=True)
            if not second:
                return bytes(body + first) if body else first
            body += first
            first = second


_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
) | {b"content-length", b"content-encoding"}


class HttpReply(Reply):
    """An answer that comes over aiohttp."""

    def __init__(self, answer: Any, idle_seconds: float, on_close: Callable[[], None]) -> None:
        self._answer = answer
        self._read = answer.content.readany
        self._on_close: Callable[[], None] | None = on_close
        self._patience = Patience(idle_seconds, answer.close)
        self.status = answer.status
        self.headers = [(low, v) for k, v in answer.raw_headers if (low := k.lower()) not in _HOP]
        self.kind = answer.content_type
        self.is_compressed = answer.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}

    async def _next(self) -> bytes:
        self._patience.begin()
        try:
            return await self._read()  # type: ignore[no-any-return]
        except (aiohttp.ClientError, TimeoutError, OSError):
            text = "the upstream's answer broke off"
            if self._patience.is_late:
                text = "the upstream's answer did not go on in time"
            raise UpstreamFailed(text, answered=True) from None
        finally:
            self._patience.end()

    def close(self) -> None:
        """See `Reply.close`. What has not come to its end closes the connection as well."""
        if self._on_close is None:
            return
        self._patience.close()
        if self._answer.content.at_eof():
            self._answer.release()
        else:
            self._answer.close()
        self._on_close()
        self._on_close = None
