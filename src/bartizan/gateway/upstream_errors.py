"""Errors of an upstream: their status passes, and of their body what has the shape of the format's errors.

An error's text may hold anything: pieces of the request, of the model's text, of keys. It is bounded, rid of what looks
like a key or an account, and judged by the guards like an answer. What is not of the known shape is put in our own
words. That an upstream refuses the gateway's own credentials is the gateway's fault and not the client's: 502.
"""

from __future__ import annotations

import re
from typing import Any

from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.pipeline import Watch
from bartizan.core.errors import printable
from bartizan.gateway.bodies import encode, parse
from bartizan.gateway.settings import Speaks
from bartizan.gateway.upstreams.reply import Reply, UpstreamFailed
from bartizan.gateway.wire.wire import Malformed

LARGEST = 65_536
_LONGEST = 2_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\[\]-]{0,99}\Z")
_SECRET = re.compile(
    r"\b(?:sk|pk|org|proj|key|acct|user|xai|gsk|AIza)[-_][A-Za-z0-9_*.-]{6,}|\bBearer\s+\S+"
    r"|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{40,}(?![A-Za-z0-9_-])"
)
_OURS = frozenset({401, 402, 403, 407})
"""Answers that are about the gateway's account, where the credentials are the gateway's."""
_WORDS = {
    400: "the upstream did not accept the request",
    404: "the upstream does not know this model or path",
    408: "the upstream did not answer in time",
    413: "the upstream found the request too large",
    422: "the upstream did not accept the request",
    429: "the upstream asks for fewer requests",
}


async def error_of(watch: Watch, speaks: Speaks, reply: Reply, *, passes_key: bool) -> tuple[int, bytes]:
    """(status, body) for the client. Raises Blocked where a guard does not let its text pass, UpstreamFailed where
    there is nothing that can be told in the upstream's words; the text is ours then.
    """
    status = reply.status
    if not 400 <= status <= 599:
        raise UpstreamFailed("the upstream answered with a status that cannot be passed on")
    if status in _OURS and not passes_key:
        raise UpstreamFailed("the upstream did not accept the gateway's credentials")
    known = _known(speaks, await _read(reply))
    if known is None:
        text = _WORDS.get(status, "the upstream failed" if status >= 500 else "the upstream did not accept the request")
        raise UpstreamFailed(text, status=status)
    body, error, field = known
    told = _told(error[field])
    channel = Segment(part="answer", role="assistant", name="error", text=told, place=(field,))
    error[field] = (await watch.answered(channel)).text
    return status, encode(body)


async def _read(reply: Reply) -> Any:
    try:
        return parse(await reply.whole(LARGEST))
    except (Malformed, UpstreamFailed):
        return None


def _known(speaks: Speaks, found: Any) -> tuple[Any, Any, str] | None:
    """(the body as it may pass, what in it holds the text, under which name); None: not of the known shape."""
    error = found.get("error") if isinstance(found, dict) else None
    if speaks == "ollama":
        body = {"error": error}
        return (body, body, "error") if isinstance(error, str) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None
    names = ("type",) if speaks == "anthropic" else ("type", "param", "code")
    inner: dict[str, Any] = {"message": error["message"]}
    for name in names:
        value = error.get(name)
        if name in error and (value is None or isinstance(value, int) or _is_name(value)):
            inner[name] = value
    if speaks == "anthropic":
        inner.setdefault("type", "api_error")
        return {"type": "error", "error": inner}, inner, "message"
    return {"error": inner}, inner, "message"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.match(value) is not None and not _SECRET.search(value)


def _told(text: str) -> str:
    return _SECRET.sub("[...]", printable(text[: 2 * _LONGEST], _LONGEST))
