"""A text as a reader or a model would take it: the ways to write the same words differently, folded into one.

Folding works character by character (compatibility forms, case, accents of Latin letters, what does not show), so plain
text costs one pass in C. Where the length changes, positions in the source are worked out only when somebody asks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from bartizan.controls.chat.injection.pieces import Raw, Stretch, climb
from bartizan.controls.chat.injection.unpack import unpacked
from bartizan.detectors.folding import folded

DEPTH = 3
"""Encodings in encodings that are undone."""
LARGEST = 300_000
"""Characters that all unpacked views of a text may have together, beside as many as the text itself has."""
_MOST = 24
"""Views of one text."""


class View:
    """A text in one form, folded to lower case, with the way back to the source.

    ``name`` follows 'found': 'as it stands', 'in base64'. ``text`` is what rules and the classifier read.
    """

    def __init__(self, name: str, raw: Raw) -> None:
        self.name = name
        self.raw = raw
        self.text = fold(raw.text)

    @cached_property
    def _stretches(self) -> tuple[Stretch, ...]:
        return () if len(self.text) == len(self.raw.text) else _stretches(self.raw.text, self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [one[0] for one in self._stretches]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the source of what stands here from ``start`` to ``end``.

        Exact where characters were exchanged one by one, the word where its length changed, the whole encoded piece
        where it was decoded.
        """
        first, last = climb(self._stretches, self._starts, start, end)
        return self.raw.source(first, last)


def views(text: str, depth: int = DEPTH) -> tuple[View, ...]:
    """The text as it stands, folded, then each form in which there is more to read, ``depth`` encodings deep.

    One view holds all pieces of one encoding, a line each. All together are bounded by the text's size and LARGEST.
    """
    first = Raw(text)
    found = [View("as it stands", first)]
    left = LARGEST + len(text)
    layer = [first]
    for _ in range(depth):
        deeper: list[Raw] = []
        for raw in layer:
            for name, inner in unpacked(raw):
                left -= len(inner.text)
                if left < 0 or len(found) == _MOST:
                    return tuple(found)
                found.append(View(name, inner))
                deeper.append(inner)
        layer = deeper
    return tuple(found)


def fold(text: str) -> str:
    """The text in lower case and compatibility forms, without accents and without what does not show.

    Look-alikes of Latin letters become these in words that mix scripts, and only there.
    """
    if text.isascii():
        return text.lower()
    return _unmixed(_FOREIGN.sub(_translated, text).lower())


_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def _translated(found: re.Match[str]) -> str:
    return found[0].translate(_TABLE)


_OTHER = "\u0250-\u02af\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u13a0-\u13ff\u1d00-\u1d7f\ua720-\ua7ff"
"""Letters among which there are look-alikes of Latin ones: Greek, Cyrillic, Armenian, Cherokee, phonetic."""
_MIXED = re.compile(f"[a-z][{_OTHER}]|[{_OTHER}][a-z]")
_SMALL_CAPITALS = re.compile("[\u0262\u026a\u0274\u0280\u028f\u029c\u029f\u1d00-\u1d22\ua730\ua731]{3}")
_WORD = re.compile(f"[a-z0-9{_OTHER}]++")


def _unmixed(text: str) -> str:
    if _MIXED.search(text) is None and _SMALL_CAPITALS.search(text) is None:
        return text
    return _WORD.sub(_as_latin, text)


def _as_latin(found: re.Match[str]) -> str:
    word = found[0]
    if word.isascii() or (_MIXED.search(word) is None and _SMALL_CAPITALS.search(word) is None):
        return word
    return folded(word).decode().lower()


_STRETCH = re.compile(r"\s+|\S{1,64}")


def _stretches(text: str, plain: str) -> tuple[Stretch, ...]:
    """Word by word; the whole as one where words cannot be told apart."""
    out: list[Stretch] = []
    here = 0
    for found in _STRETCH.finditer(text):
        size = len(fold(found[0]))
        out.append((here, here + size, found.start(), found.end()))
        here += size
    return tuple(out) if here == len(plain) else ((0, len(plain), 0, len(text)),)


class _Table(dict[int, str]):
    """What each character folds to, worked out when it is first met: at most all of Unicode."""

    def __missing__(self, code: int) -> str:
        self[code] = _char(chr(code))
        return self[code]


def _char(char: str) -> str:
    code = ord(char)
    if code < 0x80:
        return char.lower()
    if 0x1F100 <= code <= 0x1F1FF:
        return folded(char).decode().lower()
    category = unicodedata.category(char)
    if (category in {"Cf", "Mn", "Me", "Cs"} or code in _BLANK) and code not in _JAPANESE_MARKS:
        return ""
    if category == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", char).lower()
    parts = unicodedata.normalize("NFKD", plain)
    if parts[:1].isascii() or "\u0600" <= parts[:1] <= "\u06ff":
        plain = "".join(one for one in parts if not unicodedata.combining(one))
    return plain.translate(_LATIN)


_BLANK = frozenset({0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800})
"""Letters that show as nothing."""
_JAPANESE_MARKS = frozenset({0x3099, 0x309A})
_LATIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'"})
_TABLE = _Table()
