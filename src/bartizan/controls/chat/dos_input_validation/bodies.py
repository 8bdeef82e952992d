"""How large a parsed body is, in depth and in pieces."""

from __future__ import annotations

from typing import Any


def is_deeper(body: Any, most_deep: int, most_pieces: int) -> str:
    """How a value is too large: nested deeper (depth), more keys and items (pieces); empty where it is not."""
    level: list[Any] = [body]
    seen = 0
    for _ in range(most_deep):
        below: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is dict:
                seen += len(one)
                below += [inner for inner in one.values() if type(inner) in _HOLDS]
            else:
                seen += len(one)
                below += [inner for inner in one if type(inner) in _HOLDS]
            if seen > most_pieces:
                return "pieces"
        if not below:
            return ""
        level = below
    return "depth"


_HOLDS = frozenset({dict, list, tuple})
