"""Finding encoded pieces in a text and undoing them: one step, all pieces of one encoding together.

What decodes to something that is no readable text is left alone, so hashes, keys and pictures cost little and show
nothing. Every expression here takes time in proportion to the text.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import unquote

from bartizan.controls.chat.injection.hidden import hidden_text
from bartizan.controls.chat.injection.pieces import Piece, Raw, exchanged, extracted
from bartizan.controls.chat.injection.unpack_letters import (
    LEET,
    SPACED,
    backwards_text,
    has_leet,
    morse_text,
    rot13_text,
    unleet,
    unspaced,
)

_SHORTEST = 16
"""Characters of an encoded piece: fewer decode to a word or two."""
_LARGEST = 200_000
"""Characters of one encoded piece that are decoded."""
_READABLE = bytes(range(32, 127)) + b"\t\n\r"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}+(?:\r?\n[A-Za-z0-9+/_-]{16,}+)*+={0,2}")
_BASE32 = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{24,}+=*")
_HEX = re.compile(r"(?<![0-9a-zA-Z])(?:(?:0x|\\x)?[0-9a-fA-F]{2}[\s:,;]{0,2}){12,}+")
_BINARY = re.compile(r"(?<![0-9])(?:[01]{8}[\s,]{0,2}){8,}+")
_CODES = re.compile(r"(?<![0-9])(?:[0-9]{2,3}[,; ]{1,2}){10,}+[0-9]{0,3}")
_LONG = re.compile(r"[A-Za-z0-9+/_-]{16}")
_BITS = re.compile(r"(?<![0-9])[01]{8}")
_LISTED = re.compile(r"[0-9]{2,3},[0-9]{2,3},[0-9]{2,3},")
_ESCAPE = re.compile(r"(?:%[0-9a-fA-F]{2})++|&#?[0-9a-zA-Z]{2,24};|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}")
_NOT_HEX = re.compile(r"0x|\\x|[^0-9a-fA-F]")
_DIGITS = frozenset("0123456789")
_NUMBERS, _SINGLE = b"\x02" * 8, b"\x01" * 5
"""Rows of words that may be numbers of bytes, and of single characters."""
_WHOLE = (("in rot13", rot13_text), ("backwards", backwards_text), ("in Morse code", morse_text))


def unpacked(raw: Raw) -> Iterator[tuple[str, Raw]]:
    """(name, text) of each encoding that is in a text; the name follows 'found'."""
    text = raw.text
    signs = Signs(text)
    for worth, name, pattern, undo in (
        (signs.base64, "in base64", _BASE64, _of_base64),
        (signs.base32, "in base32", _BASE32, _of_base32),
        (signs.hexadecimal, "in hexadecimal", _HEX, _of_hex),
        (signs.binary, "in binary", _BINARY, _of_binary),
        (signs.codes, "as character codes", _CODES, _of_codes),
    ):
        if worth:
            yield from _extracted(raw, name, pattern, undo)
    hidden = hidden_text(text)
    if hidden:
        yield "in characters that do not show", extracted(raw, hidden)
    if signs.escapes:
        yield from _exchanged(raw, "with escapes undone", _ESCAPE, _unescaped)
    if signs.spaced:
        yield from _exchanged(raw, "with spaced letters joined", SPACED, unspaced)
    if signs.leet:
        yield from _exchanged(raw, "with digits as letters", LEET, unleet)
    words = " ".join(signs.words).lower()
    for name, whole in _WHOLE:
        found = whole(text, words)
        if found:
            yield name, Raw(found[2], ((0, len(found[2]), found[0], found[1]),), raw)


class Signs:
    """What may be in a text, told by its words at little cost: each true where the expression is worth running."""

    def __init__(self, text: str) -> None:
        words = text.split()
        self.words = list(dict.fromkeys(words))
        """The different ones."""
        large = " ".join([word for word in self.words if len(word) >= 11])
        odd = " ".join([word for word in self.words if not word.isalpha()])
        row = _row(words, {word for word in self.words if word[0] in _DIGITS and 1 < len(word) < 12})
        numbers = _NUMBERS in row
        self.base64 = _LONG.search(large) is not None
        self.base32 = _BASE32.search(large) is not None
        self.hexadecimal = numbers or _HEX.search(large) is not None
        self.binary = _BITS.search(odd) is not None
        self.codes = numbers or _LISTED.search(large) is not None
        self.escapes = ("%" in odd or "&" in odd or "\\" in odd) and _ESCAPE.search(odd) is not None
        self.spaced = _SINGLE in row or SPACED.search(large) is not None
        self.leet = has_leet(odd)


def _row(words: list[str], numbers: set[str]) -> bytearray:
    """How long the words are, one byte each; ``numbers`` of a few digits count as two long."""
    try:
        row = bytearray(map(len, words))
    except ValueError:
        row = bytearray([min(len(word), 255) for word in words])
    if numbers:
        for i in [i for i, word in enumerate(words) if word in numbers]:
            row[i] = 2
    return row


def _extracted(raw: Raw, name: str, pattern: re.Pattern[str], undo: Callable[[str], str]) -> Iterator[tuple[str, Raw]]:
    pieces = [
        (found.start(), found.end(), plain)
        for found in pattern.finditer(raw.text)
        if found.end() - found.start() <= _LARGEST and (plain := undo(found[0]))
    ]
    if pieces:
        yield name, extracted(raw, pieces)


def _exchanged(raw: Raw, name: str, pattern: re.Pattern[str], undo: Callable[[str], str]) -> Iterator[tuple[str, Raw]]:
    pieces: list[Piece] = []
    for found in pattern.finditer(raw.text):
        plain = undo(found[0])
        if plain != found[0]:
            pieces.append((found.start(), found.end(), plain))
    if pieces:
        yield name, exchanged(raw, pieces)


def _readable(raw: bytes) -> str:
    """What it says; '' where it is no text: bytes that do not print, or no word in it."""
    odd = len(raw.translate(None, _READABLE))
    if odd * 20 > len(raw):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return _readable_utf16(raw)
        return text if sum(map(str.isprintable, text[:200])) * 10 >= 9 * len(text[:200]) else ""
    text = raw.decode("utf-8", "replace")
    return text if sum(map(str.isalpha, text[:200])) * 2 > len(text[:200]) else ""


def _readable_utf16(raw: bytes) -> str:
    if raw[1::2].strip(b"\0") or len(raw) < 8:
        return ""
    return _readable(raw[::2])


def _of_base64(piece: str) -> str:
    letters = "".join(piece.split()).rstrip("=").replace("-", "+").replace("_", "/")
    head = letters[:64]
    if len(letters) > 200 and not _readable(_decoded64(head)):
        return ""
    return _readable(_decoded64(letters))


def _decoded64(letters: str) -> bytes:
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _tail64(letters))


def _tail64(letters: str) -> str:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _of_base32(piece: str) -> str:
    letters = piece.rstrip("=")
    try:
        return _readable(base64.b32decode(letters + "=" * (-len(letters) % 8)))
    except binascii.Error:
        return ""


def _of_hex(piece: str) -> str:
    digits = _NOT_HEX.sub("", piece)
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _of_binary(piece: str) -> str:
    digits = re.sub("[^01]", "", piece)
    return _readable(bytes(int(digits[at : at + 8], 2) for at in range(0, len(digits) // 8 * 8, 8)))


def _of_codes(piece: str) -> str:
    codes = [int(one) for one in re.findall("[0-9]+", piece)]
    return _readable(bytes(codes)) if max(codes) < 256 else ""


def _unescaped(piece: str) -> str:
    if piece[0] == "%":
        return unquote(piece, errors="replace")
    if piece[0] == "&":
        return unescape(piece)
    return codecs.decode(piece, "unicode_escape")
