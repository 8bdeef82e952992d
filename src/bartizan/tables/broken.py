"""Where a table is broken, and why: the first line that no reader can read. Looked for only after one gave up."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

import msgspec

from bartizan.core.errors import printable

_LONGEST: Final = 64 << 20
"""Bytes of a line."""
_WORDS: Final = 100


def broken_line(path: Path, *, objects: bool) -> tuple[int, str] | None:
    """The first line (from 1) that is not UTF-8 or, where each is to be an object of JSON, is none; and what it is.

    None where all lines can be read, or one is too long to look at. Raises OSError.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST + 1):
            number += 1
            if len(line) > _LONGEST:
                return None
            why = _why(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, objects=objects)
            if why:
                return number, why
    return None


def _why(line: bytes, *, objects: bool) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the line is not UTF-8"
    if not objects or not line.strip():
        return ""
    try:
        made = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"it is not JSON: {printable(str(error), _WORDS)}"
    return "" if isinstance(made, dict) else "it is JSON, but no object"
