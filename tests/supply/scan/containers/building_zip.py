"""Zip archives written record by record, so that each may say what it likes. Nothing of them is ever unpacked."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import msgspec

from bartizan.supply.scan import texts
from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.containers.zip import ZIP
from bartizan.supply.scan.finding import Finding
from bartizan.supply.scan.limits import Limits
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT
from tests.supply.scan.pickles.building import call, whole

BAD = whole(call("os", "system"))
GOOD = whole(b"]")
TEXT = b"some words, and a few more of them\n" * 20
FORMATS = (ZIP, PICKLE, PICKLE_TEXT, *texts.FORMATS)


class Part(msgspec.Struct, kw_only=True):
    """An entry: what it holds, and what its two headers say otherwise than the truth."""

    name: bytes
    data: bytes
    """As it lies there."""
    method: int = 0
    content: bytes | None = None
    """Unpacked; None: the data are not packed."""
    flags: int = 0
    central: dict[str, Any] = {}
    local: dict[str, Any] = {}
    behind: bytes = b""
    is_listed: bool = True

    def told(self, lies: dict[str, Any]) -> dict[str, Any]:
        """What a header says."""
        content = self.data if self.content is None else self.content
        truth = {
            "name": self.name,
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(content),
            "packed": len(self.data),
            "size": len(content),
            "extra": b"",
            "mode": 0,
        }
        return truth | lies


def part(name: str, data: bytes, **how: Any) -> Part:
    """One that is stored."""
    return Part(name=name.encode(), data=data, **how)


def deflated(name: str, content: bytes, **how: Any) -> Part:
    """One that is compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(content) + packer.flush()
    return Part(name=name.encode(), data=data, method=8, content=content, **how)


def local(one: Part) -> bytes:
    """The local header, the data, and what follows."""
    says = one.told(one.local)
    head = struct.pack(
        "<4s5H3L2H",
        b"PK\x03\x04", 20, says["flags"], says["method"], 0, 0x21,
        says["crc"], says["packed"], says["size"], len(says["name"]), len(says["extra"]),
    )  # fmt: skip
    return bytes(head + says["name"] + says["extra"] + one.data + one.behind)


def central(one: Part, at: int) -> bytes:
    """The header of the directory."""
    says = one.told(one.central)
    head = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02", 20, 20, says["flags"], says["method"], 0, 0x21,
        says["crc"], says["packed"], says["size"], len(says["name"]), len(says["extra"]), 0, 0, 0,
        says["mode"] << 16, says.get("at", at),
    )  # fmt: skip
    return bytes(head + says["name"] + says["extra"])


def end(count: int, size: int, at: int, comment: bytes = b"") -> bytes:
    """The record at the end."""
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, at, len(comment)) + comment


def end64(count: int, size: int, at: int, record_at: int) -> bytes:
    """What zip64 puts before the end: its record, and where it lies."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at)
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, record_at, 1)


def entries(*parts: Part, start: int = 0) -> tuple[bytes, bytes]:
    """Local parts one after another, and the directory that goes with them."""
    held, listed = b"", b""
    for one in parts:
        if one.is_listed:
            listed += central(one, start + len(held))
        held += local(one)
    return held, listed


def archive(*parts: Part, comment: bytes = b"") -> bytes:
    """A whole archive."""
    held, listed = entries(*parts)
    return held + listed + end(sum(one.is_listed for one in parts), len(listed), len(held), comment)


def found(data: bytes, limits: Limits | None = None) -> list[Finding]:
    """What is found in these bytes."""
    look = Look(FORMATS, limits)
    look.at(Held(data))
    return look.findings


def rules(data: bytes, limits: Limits | None = None) -> set[str]:
    """The rules by which something is found."""
    return {one.rule.id for one in found(data, limits)}


def levels(data: bytes) -> set[str]:
    """How bad it is."""
    return {one.level for one in found(data)}


def said(data: bytes) -> str:
    """All that is said of them."""
    return "\n".join(str(one) for one in found(data))
