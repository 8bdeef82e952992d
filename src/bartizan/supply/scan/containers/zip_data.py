"""The data of an entry, unpacked."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, Final, Protocol

from bartizan.supply.scan.blob import BLOCK, Blob, gathered
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look

STORED: Final = 0
METHODS: Final = {0: "stored", 8: "deflate", 12: "bzip2", 14: "lzma", 95: "xz"}
"""That can be unpacked here."""
_PIECE: Final = 1 << 16
_DICTIONARY: Final = 64 << 20
"""The most that lzma may keep in memory."""


class _Decoder(Protocol):
    """What unpacks."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class Data:
    """Data of an entry: ``blob``, what came out, and what is wrong with it. What breaks gives what came before."""

    def __init__(self, packed: Blob, method: int, size: int, look: Look) -> None:
        self.crc = 0
        self.trouble = ""
        """Why it ends early; empty: it does not."""
        self.used = packed.size
        """Bytes that were unpacked; what follows is not read by anybody."""
        self._packed, self._look = packed, look
        if method == STORED:
            self.blob = packed
        else:
            self.blob = gathered(self._counted(look.unpacking(self._pieces(method, size), packed.size)))

    def checksum(self) -> int:
        """Of all that came out."""
        if self.blob is self._packed and not self.crc:
            for block in self.blob.blocks():
                self.crc = zlib.crc32(block, self.crc)
                self._look.spend(len(block) >> 14)
        return self.crc

    def _counted(self, pieces: Any) -> Iterator[bytes]:
        for piece in pieces:
            self.crc = zlib.crc32(piece, self.crc)
            yield piece

    def _pieces(self, method: int, size: int) -> Iterator[bytes]:
        try:
            if method == 8:
                yield from self._inflated()
            elif method == 12:
                yield from self._decompressed(bz2.BZ2Decompressor(), 0)
            elif method == 14:
                decoder, at = _lzma(self._packed, size)
                yield from self._decompressed(decoder, at)
            else:
                yield from self._decompressed(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2 * _DICTIONARY), 0)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            self.trouble = f"what is compressed is broken: {error}"
        except Unreadable as error:
            if isinstance(error, TooMuch):
                raise
            self.trouble = str(error)

    def _inflated(self) -> Iterator[bytes]:
        decoder = zlib.decompressobj(-zlib.MAX_WBITS)
        at = 0
        while not decoder.eof:
            held = decoder.unconsumed_tail
            if not held:
                held = self._packed.read(at, _PIECE)
                at += len(held)
            piece = decoder.decompress(held, BLOCK)
            if not held and not piece:
                self.trouble = "what is compressed ends too early"
                return
            if piece:
                yield piece
        self.used = at - len(decoder.unused_data)

    def _decompressed(self, decoder: Any, at: int) -> Iterator[bytes]:
        while not decoder.eof:
            held = b""
            if decoder.needs_input:
                held = self._packed.read(at, _PIECE)
                at += len(held)
                if not held:
                    self.trouble = "what is compressed ends too early"
                    return
            piece = decoder.decompress(held, BLOCK)
            if piece:
                yield piece
        self.used = at - len(decoder.unused_data)


def _lzma(packed: Blob, size: int) -> tuple[lzma.LZMADecompressor, int]:
    """A decoder set as the data say, and where the stream begins."""
    head = packed.exactly(0, 4)
    length = int.from_bytes(head[2:4], "little")
    settings = packed.exactly(4, length)
    if length < 5 or settings[0] >= 225:
        raise Unreadable("the settings of lzma are wrong", 2)
    code, dictionary = settings[0], int.from_bytes(settings[1:5], "little")
    if min(dictionary, size) > _DICTIONARY:
        raise TooMuch(f"lzma that needs {dictionary:,} bytes of memory")
    chosen = {
        "id": lzma.FILTER_LZMA1,
        "lc": code % 9,
        "lp": code // 9 % 5,
        "pb": code // 45,
        "dict_size": max(4096, min(dictionary, _DICTIONARY)),
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen]), 4 + length
