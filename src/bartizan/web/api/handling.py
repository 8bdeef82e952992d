"""Around every route: its request is read, a write that is sent again is answered from memory, its answer written."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
from litestar import Response
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import RawBody

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.register import replays
from bartizan.web.api.endpoint import JSON, OCTETS, ROOT, Answer, Call, File, Route
from bartizan.web.api.problems import NoSuchMedia, WrongMedia, answer_problem
from bartizan.web.api.reading import read_body, read_query
from bartizan.web.api.values import LARGEST
from bartizan.web.security import needs
from bartizan.web.system_frame import download
from bartizan.web.visit import TheVisit, Visit

_KEY = re.compile("[!-~]{1,200}")


class _Written(msgspec.Struct, frozen=True):
    """An answer as it is kept to be repeated."""

    body: str
    headers: dict[str, str]


def handler_of(route: Route) -> HTTPRouteHandler:
    """The handler of a route."""

    def read(visit: TheVisit) -> Response[bytes]:
        return _respond(route, visit, b"")

    def write(visit: TheVisit, body: RawBody) -> Response[bytes]:
        return _respond(route, visit, body)

    guards = [_sensible, *([needs(route.role, anywhere=route.anywhere)] if route.role else [])]
    made = HTTPRouteHandler(
        ROOT + route.path,
        http_method=route.method,
        guards=guards,
        exception_handlers={Exception: answer_problem},
        sync_to_thread=True,
        status_code=route.status,
        include_in_schema=True,
        opt={"route": route},
        request_max_body_size=route.largest,
    )
    return made(read if route.method in {"GET", "DELETE"} else write)


def _sensible(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Raise 404 for a path with a part that nothing in the register can bear, before any database sees it."""
    for part in connection.path_params.values():
        if (isinstance(part, str) and "\0" in part) or (isinstance(part, int) and not 0 <= part <= LARGEST):
            raise NotFoundException


def _respond(route: Route, visit: Visit, content: bytes) -> Response[bytes]:
    request = visit.request
    if not any(map(request.accept.accepts, route.media)):
        raise NoSuchMedia(f"the answer is {' or '.join(route.media)}; accept that")
    given: dict[str, Any] = dict(request.path_params)
    if route.query is not None:
        given["query"] = read_query(request.query_params.multi_items(), route.query)
    else:
        read_query(request.query_params.multi_items(), _Nothing)
    if route.upload:
        _check_upload(request.headers.get("content-type", ""))
    if route.body is not None:
        given["body"] = read_body(content, request.headers.get("content-type", ""), route.body)
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Call(visit, content, headers, route.condition)
    key = headers.get("idempotency-key")
    if route.method == "POST" and key is not None:
        return _once(route, call, key, given)
    return _made(route, route.does(call, **given))


class _Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


def _check_upload(media: str) -> None:
    if media.partition(";")[0].strip().lower() != OCTETS:
        raise WrongMedia("send the file as it is, and say so: Content-Type: application/octet-stream")


def _made(route: Route, answer: Answer[Any]) -> Response[bytes]:
    headers = dict(answer.headers)
    if answer.revision is not None:
        headers["ETag"] = f'"{answer.revision}"'
    if isinstance(answer.value, File):
        made = download(answer.value.content, answer.value.name)
        made.media_type = answer.value.media
        made.headers.update(headers)
        return made
    body = b"" if route.status == 204 else msgspec.json.encode(answer.value)
    return Response(body, status_code=route.status, media_type=JSON, headers=headers)


def _once(route: Route, call: Call, key: str, given: dict[str, Any]) -> Response[bytes]:
    """Do it, unless it was done under this key within a day: then what was answered is answered again."""
    if not _KEY.fullmatch(key):
        fix = "give up to 200 characters of ASCII without spaces, as a UUID"
        raise InputError([Problem(file="Idempotency-Key", finding="this is no key", fix=fix)])
    url, register = call.visit.request.url, call.visit.register
    mine = _digest(call.by, key)
    request = _digest(route.method, url.path, url.query, hashlib.sha256(call.content).hexdigest())
    with register.change(call.by) as change:
        known = replays.claim(change, mine, request)
    if known is not None:
        return _again(known, request)
    try:
        made = _made(route, route.does(call, **given))
    except BaseException:
        with register.change(call.by) as change:
            replays.release(change, mine)
        raise
    with register.change(call.by) as change:
        kept = _Written(made.content.decode(), {str(k): str(v) for k, v in made.headers.items()})
        replays.fill(change, mine, made.status_code or 200, msgspec.json.encode(kept).decode())
    return made


def _again(known: replays.Replay, request: str) -> Response[bytes]:
    if known.request != request:
        finding, fix = "this key was used for another request", "make a new key for every request"
        raise InputError([Problem(file="Idempotency-Key", finding=finding, fix=fix)])
    if not known.status:
        raise Conflict("a request with this key is at work, or was cut off; look whether it was done")
    kept = msgspec.json.decode(known.body, type=_Written)
    headers = kept.headers | {"Idempotency-Replayed": "true"}
    return Response(kept.body.encode(), status_code=known.status, media_type=JSON, headers=headers)


def _digest(*parts: str) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
