"""Text that does not show: tag characters, variation selectors, zero width, changes of direction, heaps of marks.

Source: Unicode Technical Standard 39, section 5.4 (optional detection); Unicode chapter 23.9 for tag characters.
"""

from __future__ import annotations

import re

from bartizan.controls.chat.injection.pieces import Piece

_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0001\U000e0020-\U000e007f]{3,}+")
"""Runs of tag characters that do not follow the black flag, whose regions are spelled with them."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{6,}+")
_ZERO_WIDTH = re.compile("(?<=[a-zA-Z])[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff]+(?=[a-zA-Z])")
_ZERO_BITS = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff]{16,}+")
_DIRECTION = re.compile("[\u202d\u202e][^\u202c\n]{3,200}")
_MARKS = re.compile("(?:[a-zA-Z][\u0300-\u036f\u0489]{3,}+){3}")

_ANY = re.compile(
    "[\u00ad\u0300-\u036f\u0489\u180e\u200b-\u200d\u202d\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)

HIDDEN: tuple[tuple[str, str, re.Pattern[str], int, float], ...] = (
    ("hidden.tags", "text in tag characters, which do not show", _TAGS, 1, 0.9),
    ("hidden.selectors", "data in variation selectors, which do not show", _SELECTORS, 1, 0.7),
    ("hidden.zero_bits", "data in zero-width characters, which do not show", _ZERO_BITS, 1, 0.6),
    ("hidden.zero_width", "words broken by characters that do not show", _ZERO_WIDTH, 4, 0.4),
    ("hidden.direction", "text shown in another order than it is read", _DIRECTION, 1, 0.4),
    ("hidden.marks", "letters under heaps of marks", _MARKS, 1, 0.3),
)
"""Rule, title, pattern, how many make a finding, score."""


def may_hide(text: str) -> bool:
    """Whether any character is there that hiding takes; quick, for a text has few different ones."""
    return not text.isascii() and _ANY.search("".join(set(text))) is not None


def hidden_text(text: str) -> list[Piece]:
    """What tag characters and variation selectors say, with the place of each run."""
    if not may_hide(text):
        return []
    found = [(one.start(), one.end(), _of_tags(one[0])) for one in _TAGS.finditer(text)]
    found += [(one.start(), one.end(), _of_selectors(one[0])) for one in _SELECTORS.finditer(text)]
    return sorted(one for one in found if one[2])


def hidden_signs(text: str) -> list[tuple[str, str, int, int, float]]:
    """(rule, title, start, end, score) of each way of hiding that a text uses; the first place of each."""
    if not may_hide(text):
        return []
    out = []
    for rule, title, pattern, many, score in HIDDEN:
        places = pattern.finditer(text)
        first = next(places, None)
        if first is not None and all(next(places, None) is not None for _ in range(many - 1)):
            out.append((rule, title, first.start(), first.end(), score))
    return out


def _of_tags(run: str) -> str:
    return "".join(chr(ord(one) - 0xE0000) for one in run if 0xE0020 <= ord(one) <= 0xE007E)


def _of_selectors(run: str) -> str:
    """Sixteen selectors and then 240 more stand for the 256 values of a byte."""
    codes = bytes(ord(one) - 0xFE00 if ord(one) < 0xFE10 else ord(one) - 0xE0100 + 16 for one in run)
    plain = codes.decode("utf-8", "replace")
    return plain if sum(map(str.isprintable, plain)) * 10 >= 9 * len(plain) else ""
