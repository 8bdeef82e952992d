"""The counter of rows and cells of CSV files beside a slow one, with blocks so small that they end everywhere."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from bartizan.tables import rows

_FILE: Final = Path(tempfile.mkdtemp(prefix="bartizan-fuzz-")) / "rows.csv"


def check(data: bytes) -> None:
    """Count both ways. Raises AssertionError where the counts differ."""
    if not data:
        return
    block, separator, content = data[0] % 16 + 1, ",;\t|"[data[0] // 16 % 4], data[1:]
    rows._BLOCK = block  # type: ignore[misc]
    _FILE.write_bytes(content)
    found = rows.rows_of(_FILE, separator)
    expected = _slowly(content, ord(separator))
    cells = expected[0] if expected else 0
    wrong = [(at, count) for at, count in enumerate(expected[1:], 1) if count != cells]
    told = (found.count, found.cells, found.ragged, found.first)
    assert told == (max(len(expected) - 1, 0), cells, len(wrong), tuple(wrong[:3])), f"{told}, but {expected}"


def _slowly(content: bytes, separator: int) -> list[int]:
    """The cells of every row that is not empty, byte by byte."""
    found, cells, quoted, row = [], 1, False, bytearray()
    for byte in content:
        if byte == ord("\n") and not quoted:
            if row not in (b"", b"\r"):
                found.append(cells)
            cells, row = 1, bytearray()
            continue
        quoted ^= byte == ord('"')
        cells += byte == separator and not quoted
        row.append(byte)
    return [*found, cells] if row.strip(b"\r\n") else found


def seeds() -> list[bytes]:
    """Ordinary tables."""
    texts = (b"a,b\n1,2\n", b'a,"b\n,c"\r\n1,""""\r\n\r\n1,2,3', b'a;b\n"x;"";y";z')
    return [bytes([n]) + text for n in (0, 7, 63) for text in texts]
