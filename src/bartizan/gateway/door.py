"""What a client is told, once: the first answer wins, and after its beginning only its frames follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter_ns
from typing import Any

from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.patience import Patience
from bartizan.gateway.refusing import Kind
from bartizan.gateway.wire.wire import Wire

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
CLIENT_SECONDS = 60.0
"""How long a client may leave a stream unread before it counts as gone."""
_JSON = (b"content-type", b"application/json")
_CLOSE = (b"connection", b"close")


class Door:
    """One answer to a client."""

    def __init__(self, send: Send, wire: Wire, connection: Any = None) -> None:
        """``connection``: where it is one of ours, a head leaves together with what follows."""
        self._send = send
        self._connection = connection
        self.wire = wire
        self.begun = False
        self.streams = False
        self.ended = False
        self.status = 0
        self.first_byte_at = 0
        """perf_counter_ns when the first byte of an answer left."""
        self.trail: Trail | None = None
        self._patience: Patience | None = None

    async def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, last: bool = True) -> None:
        """A whole answer; ``last``: False where the connection is not to be done with yet."""
        await self._begin(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self._piece(body, last=last)

    async def stream(self, status: int, headers: list[tuple[bytes, bytes]], on_stuck: Callable[[], None]) -> None:
        """A streamed answer begins. ``on_stuck``: called when the client has not read for a minute."""
        self.streams = True
        self._patience = Patience(CLIENT_SECONDS, on_stuck)
        await self._begin(status, headers)

    async def piece(self, body: bytes, *, last: bool = False) -> None:
        """Some of a streamed answer. It waits while the client does not read."""
        assert self._patience is not None
        self._patience.begin()
        await self._piece(body, last=last)
        self._patience.end()

    async def refuse(
        self,
        status: int,
        kind: Kind,
        text: str,
        retry_after: float | None = None,
        *,
        more: list[tuple[bytes, bytes]] | None = None,
        drain: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """An error, in the client's format; in the middle of a stream as a frame, after which it ends. A whole answer
        that has begun stays a torso: whoever reads it sees that some is missing.

        ``drain``: what to wait for before the connection is closed, so that the client gets to read the error.
        """
        if self.ended or (self.begun and not self.streams):
            return
        if self.begun:
            self.status = status
            await self.piece(self.wire.error_frame(status, kind, text), last=True)
            return
        headers = [_JSON, *(more or [])]
        if retry_after is not None:
            headers.append((b"retry-after", str(max(1, round(min(retry_after, 86_400)))).encode()))
        if drain is not None:
            headers.append(_CLOSE)
        await self.answer(status, headers, self.wire.error(status, kind, text), last=drain is None)
        if drain is not None:
            await drain()
            await self._piece(b"", last=True)

    def close(self) -> None:
        """Nothing more is said."""
        if self._patience is not None:
            self._patience.close()

    async def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.begun, self.status = True, status
        if self._connection is not None:
            self._connection.cork()
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _piece(self, body: bytes, *, last: bool) -> None:
        if body:
            if not self.first_byte_at:
                self.first_byte_at = perf_counter_ns()
            if self.trail is not None:
                self.trail.left(body)
        await self._send({"type": "http.response.body", "body": body, "more_body": not last})
        if self._connection is not None:
            self._connection.uncork()
        self.ended = last
