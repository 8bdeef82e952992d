"""An entry's line in a segment, and following lines from a hash.

A line is JSON: ``{"hash":"<64 hexadecimal digits>","entry":<the entry as canonical JSON>}``. The hash covers the hash
before and the bytes of the entry (see `bartizan.core.chain`); it stands first so that it is found without parsing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bartizan.gateway.events.event import DECODER, Entry

_LINE = re.compile(rb'\{"hash":"([0-9a-f]{64})","entry":(\{.*\})\}', re.DOTALL)
SEGMENT = re.compile(r"([0-9]{12})\.jsonl")
LONGEST_LINE = 4 << 20
"""Bytes of a line at most; the writer's are far shorter."""


def line_of(body: bytes, before: str) -> tuple[bytes, str]:
    """(the line with its end, its hash)."""
    made = hashlib.sha256(before.encode() + body).hexdigest()
    return b'{"hash":"' + made.encode() + b'","entry":' + body + b"}\n", made


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line that holds together in itself; whether it follows from the one before is another question."""

    hash: str
    body: bytes
    entry: Entry


def read_line(raw: bytes) -> Line | None:
    """A line without its end; None where it is none of ours."""
    found = _LINE.fullmatch(raw)
    if found is None:
        return None
    try:
        entry = DECODER.decode(found[2])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Line(hash=found[1].decode(), body=found[2], entry=entry)


def follows(line: Line, before: str) -> bool:
    """Whether its hash comes from its text and the hash before."""
    return hashlib.sha256(before.encode() + line.body).hexdigest() == line.hash


def segments(folder: Path) -> list[tuple[int, Path]]:
    """The segments of a chain in order, each with the number of its first entry, as its name says."""
    found = ((SEGMENT.fullmatch(one.name), one) for one in folder.iterdir())
    return sorted((int(match[1]), one) for match, one in found if match)


def raw_lines(file: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(where it begins, the line with its end) from an offset; the last may have no end. A giant is given in pieces."""
    with open(file, "rb") as lines:
        at = lines.seek(start)
        while raw := lines.readline(LONGEST_LINE):
            yield at, raw
            at += len(raw)


def last_line(file: Path) -> Line | None:
    """The last whole line of a segment; None where there is none that can be read."""
    size = file.stat().st_size
    with open(file, "rb") as lines:
        lines.seek(max(0, size - LONGEST_LINE))
        whole = lines.read().rpartition(b"\n")[0]
    return read_line(whole.rpartition(b"\n")[2])


def kept_segments(folder: Path, base: int) -> list[tuple[int, Path]]:
    """Those that are still kept: a file from before the seal's base is one that a deletion did not come to."""
    return [(first, file) for first, file in segments(folder) if first > base]


def chain_names(root: Path) -> list[str]:
    """The chains that a ledger's folder holds."""
    folder = root / "chains"
    return sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []


def entries_of(lines: Iterable[tuple[int, bytes]]) -> Iterator[Entry]:
    """The entries of lines that can be read; others are left out."""
    for _, raw in lines:
        line = read_line(raw.rstrip(b"\n")) if raw.endswith(b"\n") else None
        if line is not None:
            yield line.entry
