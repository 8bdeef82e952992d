"""The gateway as an ASGI application: HTTP only, one road for every route."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from bartizan.gateway.serving import Door, Gone, Receive, Send, Service
from bartizan.gateway.wire.routes import route_of


class Gateway:
    """ASGI 3 (asgi.readthedocs.io, HTTP and lifespan). Websockets are refused."""

    def __init__(self, service: Service, *, largest_body: int) -> None:
        self.service = service
        self._largest = largest_body

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One connection's request."""
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1002})
            return None
        door = Door(send, route_of(scope["method"], scope["path"], scope.get("raw_path")))
        try:
            if door.route is None:
                return await door.refuse(404, "not_found", "there is no such path here")
            body = await _body(receive, self._largest)
            if body is None:
                return await door.refuse(413, "size", f"the body is larger than {self._largest} bytes")
            await self.service.serve(scope, body, door)
        except Gone:
            pass
        return None


async def _body(receive: Receive, most: int) -> bytes | None:
    """The body; None where it is too large. Raises Gone."""
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            return None
        pieces.append(piece)
        if not message.get("more_body"):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
