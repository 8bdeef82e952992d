"""The trace of decisions over HTTP: what a serving application calls, with a token, on this machine or behind a proxy.

POST /v1/decisions               what a model decided -> 201 {"decision": 17}
GET  /v1/decisions/17            -> 200, 404
POST /v1/decisions/17/reviews    what a person found -> 201
POST /v1/search                  by person, model, time -> 200; names of people stand in no address
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import uvicorn

from bartizan.consent.people import Pseudonyms
from bartizan.core.errors import BartizanError, Conflict, InputError, NotFound, Problem
from bartizan.core.ready import read_structs_once
from bartizan.trace.entries import Traced
from bartizan.trace.trace import Trace
from bartizan.web.api.problems import WrongMedia
from bartizan.web.api.reading import read_body
from bartizan.web.serving import listening_at, refuse_open_address

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LARGEST: Final = 1_000_000
"""Bytes of a request."""
_LEAST: Final = 32
"""Characters of a token."""
_ONE: Final = re.compile(r"/v1/decisions/([1-9][0-9]{0,17})(/reviews)?")


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model decided."""

    person: str
    input: dict[str, str | int | float | bool | None]
    outcome: str
    model: str
    version: str
    data: str = ""
    score: float | None = None
    explanation: str = ""
    keep_input: bool = False
    at: str = ""


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person found."""

    outcome: str
    why: str
    by: str


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is searched for."""

    person: str = ""
    model: str = ""
    since: str = ""
    until: str = ""


class Service:
    """The application. One thread has the file; a decision is on the disk when it is answered."""

    def __init__(self, path: Path, pseudonyms: Pseudonyms, token: str) -> None:
        if len(token) < _LEAST:
            fix = f"{_LEAST} characters or more: openssl rand -hex 32"
            raise InputError([Problem(file="token", finding="it is too short to keep anybody out", fix=fix)])
        read_structs_once()
        self._token = f"Bearer {token}".encode()
        self._thread = ThreadPoolExecutor(1, "trace")
        self._trace: Trace = self._thread.submit(Trace, path, pseudonyms, "http").result()

    def close(self) -> None:
        """Close the file."""
        self._thread.submit(self._trace.close).result()
        self._thread.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] != "http":
            return
        status, answer = await self._answered(scope, receive)
        body = msgspec.json.encode(answer)
        headers = [
            (b"content-type", b"application/json" if status < 400 else b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *([(b"www-authenticate", b"Bearer")] if status == 401 else []),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._token):
            return 401, _problem(401, "a token is needed: Authorization: Bearer ...")
        body = await _body(receive)
        if body is None:
            return 413, _problem(413, f"more than {LARGEST:,} bytes")
        media = headers.get(b"content-type", b"").decode("latin-1")
        try:
            work = self._routed(scope["method"], scope["path"], body, media)
            if work is None:
                return 404, _problem(404, "there is nothing here")
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except NotFound as error:
            return 404, _problem(404, str(error))
        except WrongMedia as error:
            return 415, _problem(415, str(error))
        except (InputError, Conflict) as error:
            return 400, _problem(400, str(error))
        except BartizanError as error:
            return 500, _problem(500, str(error))

    def _routed(self, method: str, path: str, body: bytes, media: str) -> Callable[[], tuple[int, Any]] | None:
        """What a request asks for, to be done in the thread of the file; None where there is no such route."""
        if (method, path) == ("POST", "/v1/decisions"):
            told = read_body(body, media, Told)
            return lambda: (201, {"decision": self._record(told)})
        if (method, path) == ("POST", "/v1/search"):
            search = read_body(body, media, Search)
            return lambda: (
                200,
                {"decisions": [_shown(one) for one in self._trace.search(**msgspec.to_builtins(search))]},
            )
        found = _ONE.fullmatch(path)
        if found is None:
            return None
        number = int(found[1])
        if method == "POST" and found[2]:
            review = read_body(body, media, Review)
            return lambda: (201, {"entry": self._trace.review(number, **msgspec.to_builtins(review))})
        if method == "GET" and not found[2]:
            return lambda: (200, _shown(self._trace.get(number)))
        return None

    def _record(self, told: Told) -> int:
        given = msgspec.to_builtins(told)
        return self._trace.record(given.pop("person"), given.pop("input"), **given)


def serve(service: Service, host: str, port: int, *, behind_proxy: bool, say: Callable[[str], object]) -> None:
    """Serve until stopped. Raises InputError for an address that must not be served without TLS, PortTaken."""
    refuse_open_address(host, behind_proxy=behind_proxy)
    listening = listening_at(host, port)
    with listening:
        say(f"the trace is served at http://{host}:{listening.getsockname()[1]}/v1/decisions; stop it with Ctrl C")
        settings = uvicorn.Config(
            service, access_log=False, log_config=None, server_header=False, ws="none", lifespan="off"
        )
        uvicorn.Server(settings).run(sockets=[listening])


async def _body(receive: Receive) -> bytes | None:
    """The body of a request; None where it is too large."""
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


def _shown(one: Traced) -> dict[str, Any]:
    return {**msgspec.to_builtins(one), "outcome": one.outcome}


def _problem(status: int, detail: str) -> dict[str, Any]:
    """By RFC 9457."""
    return {"type": "about:blank", "status": status, "detail": detail}
