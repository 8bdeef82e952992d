"""Errors as Anthropic's clients read them."""

from __future__ import annotations

import msgspec

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}


def body(status: int, kind: str, text: str) -> bytes:
    """An error object. Its message ends with the kind of block: the format has no other place for it."""
    type_ = _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return msgspec.json.encode({"type": "error", "error": {"type": type_, "message": f"{text} ({kind})"}})
