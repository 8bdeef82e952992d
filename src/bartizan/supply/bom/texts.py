"""What strangers wrote, as one bounded line that shows as it is: names, licences, sentences of cards."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 1_000
"""Characters of a text that are taken over."""
MOST: Final = 100
"""Entries of a list that are taken over."""
_SPACES: Final = re.compile(r"\s+")


def line(text: object, longest: int = LONGEST) -> str:
    """A text on one line without what does not show; empty for what is no text and no number."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return ""
    if isinstance(text, int) and abs(text) >> 64:
        return ""  # no number that means anything here; Python refuses to write out the longest
    raw = text[: 4 * longest] if isinstance(text, str) else str(text)
    kept = "".join(" " if c.isspace() else c if unicodedata.category(c)[0] != "C" else "" for c in raw)
    return _SPACES.sub(" ", kept).strip()[:longest].strip()


def lines(value: object, longest: int = LONGEST) -> tuple[str, ...]:
    """A text, or a list of texts, as a tuple; each once, what is empty left out."""
    entries = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for text in (line(one, longest) for one in entries[:MOST]) if text))
