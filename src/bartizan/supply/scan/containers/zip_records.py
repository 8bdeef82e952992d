"""The records of a zip archive: headers of entries in the directory and before the data, and what follows the data."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.blob import BLOCK, Blob

LOCAL: Final = b"PK\x03\x04"
CENTRAL: Final = b"PK\x01\x02"
DESCRIPTOR: Final = b"PK\x07\x08"

ENCRYPTED: Final = 1 << 0
STREAMED: Final = 1 << 3
"""The sizes follow the data."""
PATCH: Final = 1 << 5
STRONG: Final = 1 << 6
UTF8: Final = 1 << 11
MASKED: Final = 1 << 13
RESERVED: Final = 0xC780
"""Marks without a meaning."""
LEVELS: Final = 0b110
"""How hard deflate tried."""

_CENTRAL: Final = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL: Final = struct.Struct("<4s2B4HL2L2H")
_FULL: Final = 0xFFFF_FFFF
_ZIP64: Final = 1
_UNICODE_NAME: Final = 0x7075


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one header says of an entry."""

    at: int
    """Where the header lies."""
    end: int
    """Behind the header; of a local one, where the data begin."""
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header_at: int
    """Where the local header lies."""
    mode: int = 0
    """As Unix has it; 0: not said."""
    disk: int = 0
    alias: str | None = None
    """Another name in the extra field, which some programs prefer."""
    trouble: str = ""
    """What is wrong in its extra field."""

    @property
    def name(self) -> str:
        """Its name, as most programs read it."""
        if self.flags & UTF8:
            return self.raw.decode("utf-8", "replace")
        return self.raw.decode("cp437")

    @property
    def is_folder(self) -> bool:
        """Whether its name is one of a folder."""
        return self.raw.endswith((b"/", b"\\"))


class _Extra:
    """What extra fields say."""

    def __init__(self, data: bytes) -> None:
        self.large = b""
        self.alias: str | None = None
        self.trouble = ""
        seen = 0
        for kind, held in self._fields(data):
            if kind == _ZIP64:
                seen += 1
                self.large = self.large or held
            elif kind == _UNICODE_NAME and len(held) > 5:
                self.alias = held[5:].decode("utf-8", "replace")
        if seen > 1:
            self.trouble = "it has large sizes twice"

    def _fields(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        at = 0
        while at + 4 <= len(data):
            kind, size = struct.unpack_from("<2H", data, at)
            if at + 4 + size > len(data):
                if data[at:].strip(b"\0"):
                    self.trouble = "a part of its extra field is longer than the field"
                return
            yield kind, data[at + 4 : at + 4 + size]
            at += 4 + size

    def widened(self, *values: int) -> list[int]:
        """Values, with those that did not fit taken from here."""
        out: list[int] = []
        at = 0
        for value in values:
            is_large = value == _FULL and bool(self.large)
            if is_large and at + 8 > len(self.large):
                self.trouble = "its large sizes are cut off"
                is_large = False
            out.append(int.from_bytes(self.large[at : at + 8], "little") if is_large else value)
            at += 8 * is_large
        return out


def central(blob: Blob, at: int, shift: int = 0) -> Entry | None:
    """The header of the directory that lies there; None: there is none, or it is cut off.

    ``shift``: how much farther behind entries lie than the directory says.
    """
    head = blob.read(at, _CENTRAL.size)
    if len(head) < _CENTRAL.size or not head.startswith(CENTRAL):
        return None
    (_, _, _, _, _, flags, method, _, _, crc, packed, size, *lengths, disk, _, attributes, start) = _CENTRAL.unpack(
        head
    )
    named, extra_size, comment_size = lengths
    rest = blob.read(at + _CENTRAL.size, named + extra_size)
    end = at + _CENTRAL.size + named + extra_size + comment_size
    if end > blob.size:
        return None
    extra = _Extra(rest[named:])
    size, packed, start = extra.widened(size, packed, start)
    return Entry(
        at=at,
        end=end,
        raw=rest[:named],
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        header_at=start + shift,
        mode=attributes >> 16,
        disk=disk if disk != 0xFFFF else 0,
        alias=extra.alias,
        trouble=extra.trouble,
    )


def local(blob: Blob, at: int) -> Entry | None:
    """The local header that lies there; None: there is none, or it is cut off."""
    head = blob.read(at, _LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(LOCAL):
        return None
    _, _, _, flags, method, _, _, crc, packed, size, named, extra_size = _LOCAL.unpack(head)
    rest = blob.read(at + _LOCAL.size, named + extra_size)
    if len(rest) < named + extra_size:
        return None
    extra = _Extra(rest[named:])
    size, packed = extra.widened(size, packed)
    return Entry(
        at=at,
        end=at + _LOCAL.size + named + extra_size,
        raw=rest[:named],
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        header_at=at,
        alias=extra.alias,
        trouble=extra.trouble,
    )


class Descriptor(msgspec.Struct, frozen=True):
    """What follows the data of an entry that was streamed."""

    length: int
    crc: int
    packed: int
    size: int


def descriptors(blob: Blob, at: int) -> Iterator[Descriptor]:
    """All ways to read what lies there as one: with and without a mark, with short and long sizes."""
    held = blob.read(at, 24)
    skips = (4, 0) if held.startswith(DESCRIPTOR) else (0,)
    for skip in skips:
        for form in ("<3L", "<L2Q"):
            length = skip + struct.calcsize(form)
            if length <= len(held):
                yield Descriptor(length, *struct.unpack_from(form, held, skip))


def places(blob: Blob, mark: bytes, start: int, end: int) -> Iterator[int]:
    """Every place between two others where a mark of a few bytes lies whole; in one pass."""
    at, more, step = start, len(mark) - 1, 4096
    while at < end:
        block = blob.read(at, min(step + more, end - at))
        found = block.find(mark)
        while found >= 0:
            yield at + found
            found = block.find(mark, found + 1)
        at += step
        step = min(2 * step, BLOCK)
