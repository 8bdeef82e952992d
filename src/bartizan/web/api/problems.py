"""What the API answers when something goes wrong: a problem as RFC 9457 describes it, with all that was found."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from bartizan.core.errors import BartizanError, InputError, printable
from bartizan.web.errors import TITLES, explain, status_of
from bartizan.workflows.sessions import TooManyAttempts

LOG = logging.getLogger("bartizan.web")
MEDIA = "application/problem+json"


class Stale(BartizanError):
    """What the caller read is not what is there now."""


class Unconditional(BartizanError):
    """A write that would overwrite what its sender may never have seen."""


class WrongMedia(BartizanError):
    """What was sent is not in a form that is read here."""


class NoSuchMedia(BartizanError):
    """What was asked for is not there in a form that the caller takes."""


_STATUS: dict[type[Exception], int] = {Stale: 412, Unconditional: 428, WrongMedia: 415, NoSuchMedia: 406}
_TITLES = TITLES | {
    406: "There is nothing in this form",
    412: "Somebody changed it in the meantime",
    415: "This form is not read here",
    428: "Say what you read",
}


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a request."""

    at: str
    """The field, parameter or header; for a description its name."""
    line: int | None = None
    """The line of a text that was sent, where it is about one."""
    finding: str
    fix: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as RFC 9457 describes it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    problems: tuple[Wrong, ...] = ()
    """All that is wrong with the request, where that is what went wrong."""


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to a request that ended in an error; never with more than its sender should see."""
    status = _STATUS.get(type(error)) or status_of(error)
    if status >= 500:
        LOG.error("%s %s failed", request.method, printable(request.url.path, 200), exc_info=error)
    problems = error.problems if isinstance(error, InputError) else ()
    body = Refusal(
        title=_TITLES.get(status, "It could not be done"),
        status=status,
        detail=explain(error, status),
        problems=tuple(Wrong(at=printable(p.file), line=p.line, finding=p.finding, fix=p.fix) for p in problems),
    )
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.seconds)
    return Response(msgspec.json.encode(body), status_code=status, media_type=MEDIA, headers=headers)
