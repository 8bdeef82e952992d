"""Headers of objects in HDF5, of both kinds: lists of messages that go on elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.tensors.hdf5_parts import Places, small

_MOST_CHUNKS: Final = 2_000
_CONTINUED: Final = 16


class Chunk(msgspec.Struct, frozen=True):
    """A message as it stands."""

    kind: int
    flags: int
    data: bytes


def messages(places: Places, address: int) -> Iterator[Chunk]:
    """The messages of an object. Raises Unreadable, TooMuch."""
    start = places.read(address, 4)
    if start == b"OHDR":
        yield from _new(places, address)
    elif start[0] == 1:
        yield from _old(places, address)
    else:
        raise Unreadable("an object that is none", address)


def _old(places: Places, address: int) -> Iterator[Chunk]:
    head = places.read(address, 16)
    waiting = [(address + 16, small(head, 8, 4))]
    for _ in range(_MOST_CHUNKS):
        if not waiting:
            return
        start, size = waiting.pop(0)
        held = places.read(start, size)
        at = 0
        while at + 8 <= len(held):
            kind, count, flags = small(held, at, 2), small(held, at + 2, 2), held[at + 4]
            data = held[at + 8 : at + 8 + count]
            at += 8 + count
            if kind == _CONTINUED:
                waiting.append((places.address(data, 0), places.length(data, places.top.offsets)))
            else:
                yield Chunk(kind, flags, data)
    raise TooMuch("an object in too many pieces", address)


def _new(places: Places, address: int) -> Iterator[Chunk]:
    head = places.read(address, 6)
    version, flags = head[4], head[5]
    if version != 2:
        raise Unreadable(f"an object of version {version}", address)
    at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    size = small(places.read(address + at, width), 0, width)
    waiting = [(address + at + width, size)]
    extra = 2 if flags & 4 else 0
    for _ in range(_MOST_CHUNKS):
        if not waiting:
            return
        start, count = waiting.pop(0)
        held = places.read(start, count)
        at = 0
        while at + 4 + extra <= len(held):
            kind, length, flag = held[at], small(held, at + 1, 2), held[at + 3]
            data = held[at + 4 + extra : at + 4 + extra + length]
            at += 4 + extra + length
            if kind == _CONTINUED:
                place = places.address(data, 0)
                room = places.length(data, places.top.offsets)
                if places.read(place, 4) != b"OCHK" or room < 8:
                    raise Unreadable("an object goes on where it does not", place)
                waiting.append((place + 4, room - 8))
            else:
                yield Chunk(kind, flag, data)
    raise TooMuch("an object in too many pieces", address)
