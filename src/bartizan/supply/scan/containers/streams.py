"""Compressed streams: gzip, zlib, bzip2, xz, lzma and LZ4, one stream or several after another.

What comes out is looked at by its content. A stream that breaks is an error, and what came out before it broke is
looked at all the same, for programs that read it piece by piece have used it by then.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bartizan.supply.scan.blob import Blob, gathered
from bartizan.supply.scan.containers import streams_lz4, streams_rules, streams_unread
from bartizan.supply.scan.containers import streams_members as members
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import HEAD, Look
from bartizan.supply.scan.pickles.streams import is_zero
from bartizan.supply.scan.rule import Rule

RULES: Final[tuple[Rule, ...]] = streams_rules.RULES

_GZIP: Final = b"\x1f\x8b"
_XZ: Final = b"\xfd7zXZ"
_BZIP2: Final = (b"1AY&SY", b"\x17rE8P\x90")
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16
_LINE: Final = 1 << 20
_ZF: Final = b"ZF0x"
_ZF_LENGTH: Final = 21
_LEAST_OTHER: Final = 64


class _Walk:
    """Streams one after another, until something else comes."""

    def __init__(self, blob: Blob, look: Look, next_one: Callable[[_Walk, int], Iterator[bytes] | None]) -> None:
        self.blob, self.look = blob, look
        self.end = 0
        """Behind the last stream that was read."""
        self._next = next_one

    def pieces(self) -> Iterator[bytes]:
        """All that comes out of all of them."""
        at = 0
        while (one := self._next(self, at)) is not None:
            yield from one
            self.look.spend(1)
            at = _behind_zeros(self.blob, self.end)

    def run(self, member: members.Member | streams_lz4.Frame) -> Iterator[bytes]:
        """One of them."""
        yield from member.pieces()
        self.end = member.end


def _behind_zeros(blob: Blob, at: int) -> int:
    """The first byte from there on that is not zero."""
    for block in blob.blocks(at):
        left = block.lstrip(b"\0")
        if left:
            return at + len(block) - len(left)
        at += len(block)
    return at


def _looking(next_one: Callable[[_Walk, int], Iterator[bytes] | None]) -> Callable[[Blob, Look], None]:
    def look_at(blob: Blob, look: Look) -> None:
        walk = _Walk(blob, look, next_one)
        unpack(look, walk.pieces(), blob.size)
        _behind(blob, look, walk.end)

    return look_at


def _behind(blob: Blob, look: Look, end: int) -> None:
    if end < blob.size and not is_zero(blob, end):
        look.found(streams_rules.BEHIND, f"{blob.size - end:,} bytes that begin with {blob.read(end, 16)!r}", end)
        look.into(f"behind {end}", blob.part(end))


def unpack(look: Look, pieces: Iterable[bytes], packed: int, name: str = "unpacked") -> int:
    """Look at what comes out of something, as far as it comes. Returns its size.

    Raises Unreadable, or TooMuch, for what ends it too early, when all before has been looked at.
    """
    trouble: list[Unreadable] = []

    def until_trouble() -> Iterator[bytes]:
        try:
            yield from look.unpacking(pieces, packed)
        except Unreadable as error:
            trouble.append(error)

    try:
        blob = gathered(until_trouble())
    except OSError as error:
        raise Unreadable(f"there is no room to unpack it: {error.strerror}") from None
    if blob.size or not trouble:
        look.into(name, blob)
    if trouble:
        raise trouble[0]
    return blob.size


# gzip


def _is_gzip(head: bytes, blob: Blob) -> bool:
    return head[:2] == _GZIP


def _next_gzip(walk: _Walk, at: int) -> Iterator[bytes] | None:
    return _gzip(walk, at) if walk.blob.read(at, 2) == _GZIP else None


def _gzip(walk: _Walk, at: int) -> Iterator[bytes]:
    blob = walk.blob
    member = members.Member(blob, _behind_header(blob, at), members.raw_deflate, walk.look.spend)
    total, size = 0, 0
    for piece in member.pieces():
        total = zlib.crc32(piece, total)
        size += len(piece)
        yield piece
    said = blob.exactly(member.end, 8)
    if int.from_bytes(said[:4], "little") != total or int.from_bytes(said[4:], "little") != size & 0xFFFFFFFF:
        walk.look.found(streams_rules.SUM, f"{size:,} bytes", member.end)
    walk.end = member.end + 8


def _behind_header(blob: Blob, at: int) -> int:
    head = blob.exactly(at, 10)
    if head[2] != 8:
        raise Unreadable(f"gzip with the method {head[2]}, which there is not", at + 2)
    flags = head[3]
    at += 10
    if flags & _FEXTRA:
        at += 2 + int.from_bytes(blob.exactly(at, 2), "little")
    for text in (_FNAME, _FCOMMENT):
        if flags & text:
            end = blob.find(b"\0", at, at + _LINE)
            if end < 0:
                raise Unreadable("a name or comment of gzip without an end", at)
            at = end + 1
    return at + 2 if flags & _FHCRC else at


# zlib, and joblib before 0.9.3, which put it behind a length


def _is_zlib(head: bytes, blob: Blob) -> bool:
    """By what its two bytes say of themselves, and by being unpacked."""
    if len(head) < 2 or head[0] & 0x8F != 8 or head[1] & 32 or (head[0] << 8 | head[1]) % 31:
        return False
    return members.begins(members.with_header, head, 8 if head[:1] == b"x" else _LEAST_OTHER)


def _next_zlib(walk: _Walk, at: int) -> Iterator[bytes] | None:
    """Only one: neither joblib nor Python read on behind it."""
    return None if at else walk.run(members.Member(walk.blob, at, members.with_header, walk.look.spend))


def _is_old_joblib(head: bytes, blob: Blob) -> bool:
    return head[:4] == _ZF


def _old_joblib(blob: Blob, look: Look) -> None:
    said = blob.exactly(0, _ZF_LENGTH)[2:].strip(b" ")
    try:
        length = int(said, 16)
    except ValueError:
        raise Unreadable(f"{said!r} is no length", 2) from None
    at = _ZF_LENGTH + (blob.read(_ZF_LENGTH, 1) == b" ")
    member = members.Member(blob, at, members.with_header, look.spend)
    size = unpack(look, member.pieces(), blob.size)
    if size != length:
        look.found(streams_rules.SUM, f"{size:,} bytes came out, and {length:,} are said", 2)
    _behind(blob, look, member.end)


# bzip2, xz and lzma


def _is_bzip2(head: bytes, blob: Blob) -> bool:
    return head[:3] == b"BZh" and b"1" <= head[3:4] <= b"9" and any(one.startswith(head[4:10]) for one in _BZIP2)


def _next_bzip2(walk: _Walk, at: int) -> Iterator[bytes] | None:
    if not _is_bzip2(walk.blob.read(at, 10), walk.blob):
        return None
    return walk.run(members.Member(walk.blob, at, members.bzip2, walk.look.spend))


def _is_xz(head: bytes, blob: Blob) -> bool:
    return head[:5] == _XZ


def _is_lzma(head: bytes, blob: Blob) -> bool:
    """The older format has no mark: properties, the size of its dictionary, a length, and a zero."""
    if len(head) < 14 or head[0] >= 225 or head[13]:
        return False
    if head[:2] != b"]\0" and int.from_bytes(head[1:5], "little") < 4096:
        return False
    return members.begins(members.any_lzma, head)


def _next_lzma(walk: _Walk, at: int) -> Iterator[bytes] | None:
    head = walk.blob.read(at, HEAD)
    if not _is_xz(head, walk.blob) and not _is_lzma(head, walk.blob):
        return None
    return walk.run(members.Member(walk.blob, at, members.any_lzma, walk.look.spend))


# LZ4


def _is_skippable(mark: bytes) -> bool:
    return mark[1:] == b"\x2a\x4d\x18" and 0x50 <= mark[0] <= 0x5F


def _is_lz4(head: bytes, blob: Blob) -> bool:
    if head[:4] == streams_lz4.MARK:
        return True
    at = 0
    for _ in range(100):  # frames to skip may come first
        if not _is_skippable(blob.read(at, 4)):
            break
        at += 8 + int.from_bytes(blob.read(at + 4, 4), "little")
    return at > 0 and blob.read(at, 4) == streams_lz4.MARK


def _next_lz4(walk: _Walk, at: int) -> Iterator[bytes] | None:
    mark = walk.blob.read(at, 4)
    if mark == streams_lz4.MARK:
        return walk.run(streams_lz4.Frame(walk.blob, at, walk.look.spend))
    return _skipped(walk, at) if _is_skippable(mark) else None


def _skipped(walk: _Walk, at: int) -> Iterator[bytes]:
    size = int.from_bytes(walk.blob.exactly(at + 4, 4), "little")
    walk.look.found(streams_rules.ASIDE, f"{size:,} bytes", at)
    if size:
        walk.look.into(f"skipped at {at}", walk.blob.part(at + 8, size))
    walk.end = at + 8 + size
    yield b""


FORMATS: Final[tuple[Format, ...]] = (
    Format(name="gzip", fits=_is_gzip, look=_looking(_next_gzip)),
    Format(name="zlib", fits=_is_zlib, look=_looking(_next_zlib)),
    Format(name="joblib before 0.9.3", fits=_is_old_joblib, look=_old_joblib),
    Format(name="bzip2", fits=_is_bzip2, look=_looking(_next_bzip2)),
    Format(name="xz", fits=_is_xz, look=_looking(_next_lzma)),
    Format(name="lzma", fits=_is_lzma, look=_looking(_next_lzma)),
    Format(name="LZ4", fits=_is_lz4, look=_looking(_next_lz4)),
    *streams_unread.FORMATS,
)
