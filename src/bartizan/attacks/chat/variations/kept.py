"""What a variation leaves alone: the words by which a trial is recognised, and names that work only as they are.

A word is kept when it holds a digit, an underscore, a hyphen, an @ or a brace, is an address, or ends in .example: so
tokens, hosts, mail addresses, links, tool names, file names with digits and unfilled places survive.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_KEPT = re.compile(
    r"((?<![!-~])(?:(?!://|\.example)[!-,./:-?A-Z\[-^`a-z|~])*+(?:[\d@_{}\-]|://|\.example)[!-~]*+)",
)
"""Runs of ASCII without spaces; possessive, so that its time grows with the length of the text only."""


def parts(text: str) -> list[str]:
    """The text in pieces: those at even places may change, those at odd places may not. Joined, they are the text."""
    return _KEPT.split(text)


def changed(text: str, change: Callable[[str], str]) -> str:
    """The text with every piece changed that may change."""
    pieces = _KEPT.split(text)
    pieces[::2] = [change(piece) for piece in pieces[::2]]
    return "".join(pieces)
