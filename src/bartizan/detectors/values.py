"""What an application takes out of an answer: all of it, or what the model set apart as the value asked for."""

from __future__ import annotations

import re

FENCE = re.compile(r"^[ \t]*(`{3,12}|~{3,12})[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_MOST = 12
_LONGEST = 20_000


def values_in(text: str) -> list[str]:
    """The whole answer, its fenced blocks, its code spans; at most 12, of each the first 20,000 characters."""
    found = [text, *(code for _, code in fenced(text)), *SPAN.findall(text)]
    return list(dict.fromkeys(value.strip(" \t\r\n")[:_LONGEST] for value in found if value.strip()))[:_MOST]


def fenced(text: str) -> list[tuple[str, str]]:
    """(language in lower case, code) of each fenced block, as CommonMark 0.31.2, 4.5, has them."""
    return [(found[2].lower(), found[3]) for found in FENCE.finditer(text)]
