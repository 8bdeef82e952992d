"""What stands around every page: known hosts, headers, a log without secrets; and the guards of handlers.

Nothing is public unless its handler says so (`opt={"public": True}`); every unsafe request carries the token of its
session; what needs a role says which (`guards=[needs("assessor")]`).
"""

from __future__ import annotations

import hmac
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType, ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Guard, Message, Receive, Scope, Send

from bartizan.core.errors import BartizanError, Refused, printable
from bartizan.core.people import EVERYWHERE, Role
from bartizan.web.site import Site
from bartizan.web.visitor import API, STATIC, visitor_of
from bartizan.workflows.access import require

ACCESS_LOG = logging.getLogger("bartizan.web.access")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class LoginNeeded(BartizanError):
    """Nobody is logged in, and this is not for everybody."""


def with_headers(app: ASGIApp, site: Site) -> ASGIApp:
    """The application with the headers that keep its pages from others; pages are never kept by caches."""
    always = (*HEADERS, _HSTS) if site.secure else HEADERS

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                names = {name.lower() for name, _ in given}
                given += [(name, value) for name, value in always if name not in names]
                if b"cache-control" not in names:
                    given.append((b"cache-control", b"no-store"))
                message["headers"] = given
            await send(message)

        await app(scope, receive, sent if scope["type"] == ScopeType.HTTP else send)

    return answered


def with_known_hosts(app: ASGIApp, site: Site) -> ASGIApp:
    """The application, for those who call it by a name it has. Stops a web page that points its own name here."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return await app(scope, receive, send)
        if "\x00" in scope["path"]:  # no address of ours has one, and no database takes it
            scope["path"] = "/nowhere"
        named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(named) == 1 and site.knows(named[0]):
            return await app(scope, receive, send)
        said = b"This server does not answer to that name. Its administrator can add it with --host-name.\n"
        head: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 421, "headers": head})
        await send({"type": "http.response.body", "body": said, "more_body": False})

    return checked


def with_log(app: ASGIApp) -> ASGIApp:
    """The application with a line for every request: never its query, which can hold the code of a login."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(STATIC):
            return await app(scope, receive, send)
        status, began = 500, time.perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, sent)
        finally:
            took = (time.perf_counter() - began) * 1000
            client = scope["client"][0] if scope["client"] else "-"
            path = printable(scope["path"], 200)
            ACCESS_LOG.info("%s %s %s %d %.0f ms", client, scope.get("method", ""), path, status, took)

    return logged


def logged_in_unless_public(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise LoginNeeded where nobody is logged in and the handler is not for everybody."""
    if handler.opt.get("public") or visitor_of(connection.scope).person is not None:
        return
    raise LoginNeeded("log in first")


async def from_our_own_pages(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Raise Refused where a request that changes something does not come from a page of this very session."""
    scope = connection.scope
    if scope.get("method") in _SAFE or scope["path"].startswith(STATIC):
        return
    visitor = visitor_of(scope)
    if visitor.by_token or (visitor.person is None and scope["path"].startswith(API)):
        return  # no session that another page could use; who is nobody learns that by the next guard
    site, origin = connection.headers.get("sec-fetch-site", "same-origin"), connection.headers.get("origin", "")
    foreign = origin not in {"", "null"} and urlsplit(origin).netloc != connection.headers.get("host", "")
    if site not in {"same-origin", "none"} or foreign:
        raise Refused("this came from another site and was not done")
    given = connection.headers.get("x-csrf-token") or await _in_form(connection)
    if not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
        raise Refused(
            "this page was too old, or from before you logged in; nothing was done: go back, reload, try again"
        )


def needs(role: Role, *, anywhere: bool = False) -> Guard:
    """A guard: only for people with this role on the path's `{system}`, or on all where the path names none.

    With `anywhere`, a role on any one system is enough; the handler then sees to the rest. The audit tells of refusals.
    """

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        person = visitor_of(connection.scope).person
        if person is None:
            raise LoginNeeded("log in first")
        if anywhere and person.may_somewhere(role):
            return
        site: Site = connection.app.state.site
        system = str(connection.path_params.get("system", EVERYWHERE))
        what = f"{connection.scope.get('method', '')} {connection.scope['path']}"
        require(site.register, person, role, system, printable(what, 200))

    return guard


async def _in_form(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    if not isinstance(connection, Request):
        return ""
    kind, _ = connection.content_type
    if kind not in {RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART}:
        return ""
    given = (await connection.form()).get("csrf", "")
    return given if isinstance(given, str) else ""
