"""An entry of the directory beside the header before its data: where they differ, and where the data are."""

from __future__ import annotations

from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers import zip_rules as rules
from bartizan.supply.scan.containers.zip_names import escapes, odd, plain
from bartizan.supply.scan.containers.zip_records import (
    ENCRYPTED,
    LEVELS,
    MASKED,
    PATCH,
    RESERVED,
    STREAMED,
    STRONG,
    Entry,
    descriptors,
)
from bartizan.supply.scan.look import Look

_LOUD: Final = ENCRYPTED | PATCH | STRONG | MASKED


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One way to read an entry."""

    name: str
    data_at: int
    method: int
    packed: int
    size: int | None
    """None: nobody says."""
    crc: int | None
    at: int
    """Where its header lies."""
    is_encrypted: bool = False
    mode: int = 0
    is_cut: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """The same for those that give the same."""
        return self.data_at, self.method, self.packed


def members(entry: Entry, local: Entry) -> list[Member]:
    """All ways to read an entry: as the directory says, and as the header says where that is something else."""
    found = [_member(entry, local, entry)]
    if local.packed and (local.packed, local.method) != (entry.packed, entry.method):
        found.append(_member(local, local, entry))
    elif local.method != entry.method:
        found.append(msgspec.structs.replace(found[0], method=local.method))
    return found


def _member(told: Entry, local: Entry, entry: Entry) -> Member:
    return Member(
        name=told.name,
        data_at=local.end,
        method=told.method,
        packed=told.packed,
        size=told.size,
        crc=told.crc,
        at=local.at,
        is_encrypted=bool((entry.flags | local.flags) & (ENCRYPTED | STRONG)),
        mode=entry.mode,
    )


def compare(entry: Entry, local: Entry, look: Look) -> None:
    """Report where the two differ."""
    loud: list[str] = []
    quiet: list[str] = []
    if entry.raw != local.raw:
        shown = f"it is called {entry.name!r} and {local.name!r}"
        (quiet if plain(entry.name) == plain(local.name) else loud).append(shown)
    if entry.method != local.method:
        loud.append(f"methods {entry.method} and {local.method}")
    different = (entry.flags ^ local.flags) & ~LEVELS
    if different:
        (loud if different & _LOUD else quiet).append(f"marks {entry.flags:#x} and {local.flags:#x}")
    is_streamed = (entry.flags | local.flags) & STREAMED
    for what in ("crc", "packed", "size"):
        here, there = getattr(entry, what), getattr(local, what)
        if here != there and not (is_streamed and there == 0):
            loud.append(f"{what} {here:,} and {there:,}")
    quiet += [one.trouble for one in (entry, local) if one.trouble]
    if loud:
        look.found(rules.DIFFERS, f"{entry.name!r}: {'; '.join(loud + quiet)}", local.at)
    elif quiet:
        look.found(rules.DIFFERS_LITTLE, f"{entry.name!r}: {'; '.join(quiet)}", local.at)
    if marks := (entry.flags | local.flags) & (PATCH | MASKED | RESERVED):
        look.found(rules.FLAGS, f"{entry.name!r}: {marks:#x}", local.at)
    if entry.disk:
        look.found(rules.FLAGS, f"{entry.name!r} lies on disk {entry.disk}", entry.at)


def check_name(entry: Entry, look: Look) -> None:
    """Report where the names of an entry lead out or are odd."""
    for name in dict.fromkeys((entry.name, entry.name if entry.alias is None else entry.alias)):
        if how := escapes(name):
            look.found(rules.ESCAPES, f"{name!r}: {how}", entry.at)
        elif how := odd(name):
            look.found(rules.NAME, f"{name!r}: {how}", entry.at)
    if entry.alias is not None and entry.raw.isascii() and entry.alias.isascii() and entry.alias != entry.name:
        look.found(rules.DIFFERS, f"it is called {entry.name!r} and {entry.alias!r}", entry.at)


def check_twins(entries: tuple[Entry, ...], look: Look) -> None:
    """Report names that come twice, also where they only become one when they are unpacked."""
    seen: dict[str, Entry] = {}
    for one in entries:
        if one.is_folder and not one.size:
            continue
        first = seen.setdefault(plain(one.name), one)
        if first is one:
            continue
        is_by_case = first.raw != one.raw and first.name.casefold() == one.name.casefold()
        is_alike = (first.crc, first.size) == (one.crc, one.size)
        rule = rules.TWICE_ALIKE if is_by_case or is_alike else rules.TWICE
        look.found(rule, f"{first.name!r} and {one.name!r}", one.at)


def behind(blob: Blob, entry: Entry, local: Entry, look: Look) -> int:
    """Where an entry ends, with what follows its data. Reports where that says something else."""
    end = local.end + entry.packed
    if not (entry.flags | local.flags) & STREAMED or end > blob.size:
        return end
    ways = list(descriptors(blob, end))
    fitting = [one for one in ways if (one.packed, one.size) == (entry.packed, entry.size)]
    for one in fitting:
        if one.crc == entry.crc:
            return end + one.length
    if fitting:
        look.found(rules.DIFFERS, f"{entry.name!r}: crc {entry.crc:,} and {fitting[0].crc:,} behind it", end)
        return end + fitting[0].length
    look.found(rules.DIFFERS_LITTLE, f"{entry.name!r}: its sizes do not follow its data", end)
    return end
