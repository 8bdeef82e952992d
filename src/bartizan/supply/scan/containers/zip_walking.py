"""Entries that no directory names, found by going through bytes from their beginning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers.zip_data import METHODS, STORED, Data
from bartizan.supply.scan.containers.zip_records import (
    CENTRAL,
    DESCRIPTOR,
    LOCAL,
    STREAMED,
    Entry,
    descriptors,
    local,
    places,
)
from bartizan.supply.scan.look import Look

_RECORDS: Final = (CENTRAL, b"PK\x05\x06", b"PK\x06\x06")


class Stray(msgspec.Struct, frozen=True, kw_only=True):
    """An entry by its local header alone."""

    header: Entry
    packed: int
    """Bytes of data, as many as there are."""
    end: int
    is_cut: bool


class Span(msgspec.Struct, frozen=True):
    """Bytes that are no entry."""

    start: int
    end: int


def walk(blob: Blob, start: int, end: int, look: Look) -> Iterator[Stray | Span]:
    """All that lies between two places, in order. Raises TooMuch."""
    reached = start
    for at in places(blob, LOCAL, start, end):
        if at < reached:
            continue
        look.spend(16)
        header = local(blob, at)
        if header is None or header.end > end:
            continue
        if at > reached:
            yield Span(reached, at)
        one = _stray(blob, header, end, look)
        yield one
        reached = one.end
    if reached < end:
        yield Span(reached, end)


def _stray(blob: Blob, header: Entry, end: int, look: Look) -> Stray:
    there = end - header.end
    if header.packed or not header.flags & STREAMED:
        packed, is_cut = min(header.packed, there), header.packed > there
    elif header.method == STORED or header.method not in METHODS:
        packed, is_cut = _searched(blob, header.end, end), False
    else:
        packed, is_cut = Data(blob.part(header.end, there), header.method, header.size, look).used, False
    behind = header.end + packed
    if header.flags & STREAMED and not is_cut:
        behind += next((one.length for one in descriptors(blob, behind) if one.packed == packed), 0)
    return Stray(header=header, packed=packed, end=min(behind, end), is_cut=is_cut)


def _searched(blob: Blob, start: int, end: int) -> int:
    """How many bytes an entry has that does not say so: up to what tells its size, or to the next record."""
    for at in places(blob, b"PK", start, end):
        mark = blob.read(at, 4)
        if mark == DESCRIPTOR and any(one.packed == at - start for one in descriptors(blob, at)):
            return at - start
        if mark == LOCAL and local(blob, at) is not None:
            return at - start
        if mark in _RECORDS:
            return at - start
    return end - start
