"""Headers of tar: blocks of 512 bytes, and the longer names and sizes that stand before them.

Source: POSIX.1-2017 pax; the GNU tar manual, "Basic Tar Format"; and what Python's reader makes of both.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from bartizan.supply.scan.limits import Unreadable

BLOCK: Final = 512
FILES: Final = frozenset(b"\x0007")
HARD_LINK, SYMBOLIC_LINK, FOLDER = b"1"[0], b"2"[0], b"5"[0]
DEVICES: Final = frozenset(b"346")
LONG_NAME, LONG_LINK, PAX, PAX_ALL, OLD_PAX, SPARSE = b"L"[0], b"K"[0], b"x"[0], b"g"[0], b"X"[0], b"S"[0]
_WITHOUT_PREFIX: Final = frozenset({LONG_NAME, LONG_LINK, SPARSE})
_OCTAL: Final = re.compile(rb" *([0-7]{1,12})[ \0]*")
_LIKE_PYTHON: Final = re.compile(rb"[+-]?(?:0[oO]_?)?[0-7]+(?:_[0-7]+)*")
_NUMBER: Final = re.compile(rb"[0-9]{1,20}")
_KEYS: Final = frozenset({b"path", b"linkpath", b"size"})
"""The keys that change what is read."""
_HOLES: Final = b"GNU.sparse."
_LARGEST: Final = 8**11
"""From here on the field of a size is too small for it, and pax has it alone."""


class Pax(msgspec.Struct, frozen=True, kw_only=True):
    """What a pax header says of the next file, or of all that follow."""

    values: dict[str, str]
    doubles: tuple[str, ...] = ()
    """Keys that come twice."""

    @property
    def size(self) -> int | None:
        """The size. Raises Unreadable for what is none."""
        found = self.values.get("size")
        if found is None:
            return None
        if not _NUMBER.fullmatch(found.encode("utf-8", "surrogatepass")):
            raise Unreadable(f"the size {found!r:.40} of a pax header")
        return int(found)

    @property
    def is_sparse(self) -> bool:
        """Whether the file is stored with holes."""
        return any(key.startswith(_HOLES.decode()) for key in self.values)


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One header."""

    name: str
    """With its first part, which has a field of its own."""
    bare: str
    """Without it, as readers see it that do not know the field."""
    link: str
    size: int
    kind: int
    is_odd: bool
    """Whether its size is written as nothing writes it."""
    has_more: bool
    """Whether blocks that say more of holes follow."""


def is_header(block: bytes) -> bool:
    """Whether its sum is right, as readers count it: bytes with or without a sign."""
    if len(block) < BLOCK or not block.strip(b"\0"):
        return False
    try:
        said = number(block[148:156])[0]
    except Unreadable:
        return False
    plain = 256 + sum(block[:148]) + sum(block[156:])
    if said == plain:
        return True
    return said == plain - 256 * sum(one > 127 for one in block[:148] + block[156:])


def header(block: bytes) -> Block:
    """Raises Unreadable for one whose size cannot be told."""
    size, is_odd = number(block[124:136])
    name, prefix, kind = _text(block[:100]), _text(block[345:500]), block[156]
    return Block(
        name=f"{prefix}/{name}" if prefix and kind not in _WITHOUT_PREFIX else name,
        bare=name,
        link=_text(block[157:257]),
        size=size,
        kind=FOLDER if not kind and name.endswith("/") else kind,
        is_odd=is_odd,
        has_more=kind == SPARSE and block[482] == 1,
    )


def number(field: bytes) -> tuple[int, bool]:
    """A number, and whether it is written as nothing writes it. Raises Unreadable for what is none."""
    if field[0] in (0o200, 0o377):
        return int.from_bytes(field[1:], "big") - (256 ** (len(field) - 1) if field[0] == 0o377 else 0), False
    if field[0] & 0o200:
        found = int.from_bytes(field, "big") & (1 << len(field) * 8 - 1) - 1
        return found - (1 << len(field) * 8 - 1 if field[0] & 0o100 else 0), True
    plain = _OCTAL.fullmatch(field)
    if plain:
        return int(plain[1], 8), False
    text = field.split(b"\0", 1)[0].strip()
    if not text:
        return 0, bool(field.strip(b"\0 "))
    if not _LIKE_PYTHON.fullmatch(text):
        raise Unreadable(f"{field!r} is no number")
    return int(text, 8), True


def is_too_large(size: int) -> bool:
    """Whether a size has no room in a header itself."""
    return size >= _LARGEST


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def pax(data: bytes) -> Pax:
    """The records `<length> <key>=<value>` and a newline. Raises Unreadable for anything else."""
    values: dict[str, str] = {}
    doubles = []
    at = 0
    while at < len(data):
        if not data[at] and not data[at:].strip(b"\0"):
            break
        length, space, _ = data[at : at + 21].partition(b" ")
        if not space or not _NUMBER.fullmatch(length):
            raise Unreadable("a pax header without lengths", at)
        end = at + int(length)
        record = data[at + len(length) + 1 : end]
        key, equals, value = record.partition(b"=")
        if end > len(data) or not equals or not value.endswith(b"\n") or not key:
            raise Unreadable("a pax header whose lengths are wrong", at)
        at = end
        if key not in _KEYS and not key.startswith(_HOLES):
            continue
        name = key.decode("utf-8", "surrogateescape")
        if name in values and not key.startswith(_HOLES):
            doubles.append(name)
        values[name] = value[:-1].decode("utf-8", "surrogateescape")
    return Pax(values=values, doubles=tuple(doubles))
