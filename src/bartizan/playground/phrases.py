"""What patterns over a clause share: its quotation, and what a phrase stands for."""

from __future__ import annotations

import re
from collections.abc import Callable

Fill = Callable[[str], str]
"""What a phrase stands for ('the secret you have read' -> the secret); a quotation stands for itself."""
QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def one(found: re.Match[str] | None) -> str:
    """What one of a pattern's groups holds."""
    return next((part.strip() for part in found.groups() if part), "") if found is not None else ""


def is_number(text: str) -> bool:
    """Whether it is one, with a point at most."""
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?", text))


_WORD = r"(?P<word>[A-Z][A-Z_]{2,}|[<{\[][\w -]{2,40}[>}\]])"
_PLACINGS = (
    re.compile(
        rf",?[ ]?(?:and )?\b(?:with|putting|writing|using)\s+(?P<what>[^.\n]{{1,80}}?)\s+"
        rf"(?:in(?:to)? (?:the )?place of|instead of)\s+{_WORD}"
    ),
    re.compile(
        rf",?[ ]?(?:and |but )?\b(?:replac(?:e|ing)|substitut(?:e|ing))\s+{_WORD}\s+(?:with|by)\s+"
        r"(?P<what>[^.\n]{1,80})"
    ),
    re.compile(rf",?[ ]?\bwhere\s+{_WORD}\s+(?:is|stands for|means)\s+(?P<what>[^.\n]{{1,80}})"),
)


def placings(clause: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(the clause without them, each word that something is to be put in the place of, with the phrase for that)."""
    found: list[tuple[str, str]] = []
    for form in _PLACINGS:
        found += [(placing["word"], placing["what"].strip()) for placing in form.finditer(clause)]
        clause = form.sub("", clause)
    return clause, tuple(found)


def placed(text: str, words: tuple[tuple[str, str], ...], fill: Fill) -> str:
    """The text with these words replaced by what their phrases stand for."""
    for word, what in words:
        text = text.replace(word, re.sub(r"\s+", "%20", fill(what)) if word in text else word)
    return text
