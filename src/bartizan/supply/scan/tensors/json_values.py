"""JSON that is small enough to be held: what it says, and which of its keys came twice."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look

LONGEST: Final = 16 << 20
_MOST_PIECES: Final = 1_200_000
"""What may be held: an object weighs three times what a value does."""


class Parsed(msgspec.Struct, frozen=True):
    """A document."""

    value: Any
    """What it says."""
    double: tuple[str, ...] = ()
    """Keys that came twice in one object: readers differ in which of the two they take."""


def text_of(data: bytes) -> str:
    """JSON as text, in whichever encoding Python itself would find in these bytes. Raises Unreadable, TooMuch."""
    if len(data) > LONGEST:
        raise TooMuch(f"JSON of {len(data):,} bytes")
    try:
        return data.decode(json.detect_encoding(data), "surrogatepass")
    except UnicodeDecodeError as error:
        raise Unreadable("the JSON is no text", error.start) from None


def parsed(text: str, look: Look) -> Parsed:
    """What a document says. Raises Unreadable where it is none, TooMuch where it would not fit into memory."""
    _weigh(text, look)
    hook = _Pairs()
    try:
        value = json.loads(text, object_pairs_hook=hook)
    except RecursionError:
        raise TooMuch("JSON that is nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"it is no JSON: {error}", getattr(error, "pos", None)) from None
    return Parsed(value, tuple(hook.double))


def beginning(text: str, look: Look) -> tuple[Parsed, int]:
    """The first document of a text, and where it ends. Raises as `parsed` does."""
    _weigh(text, look)
    hook = _Pairs()
    try:
        value, end = json.JSONDecoder(object_pairs_hook=hook).raw_decode(text)
    except RecursionError:
        raise TooMuch("JSON that is nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"it is no JSON: {error}", getattr(error, "pos", None)) from None
    return Parsed(value, tuple(hook.double)), end


def _weigh(text: str, look: Look) -> None:
    pieces = 3 * text.count("{") + text.count("[") + text.count(",")
    if pieces > _MOST_PIECES:
        raise TooMuch(f"JSON of more than {_MOST_PIECES // 3:,} values")
    look.spend(1 + pieces + len(text) // 64)


class _Pairs:
    """Makes objects of their pairs."""

    def __init__(self) -> None:
        self.double: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs) and len(self.double) < 20:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen and len(self.double) < 20:
                    self.double.append(key)
                seen.add(key)
        return made
