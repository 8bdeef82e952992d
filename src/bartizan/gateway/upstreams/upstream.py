"""One supplier's endpoint, over aiohttp."""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec

from bartizan.core.errors import BartizanError
from bartizan.gateway.settings import UpstreamSpec


class UpstreamFailed(BartizanError):
    """An upstream gave no answer that can be passed on. Its text is for the caller: no address, no content."""

    exit_code = 3

    def __init__(self, text: str, *, status: int = 502) -> None:
        super().__init__(text)
        self.status = status


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
    """As they came, without those that belong to one connection."""
    kind: str
    """Its media type, without parameters."""

    @abc.abstractmethod
    def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises UpstreamFailed where it breaks off."""

    @abc.abstractmethod
    async def whole(self, most: int) -> bytes:
        """All of the body. Raises UpstreamFailed where it is larger or breaks off."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of the connection."""


_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
) | {b"content-length", b"content-encoding"}


class _HttpReply(Reply):
    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.status = answer.status
        self.headers = [(k.lower(), v) for k, v in answer.raw_headers if k.lower() not in _HOP]
        self.kind = answer.content_type

    async def pieces(self) -> AsyncIterator[bytes]:
        """See `Reply.pieces`."""
        try:
            async for piece in self._answer.content.iter_any():
                yield piece
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise UpstreamFailed("the upstream's answer broke off") from None

    async def whole(self, most: int) -> bytes:
        """See `Reply.whole`."""
        pieces, size = [], 0
        async for piece in self.pieces():
            size += len(piece)
            if size > most:
                raise UpstreamFailed("the upstream's answer is too large")
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """See `Reply.close`."""
        self._answer.release()


class Upstream:
    """One endpoint. It follows no redirect and takes no proxy from its surroundings."""

    def __init__(self, name: str, spec: UpstreamSpec, key: str, session: aiohttp.ClientSession) -> None:
        self.name = name
        self.spec = spec
        self._key = key
        self._session = session

    async def send(self, sent: Sent) -> Reply:
        """Ask once. Raises UpstreamFailed where nothing answers in time."""
        headers = dict(sent.headers)
        if self._key:
            name, value = (
                ("x-api-key", self._key)
                if self.spec.speaks == "anthropic"
                else ("authorization", f"Bearer {self._key}")
            )
            headers[name] = value
        try:
            answer = await self._session.request(
                sent.method,
                self.spec.url.rstrip("/") + sent.path,
                data=sent.body,
                headers=headers,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise UpstreamFailed("the upstream did not answer") from None
        return _HttpReply(answer)
