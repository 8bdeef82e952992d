"""Texts that cost more than they say: floods of marks that show nothing, and endless repetition.

Plain ASCII costs one scan in C. Nothing here reads more than a bounded part of a text, except to count characters.
"""

from __future__ import annotations

import re
import zlib

_STACK = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
"""Marks that stand on the letter before them. Scripts that need their own vowel signs are not in these blocks."""
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ufe00-\ufe0e\U000e0000-\U000e0fff]+"
)
"""Characters that show nothing or turn the direction of writing; not the joiner and selector that emoji are made of."""
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]+")
_FEW = 24
"""So many of them are nothing unusual, in a text of any length."""
_PIECE = 512
_PIECES = 12


def stacked(text: str) -> int:
    """The longest run of marks on one letter."""
    return 0 if text.isascii() else max((len(one) for one in _STACK.findall(text)), default=0)


def unseen_share(text: str) -> float:
    """The share of characters that show nothing, where there are more than a few."""
    return _share(_UNSEEN, text)


def private_share(text: str) -> float:
    """The share of characters that mean nothing in Unicode, where there are more than a few."""
    return _share(_PRIVATE, text)


def _share(pattern: re.Pattern[str], text: str) -> float:
    if text.isascii():
        return 0.0
    found = sum(len(one) for one in pattern.findall(text))
    return found / len(text) if found > _FEW else 0.0


def compressed_share(text: str, seed: int) -> float:
    """How small a sample of a text becomes, compressed, for one byte of it: prose .5, one word repeated .01.

    The sample is at most twelve pieces of 512 characters, spread evenly from a beginning that ``seed`` chooses, so that
    nobody knows beforehand where it is taken.
    """
    if len(text) <= _PIECE * _PIECES:
        raw = text.encode("utf-8", "surrogatepass")
    else:
        step = len(text) // _PIECES
        first = seed % max(1, step - _PIECE)
        raw = "".join(text[i : i + _PIECE] for i in range(first, len(text) - _PIECE, step)).encode(
            "utf-8", "surrogatepass"
        )
    return len(zlib.compress(raw, 1)) / max(1, len(raw))
