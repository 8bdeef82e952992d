"""The end of a zip archive, and the directory that it leads to; both of them, where programs disagree."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers.zip_records import CENTRAL, Entry, central
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look

END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x06"
_LOCATOR: Final = b"PK\x06\x07"
_RECORD: Final = struct.Struct("<4s4H2LH")
_RECORD64: Final = struct.Struct("<4sQ2H2L4Q")
_POINTER: Final = struct.Struct("<4sLQL")
_TAIL: Final = 0xFFFF + 22 + 1024
"""In which readers look for the end: the longest comment, and a little."""
_MOST_ENDS: Final = 4096


class View(msgspec.Struct, frozen=True):
    """Where one kind of reader finds the directory."""

    start: int
    end: int
    count: int
    shift: int
    """How much farther behind everything lies than it says."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One end of an archive."""

    at: int
    end: int
    """Behind its comment."""
    comment_at: int
    spans: tuple[tuple[int, int], ...]
    """All that belongs to it, with what zip64 puts before it."""
    views: tuple[View, ...]
    """Where its directory is, the most usual reader first; () where it is nowhere."""
    odd: tuple[str, ...]
    lies: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in the archive that it ends."""
        return all(one.start == one.end for one in self.views)


class _Large(msgspec.Struct, frozen=True):
    """A record of zip64."""

    at: int
    count: int
    size: int
    offset: int


def ends(blob: Blob) -> list[End]:
    """All ends near the end of the file, the last one first, whether they lead to a directory or not."""
    start = max(0, blob.size - _TAIL)
    tail = blob.read(start, blob.size - start)
    found: list[End] = []
    place = tail.rfind(END)
    while place >= 0 and len(found) < _MOST_ENDS:
        if len(tail) - place >= _RECORD.size:
            found.append(_end(blob, start + place))
        place = tail.rfind(END, 0, place + len(END) - 1)
    return found


def _end(blob: Blob, at: int) -> End:
    _, disk, first, here, count, size, offset, comment = _RECORD.unpack(blob.exactly(at, _RECORD.size))
    odd: list[str] = []
    lies: list[str] = []
    behind = at + _RECORD.size + comment
    if behind > blob.size:
        odd.append(f"its comment of {comment:,} bytes is cut off")
    if (disk, first) not in ((0, 0), (0xFFFF, 0xFFFF)):
        odd.append(f"it is disk {disk} of several")
    if here != count:
        odd.append(f"it counts {here:,} and {count:,} entries")
    large = list(_large(blob, at))
    views = [view for one in large for view in _views(blob, one.at, one.count, one.size, one.offset)]
    for one in large:
        said = ((count, one.count, 0xFFFF), (size, one.size, 0xFFFF_FFFF), (offset, one.offset, 0xFFFF_FFFF))
        lies += [f"{short:,} and {wide:,}" for short, wide, full in said if short not in (wide, full)]
    lies += _pointer_lies(blob, at, large, views)
    views += _views(blob, large[0].at if large else at, count, size, offset)
    begins = at if _pointer(blob, at) is None else at - _POINTER.size
    return End(
        at=at,
        end=min(behind, blob.size),
        comment_at=at + _RECORD.size,
        spans=((begins, min(behind, blob.size)), *((one.at, one.at + _RECORD64.size) for one in large)),
        views=_once(views),
        odd=tuple(odd),
        lies=tuple(lies),
    )


def _once(views: list[View]) -> tuple[View, ...]:
    """Views that lead to different directories; of those that differ in their size or count alone, the first."""
    seen: dict[tuple[int, int], View] = {}
    for one in views:
        seen.setdefault((one.start, one.shift), one)
    filled = [one for one in seen.values() if one.end > one.start]
    return tuple(filled or seen.values())


def _pointer(blob: Blob, at: int) -> int | None:
    held = blob.read(at - _POINTER.size, _POINTER.size) if at >= _POINTER.size else b""
    return int(_POINTER.unpack(held)[2]) if held.startswith(_LOCATOR) else None


def _large(blob: Blob, at: int) -> Iterator[_Large]:
    """The records of zip64 that readers find: the one just before, and the one that is pointed to."""
    pointed = _pointer(blob, at)
    if pointed is None:
        return
    near = at - _POINTER.size - _RECORD64.size
    for place in dict.fromkeys((near, pointed)):
        held = blob.read(place, _RECORD64.size) if 0 <= place < at else b""
        if len(held) == _RECORD64.size and held.startswith(_END64):
            *_, count, size, offset = _RECORD64.unpack(held)
            yield _Large(place, count, size, offset)


def _pointer_lies(blob: Blob, at: int, large: list[_Large], views: list[View]) -> list[str]:
    pointed = _pointer(blob, at)
    if pointed is None:
        return []
    if not large:
        return [f"nothing lies at {pointed:,}, where its first part should be"]
    if len(large) > 1:
        return [f"its first part lies at {large[0].at:,} and at {large[1].at:,}"]
    if pointed != large[0].at and all(pointed + one.shift != large[0].at for one in views):
        return [f"its first part lies at {large[0].at:,} and should lie at {pointed:,}"]
    return []


def _views(blob: Blob, end: int, count: int, size: int, offset: int) -> Iterator[View]:
    """By how long it is, as Python looks for it, and by where it should be, as torch does."""
    start = end - size
    if start >= 0 and (not size or blob.read(start, 4) == CENTRAL):
        yield View(start, end, count, start - offset)
    if size and offset != start and offset + size <= blob.size and blob.read(offset, 4) == CENTRAL:
        yield View(offset, offset + size, count, 0)


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of one directory."""

    view: View
    end: int
    """Behind the last entry that could be read."""
    entries: tuple[Entry, ...]

    @property
    def is_broken(self) -> bool:
        """Whether something in it is no entry."""
        return self.end != self.view.end


def read(blob: Blob, view: View, look: Look) -> Directory:
    """All entries up to its end, whatever it says their number is. Raises TooMuch."""
    found: list[Entry] = []
    at = view.start
    while at < view.end and (one := central(blob, at, view.shift)) is not None:
        found.append(one)
        at = one.end
        if len(found) > look.limits.members:
            raise TooMuch(f"more than {look.limits.members:,} entries", at)
        if len(found) % 4096 == 0:
            look.spend(4096)
    return Directory(view=view, end=at, entries=tuple(found))


def is_zip(head: bytes, blob: Blob) -> bool:
    """Whether anybody who reads zip archives would read it: by its beginning, or by an end that leads to entries."""
    if head.startswith((b"PK\x03\x04", END, b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")):
        return True
    if blob.size < _RECORD.size:
        return False
    return any(not one.is_empty and not _is_in_tar(head, blob, one) for one in ends(blob))


def _is_in_tar(head: bytes, blob: Blob, end: End) -> bool:
    """Whether it is all of a file in a tar, which is looked at there."""
    if head[257:262] != b"ustar":
        return False
    starts = {one.shift for one in end.views}
    return all(one >= 512 and one % 512 == 0 and blob.read(one - 512 + 257, 5) == b"ustar" for one in starts)
