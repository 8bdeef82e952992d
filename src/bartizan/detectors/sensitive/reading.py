"""A text as the rules look at it: the same positions in three cheap disguises, each made in C.

One byte stands for one character throughout, so that a place in one is the place in the text: what Latin-1 has not is a
question mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from bartizan.detectors.sensitive.rule import CONTEXT

_DIGITS, _UPPER, _LOWER = range(48, 58), range(65, 91), (*range(97, 123), 0xB5, *range(0xC0, 0x100))


def _table(of: dict[int, str], otherwise: str = "") -> bytes:
    return bytes(ord(of.get(code, otherwise or chr(code))) for code in range(256))


_SHAPE = _table(
    dict.fromkeys(_DIGITS, "0") | dict.fromkeys(_UPPER, "A") | dict.fromkeys(_LOWER, "a") | {0xA0: " ", 0xAD: "-"}
)
_RUNS = _table(dict.fromkeys((*_DIGITS, *_UPPER, *range(97, 123), *b"_-+/"), "w"), " ")
_WORDS = _table({code: chr(code | 32) for code in _UPPER} | {code: chr(code) for code in _LOWER}, " ")
_ODD = {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u202f": " ", "\u2009": " ", "\u2007": " "}
"""Hyphens and spaces that typesetters put into numbers."""


class Reading:
    """A text, its disguises, and the words before a place."""

    def __init__(self, text: str) -> None:
        self.text = text if text.isascii() else _plain(text)
        self.raw = self.text.encode("latin-1", "replace")

    @cached_property
    def shape(self) -> bytes:
        """Digits are 0, capitals A, small letters a; the rest as it is."""
        return self.raw.translate(_SHAPE)

    @cached_property
    def runs(self) -> bytes:
        """What may stand in a token is w, the rest a space."""
        return self.raw.translate(_RUNS)

    @cached_property
    def low(self) -> bytes:
        """ASCII letters small."""
        return self.raw.lower()

    @cached_property
    def words(self) -> set[bytes]:
        """All its words, small."""
        return set(self.raw.translate(_WORDS).split())

    def before(self, start: int, most: int = CONTEXT) -> str:
        """Up to ``most`` characters before a place, small, spaces for underscores."""
        return self.text[max(0, start - most) : start].lower().replace("_", " ")


def joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches in order, those that touch made one: however many there are, all is read once."""
    whole: list[tuple[int, int]] = []
    for begin, end in stretches:
        if whole and begin <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(end, whole[-1][1])
        else:
            whole.append((begin, end))
    return whole


def _plain(text: str) -> str:
    for odd, plain in _ODD.items():
        if odd in text:
            text = text.replace(odd, plain)
    return text
