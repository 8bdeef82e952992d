"""Which headers pass, there and back. What is not named here ends at the gateway.

To an upstream: what says how to read the request, versions and betas of APIs, the official clients' own notes, ids of
requests. A caller's credentials pass only where the upstream's ``passes_key`` says so. Organisations and projects do
not: the gateway's key decides whose account it is. Back to the client: the type, ids of requests, limits and waiting
times. No cookies, no names of servers, organisations or networks, no redirects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_THERE = frozenset(
    {"content-type", "accept", "user-agent", "anthropic-version", "anthropic-beta", "openai-beta", "idempotency-key"}
    | {"x-request-id", "x-client-request-id", "accept-language", "traceparent", "tracestate"}
)
_THERE_STARTS = ("x-stainless-",)
CREDENTIALS = ("authorization", "x-api-key", "api-key")
_BACK = frozenset(
    b"request-id x-request-id retry-after retry-after-ms x-should-retry openai-processing-ms openai-version".split()
    + b"cache-control openai-model".split()
)
_BACK_STARTS = (b"x-ratelimit-", b"anthropic-ratelimit-")
_UNFIT = re.compile(rb"[^\t\x20-\x7e]")
_LONGEST = 1000
_TYPES = frozenset(
    one + more
    for one in (b"application/json", b"text/event-stream", b"application/x-ndjson")
    for more in (b"", b"; charset=utf-8", b";charset=utf-8")
)


def forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    """A client's headers that go on to an upstream."""
    return {name: value for name, value in headers.items() if name in _THERE or name.startswith(_THERE_STARTS)}


def credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """A client's credentials, for an upstream that is to have them."""
    return {name: headers[name] for name in CREDENTIALS if name in headers}


def passed_back(headers: Iterable[tuple[bytes, bytes]], kind: bytes) -> list[tuple[bytes, bytes]]:
    """An upstream's headers that go on to the client. ``kind``: what the body was found to be; the upstream's own type
    passes where it says the same.
    """
    type_ = kind
    out = []
    for name, value in headers:
        if name == b"content-type":
            told = value.lower()
            type_ = value if told in _TYPES and told.startswith(kind) else kind
        elif (name in _BACK or name.startswith(_BACK_STARTS)) and len(value) <= _LONGEST and not _UNFIT.search(value):
            out.append((name, value))
    return [(b"content-type", type_), *out]
