"""What goes wrong: as a page, as a fragment for htmx, as JSON for the API; never with more than a person should see."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from bartizan.core.errors import BartizanError, Conflict, InputError, NotFound, Refused, Unreachable, printable
from bartizan.web.rendering import render
from bartizan.web.security import LoginNeeded
from bartizan.web.visit import Page, Visit
from bartizan.web.visitor import API, STATIC
from bartizan.workflows.sessions import TooManyAttempts

LOG = logging.getLogger("bartizan.web")

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (LoginNeeded, 401),
    (TooManyAttempts, 429),
    (InputError, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 403),
    (Unreachable, 502),
    (BartizanError, 400),
)
TITLES = {
    400: "This request cannot be understood",
    401: "Log in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "This cannot be done as things stand",
    413: "This is too large",
    422: "Something in it is wrong",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    502: "Another server did not answer",
}
_PLAIN = {
    404: "The address may be mistyped, or what it led to was renamed or removed.",
    405: "The address exists, but not for this kind of request.",
    413: "The file or form is larger than this server takes.",
    500: "It is in the server's log; what you were doing was not saved. Try again, or tell your administrator.",
}


def status_of(error: Exception) -> int:
    """The HTTP status that an error stands for."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def explain(error: Exception, status: int) -> str:
    """What a person is told: our own errors say it themselves, of others only the kind is told."""
    if isinstance(error, InputError):
        return "; ".join(f"{p.finding}" + (f" ({p.fix})" if p.fix else "") for p in error.problems)
    if isinstance(error, BartizanError):
        return printable(str(error))
    return _PLAIN.get(status, TITLES.get(status, "It could not be done."))


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """What to answer to a request that ended in an error."""
    status = status_of(error)
    if status >= 500:
        LOG.error("%s %s failed", request.method, printable(request.url.path, 200), exc_info=error)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else {}
    if isinstance(error, HTTPException) and error.headers:
        headers |= error.headers  # a 405 must say what is allowed
    path = request.scope["path"]
    if path.startswith(STATIC):
        return Response("", status_code=status, media_type=MediaType.TEXT)
    if path.startswith(API):
        return _json(error, status, headers)
    visit = Visit(request)
    if status == 401:
        return _to_login(visit)
    title = TITLES.get(status, "It could not be done")
    said = explain(error, status)
    if visit.is_htmx:
        headers |= {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
        made = visit.html(render("parts/notice.html.j2", {"title": title, "said": said}), status)
    else:
        made = visit.page("error.html.j2", title=title, status=status, said=said, code=status)
    made.headers.update(headers)
    return made


def _to_login(visit: Visit) -> Page:
    request = visit.request
    there = f"/login?next={quote(request.url.path)}" if request.method == "GET" and not visit.is_htmx else "/login"
    return visit.redirect("/login" if request.url.path == "/" else there)


def _json(error: Exception, status: int, headers: dict[str, str]) -> Response[Any]:
    """A problem as RFC 9457 writes it."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": TITLES.get(status, "It could not be done"),
        "status": status,
        "detail": explain(error, status),
    }
    if isinstance(error, InputError):
        body["problems"] = [{"at": p.file, "finding": p.finding, "fix": p.fix} for p in error.problems]
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


HANDLERS: ExceptionHandlersMap = {Exception: answer, HTTPException: answer}
