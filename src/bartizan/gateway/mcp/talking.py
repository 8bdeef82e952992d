"""To a server and back: one message there, and the messages that answer it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bartizan.gateway.bodies import encode, read
from bartizan.gateway.frames import Cutter
from bartizan.gateway.upstreams.upstream import Reply, Sent, Upstream, UpstreamFailed
from bartizan.gateway.wire.wire import Malformed

LARGEST = 4 << 20
"""Bytes of one message."""
LARGEST_STREAM = 64 << 20
"""Bytes of all that answers one message."""


class Line:
    """A client's line to a server: its session there, and the revision of the protocol."""

    def __init__(self, upstream: Upstream, session: str, version: str) -> None:
        self.upstream = upstream
        self.session = session
        self.version = version

    def _headers(self) -> dict[str, str]:
        headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
        if self.session:
            headers["mcp-session-id"] = self.session
        if self.version:
            headers["mcp-protocol-version"] = self.version
        return headers

    async def send(self, method: str, message: dict[str, Any] | None = None) -> Reply:
        """One HTTP request. Of the client's own headers none goes on: no credential of theirs reaches a server.

        Raises UpstreamFailed.
        """
        body = encode(message) if message is not None else b""
        headers = self._headers()
        if message is None:
            del headers["content-type"]
        return await self.upstream.send(Sent(method=method, path="", headers=headers, body=body))

    async def tell(self, message: dict[str, Any]) -> int:
        """A message that nothing answers; the server's status. Raises UpstreamFailed."""
        reply = await self.send("POST", message)
        try:
            return reply.status
        finally:
            reply.close()

    async def refuse(self, request: dict[str, Any]) -> None:
        """Answer a server's own request: a ping is answered, everything else refused. It raises nothing."""
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request.get("id")}
        if request.get("method") == "ping":
            answer["result"] = {}
        else:
            answer["error"] = {"code": -32601, "message": "the gateway does not let servers ask for this"}
        with contextlib.suppress(UpstreamFailed):
            await self.tell(answer)


async def messages(reply: Reply) -> AsyncIterator[dict[str, Any]]:
    """What a reply brings, message by message. Raises UpstreamFailed for what is no JSON-RPC, or too much."""
    try:
        if reply.kind == "text/event-stream":
            async for one in _streamed(reply):
                yield one
            return
        found = read(await reply.whole(LARGEST))
    except Malformed as error:
        raise UpstreamFailed(str(error)) from None
    if not isinstance(found, dict):
        raise UpstreamFailed("the server's answer is no JSON-RPC message")
    yield found


async def _streamed(reply: Reply) -> AsyncIterator[dict[str, Any]]:
    cutter, size = Cutter("sse"), 0
    async for piece in reply.pieces():
        size += len(piece)
        if size > LARGEST_STREAM:
            raise UpstreamFailed("the server's answer is too large")
        for frame in cutter.feed(piece):
            if isinstance(frame.data, dict):
                yield frame.data
    for frame in cutter.finish():
        if isinstance(frame.data, dict):
            yield frame.data


def framed(message: dict[str, Any]) -> bytes:
    """A message as a server-sent event."""
    return b"event: message\ndata: " + encode(message) + b"\n\n"
