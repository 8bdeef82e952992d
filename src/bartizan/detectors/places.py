"""Regular expressions of case files, with {token}, {sink} and {secret} filled in by what they are, escaped."""

from __future__ import annotations

import re
from functools import lru_cache

from bartizan.core.transcript import Marks

_PLACE = re.compile(r"\{(token|sink|secret)\}")
_NEVER = r"(?!)"


def compiled(pattern: str, marks: Marks) -> re.Pattern[str]:
    """The expression with this trial's values; case does not matter, and a dot takes line breaks too.

    {secret} is any of the trial's canaries; a place whose value is empty never matches.
    """
    return _compiled(pattern, marks.token, marks.sink, tuple(marks.secrets.values()))


@lru_cache(maxsize=512)
def _compiled(pattern: str, token: str, sink: str, secrets: tuple[str, ...]) -> re.Pattern[str]:
    values = {"token": (token,), "sink": (sink,), "secret": secrets}

    def fill(place: re.Match[str]) -> str:
        known = [re.escape(one) for one in values[place[1]] if one]
        return f"(?:{'|'.join(known)})" if known else _NEVER

    return re.compile(_PLACE.sub(fill, pattern), re.IGNORECASE | re.DOTALL)


def check(pattern: str) -> None:
    """ValueError, with what is wrong, where it is no regular expression; for __post_init__."""
    try:
        _compiled(pattern, "x", "x", ("x",))
    except (re.error, RecursionError, OverflowError) as why:
        raise ValueError(f"'{pattern[:80]}' is no regular expression: {why}") from None
