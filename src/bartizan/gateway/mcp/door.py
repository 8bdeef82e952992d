"""What a client of an MCP server is told over HTTP: JSON where one message answers, else server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

from bartizan.gateway.bodies import encode
from bartizan.gateway.mcp.talking import framed
from bartizan.gateway.serving import Receive, Send


class Told(Protocol):
    """What is known of an answer when its head leaves."""

    status: int
    retry_after: float | None
    session: str


class McpDoor:
    """One HTTP answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def refuse(
        self,
        status: int,
        told: dict[str, Any],
        more: list[tuple[bytes, bytes]] | None = None,
        drain: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """An error before any exchange could begin. ``drain``: what to wait for before the connection is closed."""
        await self._head(status, b"application/json", more or [])
        await self._piece(encode(told), last=drain is None)
        if drain is not None:
            await drain()
            await self._piece(b"", last=True)

    async def answer(self, status: int, body: bytes, told: Told) -> None:
        """A whole answer."""
        await self._head(status, b"application/json" if body else b"", _more(told))
        await self._piece(body, last=True)

    async def stream(self, messages: AsyncIterator[dict[str, Any]], empty: int, told: Told) -> None:
        """One message that is the answer goes as JSON, anything else as events; ``empty`` where there is none."""
        async for one in messages:
            if one and "method" not in one:
                async for _ in messages:  # let the exchange end, and its event be written, before the client goes on
                    pass
                if not self.begun:
                    return await self.answer(told.status, encode(one), told)
                return await self._piece(framed(one), last=True)
            if not self.begun:
                await self._head(200, b"text/event-stream", [*_more(told), (b"cache-control", b"no-store")])
            await self._piece(framed(one) if one else b": listening\n\n")
        if not self.begun:
            return await self.answer(told.status if told.status >= 300 else empty, b"", told)
        await self._piece(b"", last=True)
        return None

    async def _head(self, status: int, kind: bytes, more: list[tuple[bytes, bytes]]) -> None:
        self.begun = True
        headers = [(b"content-type", kind)] if kind else []
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *more]})

    async def _piece(self, body: bytes, *, last: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": not last})


def _more(told: Told) -> list[tuple[bytes, bytes]]:
    headers = []
    if told.session:
        headers.append((b"mcp-session-id", told.session.encode("ascii")))
    if told.retry_after is not None:
        headers.append((b"retry-after", str(max(1, round(min(told.retry_after, 86_400)))).encode()))
    return headers


async def hung_up(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
