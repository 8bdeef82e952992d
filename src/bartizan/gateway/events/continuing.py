"""Where a chain ended, found again by whoever goes on with it: what is torn is put aside, what is damaged is left."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from bartizan.gateway.events.lines import LONGEST_LINE, follows, kept_segments, last_line, raw_lines, read_line
from bartizan.gateway.events.seals import End, Seal, holds, read_seal, sync_folder


class Damaged(Exception):
    """A chain is not as it was written. The text says what was found."""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """A torn end that was put aside."""

    file: str
    """Where it lies now, within the chain's folder."""
    bytes: int
    sha256: str


class Continued(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go on."""

    end: End
    segment: Path | None
    """The segment that is written to; None: there is none yet."""
    seal: Seal
    cut: Cut | None = None


def where_it_ended(folder: Path, key: bytes) -> Continued:
    """The end of a chain that nobody writes to. Raises Damaged, OSError.

    What does not follow is torn where it lies behind the seal, for it may never have been whole; before it, it is
    damage, and nothing is touched.
    """
    seal = read_seal(folder)
    found = kept_segments(folder, seal.base.seq if seal is not None else 0)
    if seal is None:
        if found:
            raise Damaged("its seal is missing or cannot be read")
        return Continued(end=End(), segment=None, seal=Seal(chain=folder.name))
    if not holds(seal, key) or seal.chain != folder.name:
        raise Damaged("its seal was not made with this key, or was changed")
    if not found:
        if seal.end != seal.base:
            raise Damaged(f"its entries are gone; its seal knows of {seal.end.seq}")
        return Continued(end=seal.end, segment=None, seal=seal)
    before = _before(found, seal)
    first, segment = found[-1]
    end, good, sealed_hash = _follow(segment, End(seq=first - 1, hash=before), seal)
    if end.seq < seal.end.seq:
        raise Damaged(f"it ends at entry {end.seq}, and its seal knows of {seal.end.seq}")
    if sealed_hash and sealed_hash != seal.end.hash:
        raise Damaged(f"entry {seal.end.seq} is not the one that was sealed")
    return Continued(end=end, segment=segment, seal=seal, cut=_put_aside(segment, good))


def _before(found: list[tuple[int, Path]], seal: Seal) -> str:
    """The hash before the last segment's first entry."""
    first, _ = found[-1]
    if first == seal.base.seq + 1:
        return seal.base.hash
    last = last_line(found[-2][1]) if len(found) > 1 else None
    if last is None or last.entry.seq != first - 1:
        raise Damaged(f"the entry before {first} is missing")
    return last.hash


def _follow(segment: Path, end: End, seal: Seal) -> tuple[End, int, str]:
    """(the last entry that follows, the offset behind it, the hash of the sealed entry where it was passed)."""
    good, sealed_hash = 0, end.hash if end.seq == seal.end.seq else ""
    for at, raw in raw_lines(segment):
        line = read_line(raw[:-1]) if raw.endswith(b"\n") else None
        if line is None or line.entry.seq != end.seq + 1 or not follows(line, end.hash):
            break
        end, good = End(seq=line.entry.seq, hash=line.hash), at + len(raw)
        if end.seq == seal.end.seq:
            sealed_hash = end.hash
    return end, good, sealed_hash


def _put_aside(segment: Path, good: int) -> Cut | None:
    """Move what lies behind an offset into a file of its own, and only then take it off."""
    size = segment.stat().st_size
    if size == good:
        return None
    aside = segment.parent / "torn"
    aside.mkdir(exist_ok=True)
    name = aside / f"{segment.stem}-{good}.bin"
    while name.exists():
        name = name.with_name(f"{name.stem}-again.bin")
    seen = hashlib.sha256()
    with open(segment, "r+b") as lines, open(name, "xb") as out:
        lines.seek(good)
        while piece := lines.read(LONGEST_LINE):
            seen.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
        sync_folder(aside)
        lines.truncate(good)
        os.fsync(lines.fileno())
    return Cut(file=f"torn/{name.name}", bytes=size - good, sha256=seen.hexdigest())
