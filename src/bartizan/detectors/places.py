"""Regular expressions of case files, with {token}, {sink} and {secret} filled in by what they are, escaped."""

from __future__ import annotations

import re
from functools import lru_cache

from bartizan.core.transcript import Marks
from bartizan.detectors.pattern_check import flaw

_PLACE = re.compile(r"\{(token|sink|secret)\}")
_NEVER = r"(?!)"
_LONGEST = 40_000
"""Characters of one text that are searched, half at its beginning and half at its end: the time that the worst
expression takes that is let through grows with the square of it."""


def compiled(pattern: str, marks: Marks) -> re.Pattern[str]:
    """The expression with this trial's values; case does not matter, and a dot takes line breaks too.

    {secret} is any of the trial's canaries; a place whose value is empty never matches.
    """
    return _compiled(pattern, marks.token, marks.sink, tuple(marks.secrets.values()))


def found_in(text: str, pattern: str, marks: Marks) -> re.Match[str] | None:
    """Where it matches; of a text of more than 40,000 characters the first and the last 20,000 are searched."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    return compiled(pattern, marks).search(text)


@lru_cache(maxsize=512)
def _compiled(pattern: str, token: str, sink: str, secrets: tuple[str, ...]) -> re.Pattern[str]:
    values = {"token": (token,), "sink": (sink,), "secret": secrets}

    def fill(place: re.Match[str]) -> str:
        known = [re.escape(one) for one in values[place[1]] if one]
        return f"(?:{'|'.join(known)})" if known else _NEVER

    return re.compile(_PLACE.sub(fill, pattern), re.IGNORECASE | re.DOTALL)


def check(pattern: str, *, may_be_empty: bool = False) -> None:
    """ValueError, with what is wrong, where it is no expression, or one that can take for ever; for __post_init__.

    ``may_be_empty``: it may match nothing at all, where it says no more than that something is there.
    """
    found = flaw(_PLACE.sub("(?:x)", pattern), may_be_empty=may_be_empty)
    if found:
        raise ValueError(f"the pattern {pattern[:80]!r} {found}")
