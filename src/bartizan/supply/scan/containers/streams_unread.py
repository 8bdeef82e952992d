"""Archives and compressed streams that the standard library cannot read: told by their mark, and never clean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers.streams_rules import UNREAD
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.look import Look

_MARKS: Final[tuple[tuple[str, tuple[bytes, ...], int], ...]] = (
    (
        "Zstandard",
        (*(bytes([one]) + b"\xb5\x2f\xfd" for one in range(0x1E, 0x29)), b"\x37\xa4\x30\xec"),
        0,
    ),
    ("7z", (b"7z\xbc\xaf\x27\x1c",), 0),
    ("RAR", (b"Rar!\x1a\x07", b"RE~^"), 0),
    ("LZ4 before its frames", (b"\x02\x21\x4c\x18",), 0),
    ("lzip", (b"LZIP\x00", b"LZIP\x01"), 0),
    ("Snappy", (b"\xff\x06\x00\x00sNaPpY", b"\x82SNAPPY\0"), 0),
    ("S2", (b"\xff\x06\x00\x00S2sTwO",), 0),
    ("cabinet", (b"MSCF\0\0\0\0", b"ISc("), 0),
    ("compress", (b"\x1f\x9d", b"\x1f\x9e", b"\x1f\x9f"), 0),
    ("pack", (b"\x1f\x1e", b"\x1f\xa0"), 0),
    ("lzop", (b"\x89LZO\0\r\n\x1a\n",), 0),
    ("lrzip", (b"LRZI\0",), 0),
    ("LZFSE", (b"bvx-", b"bvx1", b"bvx2", b"bvxn"), 0),
    ("LHA", (b"-lh0-", b"-lh1-", b"-lh4-", b"-lh5-", b"-lh6-", b"-lh7-", b"-lzs-", b"-lz4-", b"-lz5-", b"-lhd-"), 2),
    ("ACE", (b"**ACE**",), 7),
    ("ARJ", (b"\x60\xea",), 0),
    ("zpaq", (b"7kSt\xa0\x31\x83\xd3", b"zPQ\x01", b"zPQ\x02"), 0),
    ("Windows image", (b"MSWIM\0\0\0",), 0),
    ("xar", (b"xar!\0\x1c",), 0),
    ("squashfs", (b"hsqs", b"sqsh"), 0),
    ("cpio", (b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7"), 0),
    ("RPM", (b"\xed\xab\xee\xdb",), 0),
    ("StuffIt", (b"StuffIt (c)", b"SITD", b"SIT!"), 0),
)
_TEXTS: Final = frozenset({b"070701", b"070702", b"070707"})
_ISO: Final = 32_769


def _fits(name: str, marks: tuple[bytes, ...], at: int) -> Callable[[bytes, Blob], bool]:
    if name == "cpio":
        return _is_cpio
    if name == "ARJ":
        return _is_arj
    return lambda head, blob: head.startswith(marks, at)


def _is_cpio(head: bytes, blob: Blob) -> bool:
    if head[:6] in _TEXTS:
        return len(head) >= 76 and all(one in b"0123456789abcdefABCDEF" for one in head[6:76])
    if head[:2] not in (b"\xc7\x71", b"\x71\xc7") or len(head) < 26:
        return False
    size = int.from_bytes(head[20:22], "little" if head[:1] == b"\xc7" else "big")
    return 0 < size < 4096 and head[25 + size : 26 + size] == b"\0"


def _is_arj(head: bytes, blob: Blob) -> bool:
    """Its two bytes are few; the size of the header, and of its fixed part, come next."""
    if head[:2] != b"\x60\xea" or len(head) < 5:
        return False
    return 30 <= int.from_bytes(head[2:4], "little") <= 2600 and 30 <= head[4] <= 50


def _is_image(head: bytes, blob: Blob) -> bool:
    return blob.size > _ISO and blob.read(_ISO, 5) in (b"CD001", b"BEA01", b"NSR02", b"NSR03")


def _saying(name: str) -> Callable[[Blob, Look], None]:
    def look_at(blob: Blob, look: Look) -> None:
        look.found(UNREAD, f"{name}, {blob.size:,} bytes", 0)

    return look_at


FORMATS: Final[tuple[Format, ...]] = (
    *(Format(name=name, fits=_fits(name, marks, at), look=_saying(name)) for name, marks, at in _MARKS),
    Format(name="image of a disk", fits=_is_image, look=_saying("an image of a disk")),
)
