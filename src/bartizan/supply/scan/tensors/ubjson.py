"""Universal binary JSON, as XGBoost writes its models: walked from end to end, nothing of it is kept."""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.tensors import marked_rules as rules
from bartizan.supply.scan.tensors.ranges import is_zero

_SIZES: Final = {
    b"Z": 0, b"N": 0, b"T": 0, b"F": 0, b"i": 1, b"U": 1, b"C": 1, b"I": 2, b"u": 2, b"h": 2, b"l": 4, b"m": 4,
    b"d": 4, b"L": 8, b"M": 8, b"D": 8,
}  # fmt: skip
_COUNTS: Final = frozenset(b"iUIlLumM")
_DEEPEST: Final = 200
_OPEN: Final = -1


def _fits(head: bytes, blob: Blob) -> bool:
    if head[:1] != b"{" or len(head) < 4:
        return False
    if head[1:2] == b"L":
        return int.from_bytes(head[2:10], "big") < 1 << 16 and head[2:6] == b"\0\0\0\0"
    return head[1:2] in (b"i", b"U") and len(head) > 2 and 0 < head[2] < 100 and head[3:4].isalpha() and b"\0" in head


def _look(blob: Blob, look: Look) -> None:
    end = _Walk(blob, look).run()
    if end < blob.size and not is_zero(blob, end, blob.size):
        look.found(rules.BEHIND, f"{blob.size - end:,} bytes", end)
        look.into(f"behind {end}", blob.part(end))


class _Walk:
    """Walks over values without keeping them."""

    def __init__(self, blob: Blob, look: Look) -> None:
        self._blob, self._look = blob, look
        self._at = 0
        self._open: list[list[int]] = []
        """What is open: whether it is an object, and how many values are left; `_OPEN` up to its end."""

    def run(self) -> int:
        """Walk over the first value. Returns where it ends."""
        self._value(self._byte())
        steps = 0
        while self._open:
            steps += 1
            if steps & 0xFFF == 0:
                self._look.spend(0x1000)
            is_object, left, kind = self._open[-1]
            if left == 0:
                self._open.pop()
                continue
            if left == _OPEN:
                self._next(bool(is_object))
                continue
            self._open[-1][1] -= 1
            if is_object:
                self._skip(self._count(self._byte()))
            self._value(bytes([kind]) if kind else self._byte())
        return self._at

    def _next(self, is_object: bool) -> None:
        mark = self._byte()
        if mark == b"N":
            return
        if mark == (b"}" if is_object else b"]"):
            self._open.pop()
            return
        if is_object:
            self._skip(self._count(mark))
            mark = self._byte()
        self._value(mark)

    def _byte(self) -> bytes:
        found = self._blob.exactly(self._at, 1)
        self._at += 1
        return found

    def _skip(self, count: int) -> None:
        if count < 0 or count > self._blob.size - self._at:
            raise Unreadable(f"{count:,} bytes are not there", self._at)
        self._at += count

    def _count(self, kind: bytes) -> int:
        if len(kind) != 1 or kind[0] not in _COUNTS:
            raise Unreadable(f"a length of the kind {kind!r}", self._at)
        size = _SIZES[kind]
        found = int.from_bytes(self._blob.exactly(self._at, size), "big", signed=kind not in b"UumM")
        self._at += size
        return found

    def _value(self, kind: bytes) -> None:
        if kind in _SIZES:
            self._skip(_SIZES[kind])
        elif kind in (b"S", b"H"):
            self._skip(self._count(self._byte()))
        elif kind in (b"{", b"["):
            self._container(kind == b"{")
        else:
            raise Unreadable(f"a value of the kind {kind!r}", self._at - 1)

    def _container(self, is_object: bool) -> None:
        if len(self._open) >= _DEEPEST:
            raise TooMuch(f"nested more than {_DEEPEST} deep", self._at)
        kind, count = b"", _OPEN
        if self._blob.read(self._at, 1) == b"$":
            kind = self._blob.exactly(self._at + 1, 1)
            self._at += 2
            if self._blob.read(self._at, 1) != b"#":
                raise Unreadable("a list of one kind without a count", self._at)
        if self._blob.read(self._at, 1) == b"#":
            self._at += 1
            count = self._count(self._byte())
            if count < 0 or (count > self._blob.size - self._at and _SIZES.get(kind, 1)):
                raise Unreadable(f"{count:,} values are not there", self._at)
        if kind in _SIZES and not is_object:
            self._skip(count * _SIZES[kind])
            return
        if count > 1 << 40:
            raise TooMuch(f"{count:,} values", self._at)
        self._open.append([int(is_object), count, kind[0] if kind else 0])


UBJSON: Final = Format(name="UBJSON", fits=_fits, look=_look)
