"""One compressed stream, unpacked piece by piece with the decoders of the standard library.

A decoder that meets an error keeps what it had made in that call for itself, while a program that reads in small steps
has got it by then. So the last steps before an error are done again, one byte at a time.
"""

from __future__ import annotations

import bz2
import contextlib
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import TooMuch, Unreadable

PIECE: Final = 1 << 18
"""Bytes that come out at once."""
MEMORY: Final = 144 << 20
"""Bytes that a decoder of LZMA may take. xz -9 makes files that need 65 MB."""
_FIRST: Final = 4096
_MOST: Final = 1 << 18
"""Bytes that go in at once: few at first, for there may be a million small streams one after another."""
_ERRORS: Final = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Decoder(Protocol):
    """What `bz2` and `lzma` have, and `Deflate`."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without new input."""

    @property
    def unused_data(self) -> bytes:
        """What came in behind the end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """What comes out, at most so many bytes."""


class Deflate:
    """`zlib` as the other decoders are."""

    def __init__(self, bits: int) -> None:
        self._held = zlib.decompressobj(bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """See `Decoder`."""
        return self._held.eof

    @property
    def unused_data(self) -> bytes:
        """See `Decoder`."""
        return self._held.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See `Decoder`."""
        left = self._held.unconsumed_tail
        found = self._held.decompress(left + data if left else data, max_length)
        self.needs_input = not self._held.unconsumed_tail and len(found) < max_length
        return found


def raw_deflate() -> Decoder:
    """What is in gzip."""
    return Deflate(-zlib.MAX_WBITS)


def with_header() -> Decoder:
    """What is in zlib, which has a header and a sum of its own."""
    return Deflate(zlib.MAX_WBITS)


def bzip2() -> Decoder:
    """bzip2."""
    return bz2.BZ2Decompressor()


def any_lzma() -> Decoder:
    """xz, or the older .lzma: told by the first byte."""
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=MEMORY)


def begins(make: Callable[[], Decoder], head: bytes, least: int = 8) -> bool:
    """Whether this beginning unpacks: to its end, or to some bytes without an error."""
    decoder = make()
    try:
        found = decoder.decompress(head, least)
    except lzma.LZMAError as error:
        return _is_memory(error)
    except _ERRORS:
        return False
    return decoder.eof or len(found) >= least


def _is_memory(error: Exception) -> bool:
    return "memory usage limit" in str(error).lower()


class Member:
    """One compressed stream that begins at a place."""

    def __init__(self, blob: Blob, at: int, make: Callable[[], Decoder], spend: Callable[[int], None]) -> None:
        self.end = at
        """Behind the stream, when all of it has come out."""
        self._blob, self._at, self._make, self._spend = blob, at, make, spend
        self._fed = at
        """Where the last input begins that was given to the decoder."""

    def pieces(self) -> Iterator[bytes]:
        """All that comes out of it, also where it breaks. Raises Unreadable at its end then, and TooMuch."""
        size = 0
        try:
            for piece in self._run():
                size += len(piece)
                yield piece
        except MemoryError:
            raise TooMuch("unpacking it takes too much memory", self._at) from None
        except _ERRORS as error:
            if _is_memory(error):
                raise TooMuch(f"unpacking it takes more than {MEMORY:,} bytes of memory", self._at) from None
            yield from self._rest(size)
            raise Unreadable(f"it does not unpack: {error}", self._at) from None

    def _rest(self, before: int) -> Iterator[bytes]:
        """What came out of the call that failed."""
        size, kept = 0, bytearray()
        with contextlib.suppress(*_ERRORS):
            for piece in self._run(before):
                size += len(piece)
                if size > before:
                    kept += piece
                if len(kept) > PIECE:
                    break
        self._spend(len(kept))
        if kept:
            yield bytes(kept)

    def _run(self, before: int | None = None) -> Iterator[bytes]:
        """What comes out; from the input that failed on, and behind the place ``before``, byte by byte."""
        decoder, at, size, step = self._make(), self._at, 0, _FIRST
        until = self._fed
        while not decoder.eof:
            data = b""
            if decoder.needs_input:
                if before is not None and at >= until:
                    step = 1
                else:
                    self._fed = at
                data = self._blob.read(at, step)
                if not data:
                    raise EOFError("it ends too early")
                at += len(data)
                step = min(2 * step, _MOST)
            piece = decoder.decompress(data, PIECE if before is None else max(1, min(PIECE, before - size)))
            if piece:
                size += len(piece)
                yield piece
        self.end = at - len(decoder.unused_data)
