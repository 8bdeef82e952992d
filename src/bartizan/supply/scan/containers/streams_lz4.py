"""LZ4 frames, as joblib and the command of that name write them. The standard library has no decoder for them.

Sums of the content are not checked: what is looked at is what is there. Source: LZ4 frame and block format 1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import Unreadable

MARK: Final = b"\x04\x22\x4d\x18"
_SIZES: Final = {4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22}
_HISTORY: Final = 1 << 16
_WORD: Final = 0xFFFFFFFF
_P1, _P2, _P3, _P4, _P5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393


class Frame:
    """One frame that begins at a place."""

    def __init__(self, blob: Blob, at: int, spend: Callable[[int], None]) -> None:
        self._blob, self._spend = blob, spend
        flags, block = blob.exactly(at + 4, 2)
        if flags >> 6 != 1 or flags & 2 or block & 0x8F:
            raise Unreadable("an LZ4 frame of a version that is not known", at + 4)
        if flags & 1:
            raise Unreadable("an LZ4 frame that needs a dictionary", at + 4)
        if block >> 4 not in _SIZES:
            raise Unreadable("an LZ4 frame with blocks of a size that there is not", at + 5)
        self._most = _SIZES[block >> 4]
        self._is_linked = not flags & 0x20
        self._block_sum = 4 if flags & 0x10 else 0
        self._sum = 4 if flags & 4 else 0
        length = 10 if flags & 8 else 2
        described = blob.exactly(at + 4, length)
        self._size = int.from_bytes(described[2:], "little") if flags & 8 else None
        if blob.exactly(at + 4 + length, 1)[0] != short_xxh32(described) >> 8 & 0xFF:
            raise Unreadable("the sum of the header of an LZ4 frame is wrong", at + 4 + length)
        self.end = at + 5 + length
        """Behind the frame, when all of it has come out."""

    def pieces(self) -> Iterator[bytes]:
        """All that comes out of it, also of a block that breaks. Raises Unreadable, and TooMuch."""
        history, made = b"", 0
        while size := int.from_bytes(self._blob.exactly(self.end, 4), "little"):
            at, is_plain, size = self.end + 4, size >> 31, size & 0x7FFFFFFF
            if size > self._most:
                raise Unreadable("a block of LZ4 that is larger than blocks are", self.end)
            held = self._blob.read(at, size)
            self._spend(1 + len(held) // 64)
            out, trouble = _unpacked(held, b"" if is_plain else history, self._most, bool(is_plain))
            made += len(out)
            yield out
            if len(held) < size:
                raise Unreadable("it ends too early", at + len(held))
            if trouble:
                raise Unreadable(trouble, self.end)
            history = (history + out)[-_HISTORY:] if self._is_linked else b""
            self._blob.exactly(at + size, self._block_sum)
            self.end = at + size + self._block_sum
        self._blob.exactly(self.end + 4, self._sum)
        self.end += 4 + self._sum
        if self._size is not None and self._size != made:
            raise Unreadable(f"{made:,} bytes came out of an LZ4 frame of {self._size:,}", self.end)


def _unpacked(source: bytes, history: bytes, most: int, is_plain: bool) -> tuple[bytes, str]:
    """What comes out of a block, and what is wrong with it."""
    if is_plain:
        return source, ""
    out = bytearray(history)
    trouble = ""
    try:
        _sequences(source, out, len(history) + most)
    except IndexError:
        trouble = "a block of LZ4 ends too early"
    except Unreadable as error:
        trouble = str(error)
    return bytes(out[len(history) :]), trouble


def _sequences(source: bytes, out: bytearray, most: int) -> None:
    """Append what a block says. Raises IndexError where it ends too early, and Unreadable."""
    at, end = 0, len(source)
    while True:
        token = source[at]
        at += 1
        count = token >> 4
        if count == 15:
            count, at = _longer(source, at, count)
        if count:
            if at + count > end:
                out += source[at:]
                raise IndexError
            if len(out) + count > most:
                raise Unreadable("a block of LZ4 becomes larger than blocks are")
            out += source[at : at + count]
            at += count
        if at == end:
            return
        back = source[at] | source[at + 1] << 8
        at += 2
        count = token & 15
        if count == 15:
            count, at = _longer(source, at, count)
        count += 4
        start = len(out) - back
        if start < 0 or not back:
            raise Unreadable("a block of LZ4 repeats what was not there")
        if len(out) + count > most:
            raise Unreadable("a block of LZ4 becomes larger than blocks are")
        if back >= count:
            out += out[start : start + count]
        else:
            out += (out[start:] * (count // back + 1))[:count]


def _longer(source: bytes, at: int, count: int) -> tuple[int, int]:
    """A count that goes on in the next bytes, and the place behind them."""
    while source[at] == 255:
        at += 1
        count += 255
    return count + source[at], at + 1


def short_xxh32(data: bytes) -> int:
    """XXH32 with the seed 0, of fewer than 16 bytes."""
    found = _P5 + len(data)
    at = 0
    while at + 4 <= len(data):
        found = found + int.from_bytes(data[at : at + 4], "little") * _P3 & _WORD
        found = _turned(found, 17) * _P4 & _WORD
        at += 4
    for one in data[at:]:
        found = _turned(found + one * _P5 & _WORD, 11) * _P1 & _WORD
    found = (found ^ found >> 15) * _P2 & _WORD
    found = (found ^ found >> 13) * _P3 & _WORD
    return found ^ found >> 16


def _turned(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _WORD
