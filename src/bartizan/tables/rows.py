"""Whether every row of a CSV file has as many cells as its header: what readers of CSV fill or cut in silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

_BLOCK: Final = 4 << 20
_TOLD: Final = 3
_LONGEST: Final = 64 << 20
_Numbers: TypeAlias = npt.NDArray[np.int64]


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of a file are."""

    count: int
    """Rows, without the header and without empty lines."""
    cells: int
    """Cells of the header."""
    ragged: int
    """Rows with more cells or fewer."""
    first: tuple[tuple[int, int], ...]
    """The first of them: number of the row (1: the one behind the header), cells that it has."""


class RowTooLong(Exception):
    """A row of more than 64 MB: a quote that nobody closes makes one of the whole rest."""


def rows_of(file: Path, separator: str = ",") -> Rows:
    """Count the cells of every row, by RFC 4180: a separator or line break between quotes is neither.

    Reads a few megabytes at a time. A quote within a cell that is not quoted counts as one. Raises RowTooLong, OSError.
    """
    count, cells, ragged = -1, 0, 0
    first: list[tuple[int, int]] = []
    for numbers in _cells(file, ord(separator)):
        found = numbers[1:] if count < 0 else numbers
        if count < 0:
            cells, count = int(numbers[0]), 0
        wrong = np.flatnonzero(found != cells)
        first += [(count + int(at) + 1, int(found[at])) for at in wrong[: _TOLD - len(first)]]
        ragged += len(wrong)
        count += len(found)
    return Rows(count=max(count, 0), cells=cells, ragged=ragged, first=tuple(first))


def _cells(file: Path, separator: int) -> Iterator[_Numbers]:
    """The numbers of cells of the rows, some thousand rows at a time, none of them empty."""
    for block in _whole_rows(file):
        codes = np.frombuffer(block, np.uint8)
        quotes = codes == ord('"')
        outside = ~np.logical_xor.accumulate(quotes) if quotes.any() else np.ones(len(codes), np.bool_)
        ends = np.flatnonzero((codes == ord("\n")) & outside)
        commas = np.flatnonzero((codes == separator) & outside)
        found = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
        lengths = np.diff(ends, prepend=-1)
        empty = (lengths == 1) | ((lengths == 2) & (codes[ends - 1] == ord("\r")))
        if not empty.all():
            yield found[~empty]


def _whole_rows(file: Path) -> Iterator[bytes]:
    """Blocks that end with the end of a row; the last one gets the quote and the line break that it may lack."""
    with file.open("rb") as source:
        left = b""
        while block := source.read(_BLOCK):
            block = left + block
            end = _last_end(block)
            if end < 0 and len(block) > _LONGEST:
                raise RowTooLong
            yield from (block[: end + 1],) if end >= 0 else ()
            left = block[end + 1 :]
        if left.strip(b"\r\n"):
            yield left.rstrip(b"\r\n") + (b'"\n' if left.count(b'"') % 2 else b"\n")


def _last_end(block: bytes) -> int:
    """Where its last row ends; -1: no row ends in it. It begins with a row."""
    if b'"' not in block:
        return block.rfind(b"\n")
    codes = np.frombuffer(block, np.uint8)
    outside = ~np.logical_xor.accumulate(codes == ord('"'))
    ends = np.flatnonzero((codes == ord("\n")) & outside)
    return int(ends[-1]) if len(ends) else -1
