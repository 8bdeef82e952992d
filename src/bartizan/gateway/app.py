"""The gateway as an ASGI application: HTTP only, one road for every route."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from bartizan.gateway.arriving import CONNECTION, Arriving, Room
from bartizan.gateway.door import Door, Receive, Send
from bartizan.gateway.serving import Service
from bartizan.gateway.settings import Settings
from bartizan.gateway.wire.routes import Route, route_of
from bartizan.gateway.wire.wire import Wire

_METHODS = ("GET", "POST")


class Gateway:
    """ASGI 3 (asgi.readthedocs.io, HTTP and lifespan). Websockets are refused."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self._largest = settings.largest_body
        self._seconds = settings.body_seconds
        self._room = Room()
        self._origins = settings.origins

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One connection's request."""
        kind = scope["type"]
        if kind == "lifespan":
            return await _lifespan(receive, send)
        if kind != "http":
            await receive()
            return await send({"type": "websocket.close", "code": 1002})
        path = scope["path"]
        if path.startswith("/mcp/") and self.service.mcp is not None:
            return await self.service.mcp(scope, receive, send)
        arriving = Arriving(
            scope, receive, most=self._largest, seconds=self._seconds, room=self._room, origins=self._origins
        )
        route = route_of(scope["method"], path, scope.get("raw_path"))
        if route is None:
            return await self._turn_away(scope, arriving, send)
        return await self.service.serve(route, arriving, Door(send, route.wire, scope.get(CONNECTION)))

    async def _turn_away(self, scope: MutableMapping[str, Any], arriving: Arriving, send: Send) -> None:
        """No such path, or another method: no exchange and no event, but counted."""
        path, raw = scope["path"], scope.get("raw_path")
        allowed = [method for method in _METHODS if route_of(method, path, raw) is not None]
        status = 405 if allowed else 404
        self.service.turned_away(status)
        door = Door(send, _wire_of(path), scope.get(CONNECTION))
        text = "this path takes other methods" if allowed else "there is no such path here"
        more = [(b"allow", ", ".join(allowed).encode())] if allowed else []
        await door.refuse(status, "not_found", text, more=more, drain=arriving.drain)


def _wire_of(path: str) -> Wire:
    """In whose format a path that there is not is refused: by how it begins."""
    like = "/v1/chat/completions"
    if path.startswith("/v1/messages"):
        like = "/v1/messages"
    elif path.startswith("/api/"):
        like = "/api/chat"
    route: Route | None = route_of("POST", like)
    assert route is not None
    return route.wire


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
