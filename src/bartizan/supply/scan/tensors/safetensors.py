"""safetensors: a length, a header of JSON, and the bytes of tensors one after another.

The format promises that there is nothing else in it, so that whatever else there is was put there on purpose.
"""

from __future__ import annotations

import math
from typing import Any, Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors.json_values import LONGEST, parsed
from bartizan.supply.scan.tensors.ranges import Range, is_zero, troubles

LIES: Final = Rule(
    id="safetensors.lies",
    level="detect",
    title="The header says of a tensor what cannot be",
    why="A reader that believes it reads or reserves memory beyond what is there.",
    refs=("CWE-125", "CWE-190", "AML.T0010"),
)
OVERLAP: Final = Rule(
    id="safetensors.overlap",
    level="detect",
    title="Tensors share bytes",
    why="Nothing writes such files; they become far larger in memory, or hide what a second reader sees.",
    refs=("CWE-409", "AML.T0010"),
)
DOUBLE: Final = Rule(
    id="safetensors.double-key",
    level="detect",
    title="The header has a key twice",
    why="Readers differ in which of the two they take: one sees other tensors than another.",
    refs=("CWE-436", "AML.T0010"),
)
HOLE: Final = Rule(
    id="safetensors.hole",
    level="review",
    title="Bytes belong to no tensor",
    why="The format forbids them, since they can hold another file.",
    refs=("CWE-436", "AML.T0010"),
)
HEADER: Final = Rule(
    id="safetensors.header",
    level="review",
    title="The header is not as the format says",
    why="Readers that are less strict take it all the same, and may take it differently.",
    refs=("CWE-20",),
)
RULES: Final = (LIES, OVERLAP, DOUBLE, HOLE, HEADER)

_BITS: Final = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
    "C128": 128,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
}
_FIELDS: Final = frozenset({"dtype", "shape", "data_offsets"})
_BEYOND_FILES: Final = 1 << 40


def _fits(head: bytes, blob: Blob) -> bool:
    if blob.size < 9:
        return False
    header = head[8:]
    is_object = header[:1] == b"{" and header[1:2] in (b'"', b"}", b" ", b"\t", b"\r", b"\n", b"")
    if is_object and int.from_bytes(head[:8], "little") < _BEYOND_FILES:
        return True
    names_tensors = b'"dtype"' in header and b'"data_offsets"' in header
    return names_tensors and header.lstrip()[:1] == b"{" and not head[:8].strip().startswith(b"{")


def _look(blob: Blob, look: Look) -> None:
    length = int.from_bytes(blob.exactly(0, 8), "little")
    if length > blob.size - 8:
        raise Unreadable(f"its header of {length:,} bytes ends beyond its end", 0)
    if length > LONGEST:
        raise TooMuch(f"a header of {length:,} bytes")
    raw = blob.exactly(8, length)
    if raw[:1] != b"{":
        look.found(HEADER, f"it begins with {raw[:8]!r}", 8)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("its header is no UTF-8", 8 + error.start) from None
    try:
        header = parsed(text, look)
    except TooMuch:
        raise
    except Unreadable as error:
        raise Unreadable(f"its header: {error}", 8 + (error.at or 0)) from None
    if not isinstance(header.value, dict):
        raise Unreadable("its header is no object", 8)
    for key in header.double:
        look.found(DOUBLE, key, 8)
    ranges = _tensors(header.value, blob.size - 8 - length, look)
    _rest(blob, look, 8 + length, ranges)


def _tensors(header: dict[str, Any], room: int, look: Look) -> list[Range]:
    ranges = []
    for name, info in header.items():
        if name == "__metadata__":
            _metadata(info, look)
            continue
        if not isinstance(info, dict) or not info.keys() >= _FIELDS:
            raise Unreadable(f"tensor {name!r} has no type, shape or place", 8)
        if more := sorted(info.keys() - _FIELDS):
            look.found(HEADER, f"{name!r} also has {', '.join(map(repr, more[:5]))}", 8)
        offsets, shape, kind = info["data_offsets"], info["shape"], info["dtype"]
        if not (_are_counts(offsets) and len(offsets) == 2 and _are_counts(shape) and isinstance(kind, str)):
            look.found(LIES, f"{name!r}: type {kind!r}, shape {shape!r}, bytes {offsets!r}", 8)
            continue
        start, end = offsets
        if start > end:
            look.found(LIES, f"{name!r} ends at {end:,} before it begins at {start:,}", 8)
            continue
        if end > room:
            raise Unreadable(f"tensor {name!r} ends at {end:,} of {room:,} bytes", 8)
        ranges.append(Range(start, end, name))
        _size(name, kind, shape, end - start, look)
    return ranges


def _are_counts(numbers: Any) -> bool:
    return isinstance(numbers, list) and len(numbers) < 1000 and all(type(one) is int and one >= 0 for one in numbers)


def _size(name: str, kind: str, shape: list[int], size: int, look: Look) -> None:
    bits = _BITS.get(kind)
    if bits is None:
        look.found(HEADER, f"{name!r} is of the type {kind!r}, which nobody knows", 8)
    elif max(shape, default=0) >= 1 << 64 or (0 not in shape and sum(one.bit_length() - 1 for one in shape) > 80):
        look.found(LIES, f"{name!r}: shape {shape!r}", 8)
    elif math.prod(shape) * bits != size * 8:
        look.found(LIES, f"{name!r}: {kind} of shape {shape!r} in {size:,} bytes", 8)


def _metadata(held: Any, look: Look) -> None:
    if not isinstance(held, dict):
        look.found(HEADER, f"__metadata__ is {type(held).__name__}", 8)
        return
    for key, value in held.items():
        if not isinstance(value, str):
            look.found(HEADER, f"__metadata__ {key!r} is no text: {value!r}", 8)


def _rest(blob: Blob, look: Look, base: int, ranges: list[Range]) -> None:
    moved = [Range(one.start + base, one.end + base, one.name) for one in ranges]
    for one in troubles(moved, base, blob.size):
        if not one.is_hole:
            look.found(OVERLAP, one.what, one.start)
            continue
        look.found(HOLE, one.what, one.start)
        if not is_zero(blob, one.start, one.end):
            look.into(f"bytes at {one.start}", blob.part(one.start, one.end - one.start))


SAFETENSORS: Final = Format(name="safetensors", fits=_fits, look=_look)
