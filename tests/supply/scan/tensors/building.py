"""What the tests of tensors share: looking at bytes, and protocol buffers written field by field. Nothing is loaded."""

from __future__ import annotations

import io
import zipfile

from hypothesis import strategies as st

from bartizan.supply.scan import texts
from bartizan.supply.scan.blob import Blob, Held
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from bartizan.supply.scan.tensors import FORMATS, LAST


def _unzip(blob: Blob, look: Look) -> None:
    with zipfile.ZipFile(io.BytesIO(blob.read(0, blob.size))) as packed:
        for name in packed.namelist():
            look.into(name, Held(packed.read(name)))


ZIP = Format(name="zip", fits=lambda head, blob: head[:4] == b"PK\3\4", look=_unzip)
"""Enough of one to look into a .keras file."""


def looked(data: bytes) -> tuple[tuple[str, ...], list[Finding]]:
    """What these bytes are found to be, and what is found in them."""
    look = Look((PICKLE, *FORMATS, ZIP, PICKLE_TEXT, *texts.FORMATS, *LAST))
    return look.at(Held(data)), look.findings


def formats(data: bytes) -> tuple[str, ...]:
    return looked(data)[0]


def found(data: bytes) -> list[str]:
    """The rules by which something is found."""
    return [one.rule.id for one in looked(data)[1]]


def levels(data: bytes) -> set[str]:
    return {one.level for one in looked(data)[1]}


def said(data: bytes) -> str:
    return "\n".join(str(one) for one in looked(data)[1])


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def held(field: int, *parts: bytes | str) -> bytes:
    """A field of bytes: a text, or a message of its fields."""
    whole = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(whole)) + whole


def damaged(data: st.DataObject, seed: bytes) -> bytes:
    """A file with some bytes changed, and cut off somewhere."""
    changed = bytearray(seed)
    for _ in range(data.draw(st.integers(0, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed[: data.draw(st.integers(1, len(changed)))])
