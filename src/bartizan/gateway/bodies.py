"""Reading JSON from strangers: what two readers could understand differently is refused.

msgspec reads it, strictly (RFC 8259: no NaN, no bytes that are no UTF-8, no unpaired surrogates, no number out of
range). It keeps the last of two equal keys without a word, so a text that is not what would be written of its value is
read a second time by the standard library, which shows all keys.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from bartizan.gateway.wire.wire import Malformed

MOST_DEEP = 64
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def parse(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises Malformed for anything else, and for what `read` refuses."""
    body = read(raw)
    if not isinstance(body, dict):
        raise Malformed("the body is not a JSON object")
    return body


def read(raw: bytes) -> Any:
    """Any JSON. Raises Malformed for duplicate keys, NaN, infinities, numbers out of range, unpaired surrogates, bytes
    that are no UTF-8, and nesting deeper than 64. Time and memory grow in step with the length.
    """
    try:
        value = _decode(raw)
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except RecursionError:
        raise Malformed(f"the body is nested deeper than {MOST_DEEP}") from None
    except (msgspec.DecodeError, ValueError):
        raise Malformed(_why(raw)) from None
    if raw.count(b"[") + raw.count(b"{") > MOST_DEEP and _is_too_deep(value):
        raise Malformed(f"the body is nested deeper than {MOST_DEEP}")
    written = _encode(value)
    # White space between tokens is not worth a second reading.
    if written != raw and msgspec.json.format(raw, indent=-1) != written:
        _refuse_twins(raw)
    return value


def encode(body: Any) -> bytes:
    """The body as JSON, keys in their order."""
    return _encode(body)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEEP):
        level = [
            inner
            for one in level
            for inner in (one.values() if type(one) is dict else one)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _refuse_twins(raw: bytes) -> None:
    try:
        json.loads(raw, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON that all read alike") from None


def _object(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise Malformed("the body has a key twice in one object")


def _why(raw: bytes) -> str:
    """What is wrong with it, in words; without its content."""
    try:
        json.loads(raw.decode("utf-8"), parse_constant=_constant)
    except Malformed as error:
        return str(error)
    except UnicodeDecodeError:
        return "the body is not UTF-8"
    except RecursionError:
        return f"the body is nested deeper than {MOST_DEEP}"
    except json.JSONDecodeError as error:
        return f"the body is not JSON: {error.msg} at character {error.pos}"
    except ValueError:
        return "the body has a number that is out of range"
    return "the body has a number that is out of range, or half a surrogate pair"


def _constant(name: str) -> Any:
    raise Malformed(f"the body has {name}, which is not JSON")
