"""What the classifier sees of a text: its words and pairs of words, hashed, window by window."""

from __future__ import annotations

import re
from zlib import crc32

BITS = 18
"""Weights are found under the last so many bits of a hash."""
MASK = (1 << BITS) - 1
WIDTH = 64
"""Words in a window."""
STRIDE = 32
"""Words from one window's start to the next."""
FEWEST = 6
"""Words as which a shorter text counts, so that two words alone prove little."""
TOKEN = re.compile(rb"[a-z']+|[0-9]+|[\x80-\xff]+|[\[\]<>{}|#*_=!-]{2,8}")
_SINGLE = re.compile("([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")


def tokens(folded: str) -> list[bytes]:
    """The words of a folded text, and runs of marks; in writing without spaces each character is a word."""
    if not folded.isascii():
        folded = _SINGLE.sub(r"\1 ", folded)
    return TOKEN.findall(folded.encode("utf-8", "replace"))


def hashes(words: list[bytes]) -> tuple[list[int], list[int]]:
    """The hash of each word, and of each pair by its second word; the first word is paired with nothing."""
    single = list(map(crc32, words))
    pairs = [0, *map(crc32, words[1:], single)]
    return single, pairs


def windows(count: int) -> list[tuple[int, int]]:
    """First word and end of each window of a text with so many words; the last ends with the text."""
    if count <= WIDTH:
        return [(0, count)]
    starts = list(range(0, count - WIDTH, STRIDE))
    return [(start, start + WIDTH) for start in starts] + [(count - WIDTH, count)]
