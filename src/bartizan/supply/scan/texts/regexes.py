"""Patterns that take forever on the right text: repetitions of what is itself repeated."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(
    r"\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|.)|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|[()|]|[*+?]|\{\d*,?\d*\}|.", re.DOTALL
)
_COUNT: Final = re.compile(r"\{(\d*)(,?)(\d*)\}")
_LONGEST: Final = 20_000
_MANY: Final = 12
_MOST_COPIES: Final = 20_000


def explodes(pattern: str) -> str | None:
    """The part of a pattern that takes a time without bounds; None: there is none."""
    if len(pattern) > _LONGEST:
        return f"{len(pattern):,} characters"
    stack: list[tuple[int, bool, int]] = []
    loops, copies, closed, start = False, 1, (False, 0, 1), 0
    """``loops``: whether something in this group repeats without end; ``closed``: the same of the last item."""
    parts = list(_PART.finditer(pattern))
    for place, found in enumerate(parts):
        part = found[0]
        if part == "(":
            stack.append((found.start(), loops, copies))
            loops, copies, closed = False, 1, (False, found.start(), 1)
        elif part == ")" and stack:
            inner, inside = loops, copies
            start, loops, copies = stack.pop()
            closed = (inner, start, inside)
        elif part in ("+", "?") and place and _is_count(parts[place - 1][0]):
            closed = (closed[0] and part == "?", closed[1], closed[2])
        elif part[0] in "*+{" and (len(part) == 1 or _COUNT.fullmatch(part)) and part != "{":
            least = _most(part)
            is_possessive = place + 1 < len(parts) and parts[place + 1][0] == "+" and part[0] != "{"
            if least > _MANY and closed[0] and not is_possessive:
                return pattern[closed[1] : found.end()][:200]
            repeated = closed[2] * (least if part[0] == "{" and least < 1 << 30 else 1)
            if repeated > _MOST_COPIES:
                return pattern[closed[1] : found.end()][:200]
            copies = max(copies, repeated)
            loops = loops or closed[0] or (least > _MANY and not is_possessive)
            closed = (closed[0] or least > _MANY, closed[1], repeated)
        elif part != "?" or not place:
            loops, copies = loops or closed[0], max(copies, closed[2])
            closed = (False, found.start(), 1)
        else:
            loops = loops or closed[0]
    return None


def _is_count(part: str) -> bool:
    return part in ("*", "+", "?") or _COUNT.fullmatch(part) is not None


def _most(part: str) -> int:
    counted = _COUNT.fullmatch(part)
    if counted is None:
        return 1 << 30
    low, comma, high = counted.groups()
    if high:
        return int(high[:9])
    return 1 << 30 if comma else int(low[:9] or 0)
