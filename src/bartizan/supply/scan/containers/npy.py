"""Arrays of numpy, versions 1 to 3: a header, and the bytes of an array or a pickle. One or several in a file.

The bytes of an array are never read: nothing makes numpy take them for anything but numbers.
"""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers.npy_header import Header, Running, Value
from bartizan.supply.scan.containers.npy_types import Types, Unclear, count
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.streams import is_zero, scan_stream
from bartizan.supply.scan.rule import Rule

CODE: Final = Rule(
    id="npy.code",
    level="detect",
    title="The header of the array is code",
    why="Headers are plain values. Readers that evaluate them run whatever is written there instead.",
    refs=("CWE-95", "AML.T0011.000"),
)
HEADER: Final = Rule(
    id="npy.header",
    level="review",
    title="The header of the array is not as numpy writes it",
    why="Readers may take it differently: one sees numbers where another reads a pickle.",
    refs=("CWE-436",),
)
BEHIND: Final = Rule(
    id="npy.behind",
    level="review",
    title="Something follows the array",
    why="numpy does not read it; another program may read just that.",
    refs=("CWE-436",),
)
RULES: Final[tuple[Rule, ...]] = (CODE, HEADER, BEHIND)

_MARK: Final = b"\x93NUMPY"
_WIDTHS: Final = {1: 2, 2: 4, 3: 4}
_LONGEST: Final = 1 << 20
_UTF8: Final = 3
_KEYS: Final = frozenset({"descr", "fortran_order", "shape"})


def _fits(head: bytes, blob: Blob) -> bool:
    return head.startswith(_MARK)


def _look(blob: Blob, look: Look) -> None:
    at = 0
    while at < blob.size and blob.read(at, len(_MARK)) == _MARK:
        look.spend(1)
        at = _array(blob, look, at)
    if at < blob.size:
        look.found(BEHIND, f"{blob.size - at:,} bytes that begin with {blob.read(at, 16)!r}", at)
        if not is_zero(blob, at):
            look.into(f"behind {at}", blob.part(at))


def _array(blob: Blob, look: Look, at: int) -> int:
    """Look at the array that begins there. Returns the place behind it."""
    version, minor = blob.exactly(at + 6, 2)
    width = _WIDTHS.get(version)
    if width is None or minor:
        raise Unreadable(f"the version {version}.{minor}, which there is not", at + 6)
    length = int.from_bytes(blob.exactly(at + 8, width), "little")
    start = at + 8 + width
    if length > _LONGEST:
        raise TooMuch(f"a header of {length:,} bytes", at + 8)
    try:
        size = _size(_header(blob, look, start, length, version), look, start)
    except Unreadable as error:
        _tell(look, error, start)
        if start + length < blob.size:  # a reader that is less strict may take it for a pickle
            look.into(f"behind the header at {start}", blob.part(start + length))
        if isinstance(error, Unclear):
            return blob.size
        raise
    end = start + length
    if size is None:
        return scan_stream(blob, look, end)
    if end + size > blob.size:
        raise Unreadable(f"{blob.size - end:,} of {size:,} bytes of the array are there", blob.size)
    return end + size


def _tell(look: Look, error: Unreadable, start: int) -> None:
    if isinstance(error, Running):
        look.found(CODE, str(error), start + (error.at or 0))
    elif isinstance(error, Unclear):
        look.found(HEADER, str(error), start)


def _header(blob: Blob, look: Look, start: int, length: int, version: int) -> dict[str, Value]:
    raw = blob.exactly(start, length)
    try:
        text = raw.decode("utf-8" if version == _UTF8 else "latin-1")
    except UnicodeDecodeError as error:
        raise Unreadable("its header is no UTF-8", start + error.start) from None
    look.spend(length // 64)
    reader = Header(text)
    found = reader.read()
    for key in reader.doubles:
        look.found(HEADER, f"it has {key!r} twice", start)
    if found.keys() != _KEYS:
        look.found(HEADER, f"it has the keys {sorted(found)[:10]}", start)
    if not isinstance(found.get("fortran_order", False), bool):
        look.found(HEADER, f"its order is {found['fortran_order']!r:.60}", start)
    return found


def _size(header: dict[str, Value], look: Look, start: int) -> int | None:
    """Bytes of the array; None: it is a pickle."""
    kind = Types().type(header.get("descr"))
    if not kind.has_objects:
        return count(header.get("shape")) * kind.size
    try:
        count(header.get("shape"))
    except Unreadable as error:
        look.found(HEADER, str(error), start)
    return None


NPY: Final = Format(name="NPY", fits=_fits, look=_look)
