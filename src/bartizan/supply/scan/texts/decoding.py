"""Bytes as text: which encoding it is, and the text in bounded pieces."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import TooMuch, Unreadable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BARE: Final = (
    (re.compile(rb"[^\x00]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00\x00\x00[^\x00]"), "utf-32-be"),
    (re.compile(rb"[^\x00]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x00[^\x00]\x00[^\x00]"), "utf-16-be"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST: Final = 8 << 20
"""Bytes of a text that is looked at in one piece."""


def encoding(head: bytes) -> str:
    """The encoding by a mark at the beginning, or by where the zeros are; else UTF-8."""
    for mark, name in (*_MARKS,):
        if head.startswith(mark):
            return name
    return next((name for shape, name in _BARE if shape.match(head)), "utf-8")


def is_text(head: bytes) -> bool:
    """Whether these first bytes are a text without control characters."""
    try:
        text = codecs.getincrementaldecoder(encoding(head))().decode(head)
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None


def begins(head: bytes) -> str:
    """The first bytes as text; empty where they are none."""
    return codecs.getincrementaldecoder(encoding(head))().decode(head) if is_text(head) else ""


def pieces(blob: Blob, name: str = "") -> Iterator[tuple[int, str]]:
    """The text, a megabyte of bytes at a time, each with the place where it begins. Raises Unreadable."""
    decoder = codecs.getincrementaldecoder(name or encoding(blob.read(0, 4)))()
    at = 0
    for block in blob.blocks():
        try:
            text = decoder.decode(block, at + len(block) >= blob.size)
        except UnicodeDecodeError as error:
            raise Unreadable(f"it is no text in {decoder_name(decoder)}", at + error.start) from None
        if found := _CONTROL.search(text):
            raise Unreadable(f"a control character in a text: {found[0]!r}", at)
        yield at, text
        at += len(block)


def decoder_name(decoder: object) -> str:
    """How a decoder's encoding is called, for a message."""
    return type(decoder).__module__.rpartition(".")[2].replace("_", "-") or "its encoding"


def whole(blob: Blob, most: int = MOST) -> str:
    """All of the text. Raises TooMuch over so many bytes, and Unreadable."""
    if blob.size > most:
        raise TooMuch(f"a text of {blob.size:,} bytes, more than {most:,}")
    return "".join(text for _, text in pieces(blob))
