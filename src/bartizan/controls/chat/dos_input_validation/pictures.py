"""What a picture's first bytes say of its format and size in pixels. Nothing is decoded.

Sources: PNG 3rd edition, 11.2.1 (IHDR) and 11.3.4.1 (acTL); GIF89a, 18; RFC 9649 (WebP), 2.5 to 2.7; ITU T.81, B.2.2
(JPEG frame header).
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple


class Picture(NamedTuple):
    """A picture as its header describes it."""

    kind: str
    """Its media type."""
    width: int
    height: int
    frames: int = 1


_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!doctype\s+svg|<(?:\w+:)?svg)", re.IGNORECASE)
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def sniffed(head: bytes) -> str:
    """The media type that the first bytes show; empty: none that is known here."""
    for start, kind in _KINDS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return (
            "image/avif" if head[8:12] in {b"avif", b"avis"} else "image/heic" if head[8:11] == b"hei" else "video/mp4"
        )
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0:
        return "audio/mpeg"
    return "image/svg+xml" if _MARKUP.match(head[:256]) else ""


def measured(data: bytes) -> Picture | None:
    """A picture's header; None where it is broken, of no format that is known, or beyond the bytes that are given."""
    read = {"image/png": _png, "image/gif": _gif, "image/webp": _webp, "image/jpeg": _jpeg}.get(sniffed(data[:64]))
    try:
        return read(data) if read is not None else None
    except (struct.error, IndexError):
        return None


def _png(data: bytes) -> Picture | None:
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    animation = data.find(b"acTL", 24, 65_536)
    frames = struct.unpack(">I", data[animation + 4 : animation + 8])[0] if animation > 0 else 1
    return Picture("image/png", width, height, frames)


def _gif(data: bytes) -> Picture | None:
    width, height = struct.unpack("<HH", data[6:10])
    # Each frame begins with the control extension 21 F9 04; counting those never counts too few of an animation.
    return Picture("image/gif", width, height, max(1, data.count(b"\x21\xf9\x04")))


def _webp(data: bytes) -> Picture | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = int.from_bytes(data[24:27], "little"), int.from_bytes(data[27:30], "little")
        frames = max(1, data.count(b"ANMF")) if data[20] & 2 else 1
        return Picture("image/webp", width + 1, height + 1, frames)
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
    return None


def _jpeg(data: bytes) -> Picture | None:
    at = 2
    for _ in range(512):
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Picture("image/jpeg", width, height)
        if marker in {0xD9, 0xDA}:
            return None
        at += 2 if marker == 0x01 or 0xD0 <= marker <= 0xD8 else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
