"""Zip archives, read by their directory and from their beginning at once, whichever of the two a loader believes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers import zip_rules as rules
from bartizan.supply.scan.containers.zip_data import METHODS, STORED, Data
from bartizan.supply.scan.containers.zip_directory import Directory, End, View, ends, is_zip, read
from bartizan.supply.scan.containers.zip_names import leads_out
from bartizan.supply.scan.containers.zip_pairing import Member, behind, check_name, check_twins, compare, members
from bartizan.supply.scan.containers.zip_records import ENCRYPTED, STREAMED, Entry, central, local
from bartizan.supply.scan.containers.zip_torch import Tensors, has_pickle, say_programs
from bartizan.supply.scan.containers.zip_walking import Span, Stray, walk
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import BROKEN, HEAD, LIMIT, Look
from bartizan.supply.scan.pickles.format import PICKLE
from bartizan.supply.scan.pickles.streams import is_zero
from bartizan.supply.scan.rule import Rule

RULES: Final = rules.RULES
_MOST_DIRECTORIES: Final = 16
_MOST_BOMBS: Final = 10
_FREE: Final = 16 << 20
_AES: Final = 99
_TYPE, _LINK, _TYPES = 0o170000, 0o120000, (0, 0o100000, 0o040000)


class _Archive:
    """One look at one archive."""

    def __init__(self, blob: Blob, look: Look) -> None:
        self._blob, self._look = blob, look
        self._members: dict[tuple[int, int, int], Member] = {}
        self._taken: dict[int, int] = {}
        """Where something that is known begins, and where it ends."""
        self._ends: list[End] = []
        self._directories: list[Directory] = []
        self._bombs = 0
        self._has_no_crc = False

    def look_at(self) -> None:
        """Report what is wrong with the archive, then look at what is in it. Raises TooMuch."""
        self._read_directories()
        for one in self._directories:
            check_twins(one.entries, self._look)
        self._look_between()
        self._check_sizes()
        self._look_inside()

    # The directory

    def _read_directories(self) -> None:
        found = ends(self._blob)
        main = next((one for one in found if one.views and not one.is_empty), None)
        main = main or next((one for one in found if one.views), None)
        if main is None:
            self._look.found(rules.NO_END, "no end" if not found else "an end that leads nowhere", self._blob.size)
            return
        self._take_end(main)
        inside = _merged(self._taken.items())
        for one in found:
            if one is main or _is_within(one.at, inside):
                continue
            if one.views:
                self._look.found(rules.SEVERAL_ENDS, f"another end at {one.at:,}", one.at)
                if len(self._directories) < _MOST_DIRECTORIES:
                    self._take_end(one)
            else:
                self._look.found(rules.ODD_END, "another end, which leads nowhere", one.at)

    def _take_end(self, end: End) -> None:
        for rule, said in ((rules.ODD_END, end.odd), (rules.ZIP64, end.lies)):
            for one in said:
                self._look.found(rule, one, end.at)
        self._ends.append(end)
        if len(end.views) > 1:
            starts = " and ".join(f"{one.start:,}" for one in end.views)
            self._look.found(rules.SEVERAL_ENDS, f"directories at {starts}", end.at)
        for view in end.views:
            self._take_directory(view)

    def _take_directory(self, view: View) -> None:
        directory = read(self._blob, view, self._look)
        self._directories.append(directory)
        if directory.is_broken:
            self._look.found(BROKEN, f"the directory of {view.end - view.start:,} bytes breaks", directory.end)
        if len(directory.entries) & 0xFFFF != view.count & 0xFFFF:
            said = f"it says {view.count:,}, and there are {len(directory.entries):,}"
            self._look.found(rules.COUNT, said, view.start)
        reached, last = 0, ""
        for number, one in enumerate(sorted(directory.entries, key=lambda one: one.header_at)):
            if number % 1024 == 0:
                self._look.spend(16 * 1024)
            end = self._take_entry(one)
            if one.header_at < reached or (one.header_at < view.start < end):
                self._look.found(rules.OVERLAP, f"{one.name!r} and {last or 'the directory'!r}", one.header_at)
            if end > reached:
                reached, last = end, one.name

    def _take_entry(self, entry: Entry) -> int:
        """Remember an entry of a directory. Returns where it ends."""
        check_name(entry, self._look)
        header = local(self._blob, entry.header_at) if entry.header_at >= 0 else None
        if header is None:
            self._look.found(rules.MISSING, f"{entry.name!r} should lie at {entry.header_at:,}", entry.at)
            return 0
        compare(entry, header, self._look)
        for one in members(entry, header):
            self._members.setdefault(one.key, one)
        end = min(behind(self._blob, entry, header, self._look), self._blob.size)
        self._taken[entry.header_at] = max(end, self._taken.get(entry.header_at, 0))
        return end

    # What is in no directory

    def _look_between(self) -> None:
        taken = list(self._taken.items())
        taken += [(one.view.start, one.end) for one in self._directories]
        taken += [span for one in self._ends for span in one.spans]
        for one in self._ends:
            if one.end > one.comment_at:
                self._look.into("its comment", self._blob.part(one.comment_at, one.end - one.comment_at))
        reached = 0
        for start, end in _merged(taken):
            if start > reached:
                self._look_at_gap(reached, start, rules.GAP if reached else rules.BEFORE)
            reached = end
        if reached < self._blob.size:
            self._look_at_gap(reached, self._blob.size, rules.BEHIND)

    def _look_at_gap(self, start: int, end: int, rule: Rule) -> None:
        if is_zero(self._blob.part(start, end - start), 0):
            return
        for one in walk(self._blob, start, end, self._look):
            if isinstance(one, Stray):
                self._take_stray(one)
            else:
                self._look_at_span(one, rule)

    def _take_stray(self, one: Stray) -> None:
        header = one.header
        if self._directories:
            self._look.found(rules.HIDDEN, repr(header.name), header.at)
        check_name(header, self._look)
        is_open = bool(header.flags & STREAMED) and not (header.crc or header.size)
        found = Member(
            name=header.name,
            data_at=header.end,
            method=header.method,
            packed=one.packed,
            size=None if is_open else header.size,
            crc=None if is_open else header.crc,
            at=header.at,
            is_encrypted=bool(header.flags & ENCRYPTED),
            is_cut=one.is_cut,
        )
        self._members.setdefault(found.key, found)

    def _look_at_span(self, span: Span, rule: Rule) -> None:
        start = span.start
        if not self._directories:
            while start < span.end and (one := central(self._blob, start)) is not None:
                start = one.end
        rest = self._blob.part(start, span.end - start)
        if rest.size and not is_zero(rest, 0):
            if self._directories:
                self._look.found(rule, f"{rest.size:,} bytes that begin with {rest.read(0, 16)!r}", start)
            self._look.into(f"at {start}", rest)

    # What is in the entries

    def _check_sizes(self) -> None:
        total = 0
        for one in self._members.values():
            is_longer = one.method == STORED and one.size is not None and not one.is_encrypted
            total += min(self._blob.size, max(one.packed, (one.size or 0) if is_longer else 0))
        if total > 4 * self._blob.size + _FREE:
            raise TooMuch(f"entries that lie upon each other, of {total:,} bytes in {self._blob.size:,}")

    def _look_inside(self) -> None:
        found = self._members.values()
        names = [one.name for one in found]
        say_programs(names, self._look)
        tensors = Tensors(names)
        if has_pickle(names) and not any(one.crc for one in found):
            self._has_no_crc = True
            self._look.found(rules.NO_CRC, f"{len(names):,} entries")
        for is_late in (False, True):
            for one in found:
                if tensors.may_be(one.name) == is_late:
                    self._look_at(one, tensors)

    def _look_at(self, member: Member, tensors: Tensors) -> None:
        if member.method not in METHODS:
            rule = rules.ENCRYPTED if member.method == _AES else rules.METHOD
            self._look.found(rule, f"{member.name!r}: method {member.method}", member.at)
            return
        data = self._unpacked(member)
        if data is None or (member.is_encrypted and not self._is_plain(member, data)):
            return
        self._check(member, data)
        if member.mode & _TYPE == _LINK:
            self._look_at_link(member, data.blob)
        elif member.mode & _TYPE not in _TYPES:
            self._look.found(rules.LINK, f"{member.name!r}: mode {member.mode:#o}", member.at)
        if not data.blob.size:
            return
        if tensors.is_tensor(member.name):
            return
        formats = self._look.into(member.name, data.blob)
        tensors.learn(member.name, data.blob, formats)

    def _unpacked(self, member: Member) -> Data | None:
        """What is in it; None: it could not be had, which is reported."""
        there = self._blob.size - member.data_at
        wanted = member.packed
        if member.method == STORED and not member.is_encrypted:
            wanted = max(wanted, member.size or 0)
        if member.is_cut or member.packed > there:
            self._look.found(BROKEN, f"{member.name!r} has {member.packed:,} bytes, of which {there:,} are there")
        part = self._blob.part(member.data_at, min(wanted, there))
        try:
            return Data(part, member.method, member.size or 0, self._look)
        except TooMuch as error:
            self._bombs += 1
            if self._bombs > _MOST_BOMBS:
                raise
            self._look.found(LIMIT, f"{member.name!r}: {error}", member.at)
            return None

    def _is_plain(self, member: Member, data: Data) -> bool:
        """Whether something that says it is encrypted is not, or looks as if."""
        if not data.trouble and data.checksum() == member.crc and data.blob.size == member.size:
            self._look.found(rules.NOT_ENCRYPTED, repr(member.name), member.at)
            return True
        self._look.found(rules.ENCRYPTED, repr(member.name), member.at)
        return data.blob.size > 0 and PICKLE.fits(data.blob.read(0, HEAD), data.blob)

    def _check(self, member: Member, data: Data) -> None:
        shown = repr(member.name)
        if data.trouble:
            self._look.found(BROKEN, f"{shown}: {data.trouble}", member.at)
            return
        end = min(member.data_at + member.packed, self._blob.size)
        if (start := member.data_at + data.used) < end:
            rest = self._blob.part(start, end - start)
            self._look.found(rules.REST, f"{shown}: {rest.size:,} bytes", start)
            self._look.into(f"{member.name} behind {data.used}", rest)
        size = member.packed if member.method == STORED else data.blob.size
        if member.size is not None and size != member.size:
            self._look.found(rules.SIZES, f"{shown}: {size:,} bytes, and it says {member.size:,}", member.at)
        elif member.crc is not None and not self._has_no_crc and data.checksum() != member.crc:
            self._look.found(rules.CRC, f"{shown}: {data.checksum():#010x}, and it says {member.crc:#010x}", member.at)

    def _look_at_link(self, member: Member, blob: Blob) -> None:
        target = blob.read(0, HEAD).decode("utf-8", "replace")
        how = leads_out(member.name, target)
        self._look.found(rules.LINK_OUT if how else rules.LINK, f"{member.name!r} to {target!r}", member.at)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch as one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _is_within(place: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a place lies in one of these spans, which are in order."""
    number = bisect_right(spans, (place, float("inf")))
    return number > 0 and place < spans[number - 1][1]


def _look(blob: Blob, look: Look) -> None:
    _Archive(blob, look).look_at()


ZIP: Final = Format(name="zip", fits=is_zip, look=_look)
"""Archives as zip, with all that is one: npz, .pt, .keras, .skops, wheels, jars."""
