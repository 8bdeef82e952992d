"""The small parts of HDF5: numbers, superblocks, kinds of values and where texts lie. No library is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.limits import TooMuch, Unreadable

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_LONGEST: Final = 32 << 20
_MOST_IN_COLLECTION: Final = 100_000
_MOST_HEAPS: Final = 16
_FIXED: Final = 3


class Super(msgspec.Struct, frozen=True):
    """The beginning of a file."""

    version: int
    at: int
    base: int
    """Where addresses are counted from."""
    offsets: int
    """Bytes of an address."""
    lengths: int
    """Bytes of a length."""
    end: int
    root: int
    """Where the header of the outermost group lies."""


def signature_at(blob: Blob) -> int:
    """Where the file begins: at 0, 512, 1024 and so on; -1: nowhere."""
    at = 0
    while at + 8 <= blob.size:
        if blob.read(at, 8) == SIGNATURE:
            return at
        at = at * 2 or 512
    return -1


class Places:
    """Reads numbers and addresses."""

    def __init__(self, blob: Blob, spend: Callable[[int], None]) -> None:
        self.blob = blob
        self._spend = spend
        self.top = self._super()
        self.undefined = (1 << 8 * self.top.offsets) - 1

    def _super(self) -> Super:
        at = signature_at(self.blob)
        head = self.blob.read(at, 128)
        if len(head) < 24:
            raise Unreadable("it ends too early", at)
        version = head[8]
        if version <= 1:
            offsets, lengths, start = head[13], head[14], 24 if version == 0 else 28
            _check(offsets, lengths, at)
            base, end = (_number(head, start + offsets * k, offsets) for k in (0, 2))
            root = _number(head, start + offsets * 5, offsets)
        elif version in (2, 3):
            offsets, lengths = head[9], head[10]
            _check(offsets, lengths, at)
            base, end, root = (_number(head, 12 + offsets * k, offsets) for k in (0, 2, 3))
        else:
            raise Unreadable(f"its superblock is of version {version}", at + 8)
        return Super(version, at, base if base < self.blob.size else at, offsets, lengths, end, root)

    def read(self, address: int, count: int) -> bytes:
        """Bytes at an address. Raises Unreadable where it is none or they are not there."""
        if address == self.undefined:
            raise Unreadable("an address that is none")
        if count > _LONGEST:
            raise TooMuch(f"a part of {count:,} bytes", address)
        self._spend(1 + (count >> 8))
        return self.blob.exactly(self.top.base + address, count)

    def address(self, held: bytes, at: int) -> int:
        """The address that stands there."""
        return _number(held, at, self.top.offsets)

    def length(self, held: bytes, at: int) -> int:
        """The length that stands there."""
        return _number(held, at, self.top.lengths)


def _check(offsets: int, lengths: int, at: int) -> None:
    if offsets not in (2, 4, 8, 16) or lengths not in (2, 4, 8, 16):
        raise Unreadable(f"addresses of {offsets} and lengths of {lengths} bytes", at + 9)


def _number(held: bytes, at: int, size: int) -> int:
    part = held[at : at + size]
    if len(part) < size:
        raise Unreadable("it ends too early")
    return int.from_bytes(part, "little")


def small(held: bytes, at: int, size: int) -> int:
    """A number of so many bytes. Raises Unreadable where they are not there."""
    return _number(held, at, size)


class Attribute(msgspec.Struct, frozen=True):
    """An attribute as it stands."""

    name: str
    kind: int
    """3: a text of fixed length, 9: one of any length, others as they come."""
    is_text: bool
    size: int
    """Bytes of one value."""
    data: bytes
    is_shared: bool = False


def attribute(held: bytes) -> Attribute:
    """The attribute that a message holds. Raises Unreadable."""
    version = small(held, 0, 1)
    if version not in (1, 2, 3):
        raise Unreadable(f"an attribute of version {version}")
    flags = held[1] if version > 1 else 0
    names, types, spaces = (small(held, at, 2) for at in (2, 4, 6))
    at = 8 + (version == 3)

    def padded(size: int) -> int:
        return -(-size // 8) * 8 if version == 1 else size

    name = held[at : at + names].split(b"\0")[0].decode("utf-8", "backslashreplace")
    at += padded(names)
    kind = held[at : at + types]
    at += padded(types) + padded(spaces)
    if at > len(held) or len(kind) < 8:
        raise Unreadable("an attribute ends too early")
    if flags & 1:
        return Attribute(name, -1, False, 0, held[at:], True)
    number = kind[0] & 0x0F
    is_text = number == 3 or (number == 9 and kind[1] & 0x0F == 1)
    return Attribute(name, number, is_text, small(kind, 4, 4), held[at:])


def texts(places: Places, one: Attribute, most: int = 10_000) -> Iterator[bytes]:
    """The texts of an attribute, each once. Raises Unreadable, TooMuch."""
    if not one.is_text or one.size <= 0:
        return
    count = len(one.data) // one.size
    heaps: dict[int, dict[int, tuple[int, int]]] = {}
    seen: set[tuple[int, int]] = set()
    for start in range(0, min(count, most) * one.size, one.size):
        piece = one.data[start : start + one.size]
        if one.kind == _FIXED:
            yield piece.rstrip(b"\0 ")
            continue
        size = small(piece, 0, 4)
        address = places.address(piece, 4)
        number = small(piece, 4 + places.top.offsets, 4)
        if size == 0 or address in (0, places.undefined) or (address, number) in seen:
            continue
        seen.add((address, number))
        yield _kept(places, heaps, address, number, size)


def _kept(places: Places, heaps: dict[int, dict[int, tuple[int, int]]], address: int, number: int, size: int) -> bytes:
    if address not in heaps:
        if len(heaps) > _MOST_HEAPS:
            heaps.clear()
        heaps[address] = _collection(places, address)
    if number not in heaps[address]:
        raise Unreadable("a text that is not where it should be", address)
    start, room = heaps[address][number]
    return places.read(start, min(size, room))


def heap_object(places: Places, address: int, number: int) -> bytes:
    """One object of a collection. Raises Unreadable."""
    start, size = _collection(places, address).get(number, (0, 0))
    return places.read(start, size) if size else b""


def names(places: Places, address: int) -> bytes:
    """The names of a group of the older kind. Raises Unreadable, TooMuch."""
    offsets, lengths = places.top.offsets, places.top.lengths
    head = places.read(address, 8 + 2 * lengths + offsets)
    if head[:4] != b"HEAP":
        raise Unreadable("a heap that is none", address)
    return places.read(places.address(head, 8 + 2 * lengths), places.length(head, 8))


def _collection(places: Places, address: int) -> dict[int, tuple[int, int]]:
    """Where the objects of a collection lie, by their numbers."""
    lengths = places.top.lengths
    head = places.read(address, 8 + lengths)
    if head[:4] != b"GCOL":
        raise Unreadable("a heap that is none", address)
    end = address + places.length(head, 8)
    at = address + 8 + lengths
    found: dict[int, tuple[int, int]] = {}
    while at + 8 + lengths <= end and len(found) < _MOST_IN_COLLECTION:
        held = places.read(at, 8 + lengths)
        number, size = small(held, 0, 2), places.length(held, 8)
        if number == 0:
            break
        if at + size > end:
            raise Unreadable("a text beyond its heap", at)
        found[number] = (at + 8 + lengths, size)
        at += 8 + lengths + -(-size // 8) * 8
    return found


def begins(held: bytes, at: int) -> bool:
    """Whether what stands there looks like a link or an attribute."""
    return is_link(held, at) or is_attribute(held, at)


def is_attribute(held: bytes, at: int) -> bool:
    """Whether what stands there looks like an attribute."""
    count = int.from_bytes(held[at + 2 : at + 4], "little")
    name = held[at + 9 : at + 9 + count]
    return held[at : at + 1] == b"\x03" and 1 < count < 4096 and name.endswith(b"\0") and b"\0" not in name[:-1]


def is_link(held: bytes, at: int) -> bool:
    """Whether what stands there looks like a link."""
    head = held[at : at + 2]
    return len(head) == 2 and head[0] == 1 and head[1] < 0x20 and any(held[at + 2 : at + 16])


def values_in(space: bytes) -> int:
    """How many values an attribute has, by its space."""
    if len(space) < 4:
        raise Unreadable("a space ends too early")
    rank = space[1]
    if space[0] == 2 and space[3] == 2:
        return 0
    at, total = (4 if space[0] == 2 else 8), 1
    for number in range(rank):
        total *= small(space, at + 8 * number, 8)
    return min(total, 1 << 20)
