"""Bytes that can be read anywhere: of a file, of a part of one, or unpacked.

Nothing is mapped into memory: a file that shrinks while it is read would end the process.
"""

from __future__ import annotations

import abc
import os
import tempfile
import weakref
from collections.abc import Iterable
from typing import IO

from bartizan.supply.scan.limits import Unreadable

BLOCK = 1 << 20
_IN_MEMORY = 8 << 20
"""Bytes of something unpacked that are kept in memory; more go to a file without a name."""


class Blob(abc.ABC):
    """Some bytes."""

    size: int

    @abc.abstractmethod
    def read(self, at: int, count: int) -> bytes:
        """These bytes; fewer only where it ends. Raises Unreadable where they cannot be had."""

    def exactly(self, at: int, count: int) -> bytes:
        """These bytes. Raises Unreadable where it ends before."""
        found = self.read(at, count)
        if len(found) < count:
            raise Unreadable("it ends too early", at + len(found))
        return found

    def part(self, start: int, size: int | None = None) -> Blob:
        """Some of it; to its end without a size. Raises Unreadable for what lies outside."""
        size = self.size - start if size is None else size
        if start < 0 or size < 0 or start + size > self.size:
            raise Unreadable("a part of it lies beyond its end", start)
        return _Part(self, start, size)

    def find(self, needle: bytes, start: int = 0, end: int | None = None) -> int:
        """Where these bytes come first between two places; -1: nowhere."""
        end = self.size if end is None else min(end, self.size)
        at = start
        while at < end:
            block = self.read(at, min(BLOCK + len(needle) - 1, end - at))
            found = block.find(needle)
            if found >= 0:
                return at + found
            at += BLOCK
        return -1

    def blocks(self, start: int = 0) -> Iterable[bytes]:
        """All of it from a place on, a megabyte at a time."""
        for at in range(start, self.size, BLOCK):
            yield self.read(at, BLOCK)


class Held(Blob):
    """Bytes in memory."""

    def __init__(self, held: bytes) -> None:
        self._held = held
        self.size = len(held)

    def read(self, at: int, count: int) -> bytes:
        """See `Blob.read`."""
        return self._held[at : at + count] if at >= 0 else b""


class Filed(Blob):
    """An open file. The block that was read last is kept, for most reading goes forward in small steps."""

    def __init__(self, file: IO[bytes], size: int | None = None) -> None:
        self._file = file
        self._number = file.fileno()
        self.size = os.fstat(self._number).st_size if size is None else size
        self._block, self._from = b"", 0

    def read(self, at: int, count: int) -> bytes:
        """See `Blob.read`."""
        if at < 0 or at >= self.size:
            return b""
        inside = at - self._from
        if inside >= 0 and inside + count <= len(self._block):
            return self._block[inside : inside + count]
        count = min(count, self.size - at)
        if count >= BLOCK:
            return self._had(at, count)
        self._block, self._from = self._had(at, min(BLOCK, self.size - at)), at
        return self._block[:count]

    def _had(self, at: int, count: int) -> bytes:
        try:
            found = os.pread(self._number, count, at)
            while len(found) < count and (more := os.pread(self._number, count - len(found), at + len(found))):
                found += more
        except OSError as error:
            raise Unreadable(f"it cannot be read: {error.strerror}", at) from None
        return found


class _Part(Blob):
    def __init__(self, whole: Blob, start: int, size: int) -> None:
        self._whole, self._start = whole, start
        self.size = size

    def read(self, at: int, count: int) -> bytes:
        """See `Blob.read`."""
        if at < 0 or at >= self.size:
            return b""
        return self._whole.read(self._start + at, min(count, self.size - at))

    def part(self, start: int, size: int | None = None) -> Blob:
        """See `Blob.part`: parts of parts read the whole at once."""
        size = self.size - start if size is None else size
        if start < 0 or size < 0 or start + size > self.size:
            raise Unreadable("a part of it lies beyond its end", start)
        return _Part(self._whole, self._start + start, size)


def gathered(pieces: Iterable[bytes]) -> Blob:
    """Pieces as one: in memory where they are few, else in a file without a name, which goes when nobody holds it."""
    kept = bytearray()
    left = iter(pieces)
    for piece in left:
        kept += piece
        if len(kept) > _IN_MEMORY:
            break
    else:
        return Held(bytes(kept))
    file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as what reads it
    try:
        file.write(kept)
        for piece in left:
            file.write(piece)
        file.flush()
    except BaseException:
        file.close()
        raise
    blob = Filed(file)
    weakref.finalize(blob, file.close)
    return blob
