"""The admin API as an ASGI application (ASGI 3): JSON in, JSON out, everything else refused."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from bartizan.controls.chat.state import StateLost
from bartizan.core.errors import BartizanError, Conflict, InputError, NotFound, Refused, printable
from bartizan.gateway.admin.acts import Acts, Call, Failing, Given
from bartizan.gateway.admin.document import as_json
from bartizan.gateway.admin.entrance import Entrance, TurnedAway
from bartizan.gateway.admin.routes import ROUTES, Route
from bartizan.gateway.admin.values import Refusal
from bartizan.gateway.arriving import Arriving, Room
from bartizan.gateway.bodies import parse
from bartizan.gateway.door import Receive, Send
from bartizan.gateway.refusing import Gone, Unfit
from bartizan.gateway.wire.wire import Malformed

LARGEST = 65_536
"""Bytes of a body."""
SECONDS = 10.0
_HEAD: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (InputError, 422),
    (msgspec.ValidationError, 422),
    (Malformed, 400),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 403),
    (StateLost, 503),
    (Failing, 503),
)
log = logging.getLogger("bartizan.gateway.admin")


class AdminApp:
    """The application."""

    def __init__(self, acts: Acts, entrance: Entrance) -> None:
        self._acts, self._entrance = acts, entrance
        self._room = Room(4 << 20)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request. Lifespan is not served: who starts this starts and ends it."""
        if scope["type"] != "http":
            await receive()
            return await send({"type": "websocket.close", "code": 1002})
        arriving = Arriving(scope, receive, most=LARGEST, seconds=SECONDS, room=self._room)
        more: list[tuple[bytes, bytes]] = []
        try:
            given = await self._given(scope, arriving, more)
        except Gone:
            return None
        except TurnedAway as error:
            more += [(b"www-authenticate", b"Bearer")] if error.status == 401 else []
            given = _refusal(error.status, str(error))
        except Unfit as error:
            given = _refusal(error.status, str(error))
        except Exception as error:
            given = _explained(error)
        finally:
            arriving.close()
        body = given.raw or msgspec.json.encode(given.value)
        head = [(b"content-type", given.kind.encode()), (b"content-length", str(len(body)).encode()), *_HEAD, *more]
        await send({"type": "http.response.start", "status": given.status, "headers": head})
        await send({"type": "http.response.body", "body": body})
        return None

    async def _given(
        self, scope: MutableMapping[str, Any], arriving: Arriving, more: list[tuple[bytes, bytes]]
    ) -> Given:
        headers = arriving.headers()
        route, parts, allowed = _found(scope["method"], scope["path"])
        has_body = route is not None and route.body is not None
        arriving.check(headers if has_body else {**headers, "content-type": "application/json"})
        is_document = scope["path"] == "/openapi.json"
        self._entrance.check(headers, is_open=is_document or (route is not None and route.is_open))
        if is_document and scope["method"] == "GET":
            return Given(raw=as_json())
        if route is None:
            allowed = ["GET"] if is_document else allowed
            if not allowed:
                raise NotFound("there is no such path here; /openapi.json lists what there is")
            more.append((b"allow", ", ".join(allowed).encode()))
            return _refusal(405, "this path takes other methods")
        raw = await arriving.body()
        if raw and not has_body:
            raise Malformed("this takes no body")
        call = Call(path=parts, query=_query(route, scope["query_string"]), body=_body(route, raw))
        given = await route.act(self._acts, call)
        return given if isinstance(given, Given) else Given(status=route.status, value=given)


def _found(method: str, path: str) -> tuple[Route | None, dict[str, str], list[str]]:
    """(the route, the parts in braces, other methods of this path)."""
    parts = path.split("/")
    allowed: list[str] = []
    for route in ROUTES:
        found = route.matches(parts)
        if found is not None and route.method == method:
            return route, found, []
        allowed += [route.method] if found is not None else []
    return None, {}, allowed


def _query(route: Route, raw: bytes) -> Any:
    """The query as the route wants it. Raises Malformed, msgspec.ValidationError."""
    if route.query is None:
        return None
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=bool(raw), max_num_fields=50, errors="strict"
        )
    except ValueError:
        raise Malformed("the query cannot be read") from None
    said = dict(pairs)
    if len(said) != len(pairs):
        raise Malformed("the query says something twice")
    return msgspec.convert(said, route.query, strict=False)


def _body(route: Route, raw: bytes) -> Any:
    """The body as the route wants it. Raises Malformed, msgspec.ValidationError."""
    if route.body is None:
        return None
    return msgspec.convert(parse(raw), route.body)


def _explained(error: Exception) -> Given:
    """The answer to an error: what it says, where it is meant for people; else nothing of it."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 0)
    if status:
        return _refusal(status, str(error))
    if isinstance(error, OSError):
        return _refusal(503, f"the disk for events does not answer ({error.strerror or 'no reason given'})")
    log.error("an operation failed: %s", type(error).__name__, exc_info=error)
    told = str(error) if isinstance(error, BartizanError) else "it is in the gateway's log"
    return _refusal(500, told)


def _refusal(status: int, detail: str) -> Given:
    value = Refusal(title=HTTPStatus(status).phrase, status=status, detail=printable(detail, 1_000))
    return Given(status=status, value=value, kind="application/problem+json")
