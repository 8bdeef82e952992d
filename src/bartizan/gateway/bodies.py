"""Reading JSON from strangers: what two readers could understand differently is refused."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from bartizan.gateway.wire.wire import Malformed

MOST_DEEP = 64


def parse(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises Malformed for anything else, and for duplicate keys, NaN, infinities, unpaired surrogates,
    bytes that are no UTF-8, and nesting deeper than 64.
    """
    try:
        text = raw.decode("utf-8")
        body = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except RecursionError:
        raise Malformed(f"the body is nested deeper than {MOST_DEEP}") from None
    except ValueError as error:
        raise Malformed(f"the body is not JSON: {_where(error)}") from None
    if not isinstance(body, dict):
        raise Malformed("the body is not a JSON object")
    return body


def encode(body: Any) -> bytes:
    """The body as JSON, keys in their order."""
    return msgspec.json.encode(body)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("the body has a key twice in one object")
    return made


def _constant(name: str) -> Any:
    raise Malformed(f"the body has {name}, which is not JSON")


def _where(error: ValueError) -> str:
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "unreadable"
