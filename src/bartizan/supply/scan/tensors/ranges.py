"""Where tensors lie in a file: whether they overlap, and what lies between and behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob

_BLOCK: Final = 1 << 20


class Range(msgspec.Struct, frozen=True):
    """The bytes of a tensor."""

    start: int
    end: int
    name: str


class Trouble(msgspec.Struct, frozen=True):
    """Two tensors that share bytes, or bytes that belong to none."""

    start: int
    end: int
    is_hole: bool
    what: str


def troubles(ranges: Iterable[Range], start: int, end: int, padding: int = 0) -> Iterator[Trouble]:
    """All that overlaps or is left out between two places; fewer bytes than ``padding`` are no hole."""
    reached, last = start, ""
    for one in sorted(ranges, key=lambda one: (one.start, one.end)):
        if one.start < reached and one.end > one.start:
            yield Trouble(one.start, min(one.end, reached), False, f"{one.name!r} lies upon {last!r}")
        elif one.start > reached + padding:
            yield Trouble(reached, one.start, True, f"{one.start - reached:,} bytes before {one.name!r}")
        if one.end > reached:
            reached, last = one.end, one.name
    if end > reached + padding:
        yield Trouble(reached, end, True, f"{end - reached:,} bytes behind the last tensor")


def is_zero(blob: Blob, start: int, end: int) -> bool:
    """Whether there are only zeros between two places."""
    return all(not blob.read(at, min(_BLOCK, end - at)).strip(b"\0") for at in range(start, end, _BLOCK))
