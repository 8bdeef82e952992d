"""Errors as OpenAI's clients read them."""

from __future__ import annotations

import msgspec

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}


def body(status: int, kind: str, text: str) -> bytes:
    """An error object; ``code`` is the kind of block."""
    type_ = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return msgspec.json.encode({"error": {"message": text, "type": type_, "param": None, "code": kind}})
