"""Mutations of what is packed: with checksums that are right again, so that they reach what reads the inside."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

import atheris
import lz4.frame

_MOST: Final = 1 << 16


def mutate(data: bytes, longest: int, seed: int) -> bytes:
    """Some bytes changed; every second time those of one member of an archive, or those that are compressed."""
    chance = random.Random(seed)
    if chance.random() < 0.5:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                packed = _repacked(data, longest, chance)
        except Exception:  # what is no archive any more is mutated as it is
            packed = b""
        if 0 < len(packed) <= longest:
            return packed
    return bytes(atheris.Mutate(data, longest))


def _repacked(data: bytes, longest: int, chance: random.Random) -> bytes:
    if data.startswith(b"PK"):
        return _zip(data, longest, chance)
    if data[257:262] == b"ustar":
        return _tar(data, longest, chance)
    for mark, pack, unpack in _STREAMS:
        if data.startswith(mark):
            return pack(_changed(unpack(data), longest))
    return b""


def _changed(content: bytes, longest: int) -> bytes:
    return bytes(atheris.Mutate(content, max(longest // 2, 1)))


def _zip(data: bytes, longest: int, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(one, archive.read(one)) for one in archive.infolist()[:50] if one.file_size < _MOST]
    chosen = chance.randrange(len(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at, (info, content) in enumerate(members):
            if at == chosen and chance.random() < 0.1:
                info.filename = _changed(info.filename.encode(), 60).decode("latin-1")
            elif at == chosen:
                content = _changed(content, longest)  # noqa: PLW2901
            archive.writestr(info, content)
    return out.getvalue()


def _tar(data: bytes, longest: int, chance: random.Random) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        members = [(one, archive.extractfile(one)) for one in archive.getmembers()[:50]]
        held = [(one, part.read(_MOST) if part else b"") for one, part in members]
    chosen = chance.randrange(len(held))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for at, (info, content) in enumerate(held):
            changed = _changed(content, longest) if at == chosen else content
            info.size = len(changed)
            archive.addfile(info, io.BytesIO(changed))
    return out.getvalue()


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj(15 + 32).decompress(data, _MOST)


_STREAMS: Final[tuple[tuple[bytes, Callable[[bytes], bytes], Callable[[bytes], bytes]], ...]] = (
    (b"\x1f\x8b", lambda data: gzip.compress(data, mtime=0), _inflated),
    (b"\x78", zlib.compress, _inflated),
    (b"BZh", bz2.compress, lambda data: bz2.BZ2Decompressor().decompress(data, _MOST)),
    (b"\xfd7zXZ", lzma.compress, lambda data: lzma.LZMADecompressor().decompress(data, _MOST)),
    (
        b"]\x00\x00",
        lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
        lambda data: lzma.LZMADecompressor().decompress(data, _MOST),
    ),
    (
        b"\x04\x22\x4d\x18",
        lambda data: bytes(lz4.frame.compress(data)),
        lambda data: bytes(lz4.frame.decompress(data))[:_MOST],
    ),
)
