"""Tar archives: v7, ustar, pax and GNU, and what PyTorch wrote before 0.2.

Where readers would go on at different places, all of the ways are gone.
"""

from __future__ import annotations

from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.containers import tar_headers as headers
from bartizan.supply.scan.containers import tar_names as names
from bartizan.supply.scan.containers import tar_rules as rules
from bartizan.supply.scan.containers import tar_torch as torch
from bartizan.supply.scan.containers.tar_headers import BLOCK, Pax
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import BROKEN, Look

RULES: Final = rules.RULES
_AHEAD: Final = 1 << 20
"""Bytes of a name, or of a pax header."""
_AHEADS: Final = frozenset({headers.LONG_NAME, headers.LONG_LINK, headers.PAX, headers.OLD_PAX, headers.PAX_ALL})
_NOT_FILES: Final = headers.DEVICES | {headers.HARD_LINK, headers.SYMBOLIC_LINK, headers.FOLDER}
_HEADERS: Final = 1_000_000
_TIMES: Final = 3
"""How often all bytes of an archive are looked at, where it can be read in several ways."""
_NOTHING: Final = Pax(values={})


class _Ahead(msgspec.Struct, kw_only=True):
    """What has been said of the next file."""

    name: str | None = None
    link: str | None = None
    pax: Pax = _NOTHING
    is_said: bool = False
    """A header says something of the next file, were it only that nothing is to be said."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the archive, as its header and what stands before that say."""

    name: str
    others: tuple[str, ...]
    """What else readers may take for its name."""
    link: str
    size: int
    kind: int
    at: int
    """Of its header."""
    data: int
    """Where its bytes begin."""


class _Archive:
    def __init__(self, blob: Blob, look: Look) -> None:
        self._blob, self._look = blob, look
        self._ways = [0]
        self._seen: set[int] = set()
        self._names = names.Names(look)
        self._all = _NOTHING
        """What a pax header says of all files."""
        self._zeros = (0, 0)
        """Where the longest run of zeros lies that was met."""
        self._looked = 0

    def look_at(self) -> None:
        """Go all ways through it."""
        while self._ways:
            self._walk(self._ways.pop())
        self._names.check_links()

    def _walk(self, at: int) -> None:
        ahead = _Ahead()
        while at not in self._seen:
            self._seen.add(at)
            if len(self._seen) > _HEADERS:
                raise TooMuch(f"more than {_HEADERS:,} headers", at)
            self._look.spend(1)
            block = self._blob.read(at, BLOCK)
            if len(block) < BLOCK or not block.strip(b"\0"):
                self._end(block, at, ahead)
                return
            try:
                head = headers.header(block) if headers.is_header(block) else None
            except Unreadable:
                head = None
            if head is None:
                at = self._behind_broken(at)
                ahead = _Ahead()
            elif head.kind in _AHEADS:
                at = self._ahead(head, at, ahead)
            else:
                at = self._file(head, at, ahead)
                ahead = _Ahead()

    # What is no file

    def _end(self, block: bytes, at: int, ahead: _Ahead) -> None:
        if ahead.is_said:
            self._look.found(rules.CUT, "a header says something of a file that does not follow", at)
        if len(block) < BLOCK and block.strip(b"\0"):
            self._look.found(rules.BROKEN, "the last one is cut off", at)
        elif not block:
            self._look.found(rules.NO_END, "it ends behind a file", self._blob.size)
        rest = self._behind_zeros(at)
        if rest < self._blob.size:
            self._behind(rest - (rest - at) % BLOCK)

    def _behind_zeros(self, at: int) -> int:
        """The first byte from there on that is not zero."""
        if self._zeros[0] <= at <= self._zeros[1]:
            return self._zeros[1]
        start = at
        for block in self._blob.blocks(at):
            rest = block.lstrip(b"\0")
            at += len(block) - len(rest)
            if rest:
                break
        self._zeros = (start, at)
        return at

    def _behind(self, at: int) -> None:
        if at in self._seen:
            return
        self._look.found(rules.BEHIND, f"{self._blob.size - at:,} bytes", at)
        if headers.is_header(self._blob.read(at, BLOCK)):
            self._ways.append(at)
        else:
            self._look.into(f"behind the end at {at}", self._blob.part(at))

    def _behind_broken(self, at: int) -> int:
        """The next header behind one that is broken, or the end."""
        self._look.found(rules.BROKEN, f"{self._blob.read(at, 32)!r}", at)
        start = at
        at += BLOCK
        while at < self._blob.size:
            block = self._blob.read(at, BLOCK)
            if headers.is_header(block):
                break
            at += BLOCK
            if at % (1 << 20) == 0:
                self._look.spend(2048)
        at = min(at, self._blob.size)
        if at > start + BLOCK:
            self._content(f"broken at {start}", start + BLOCK, at - start - BLOCK)
        return at

    # What stands before a file

    def _ahead(self, head: headers.Block, at: int, ahead: _Ahead) -> int:
        data = at + BLOCK
        if head.size < 0:
            self._look.found(rules.LIES, f"a size of {head.size:,} bytes", at)
            return data
        if head.size > _AHEAD:
            self._look.found(rules.BROKEN, f"{head.size:,} bytes of names or of a pax header", at)
            return data + _blocks(head.size)
        ahead.is_said |= head.kind != headers.PAX_ALL
        held = self._blob.read(data, head.size)
        if len(held) < head.size:
            self._look.found(rules.CUT, f"{len(held):,} of {head.size:,} bytes of a name or a pax header", data)
        text = held.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        if head.kind == headers.LONG_NAME:
            ahead.name = text
        elif head.kind == headers.LONG_LINK:
            ahead.link = text
        else:
            self._pax(held, head, at, ahead)
        return data + _blocks(head.size)

    def _pax(self, held: bytes, head: headers.Block, at: int, ahead: _Ahead) -> None:
        try:
            pax = headers.pax(held)
        except Unreadable as error:
            self._look.found(rules.BROKEN, str(error), at)
            return
        for key in pax.doubles:
            self._look.found(rules.HEADER, f"a pax header has {key!r} twice", at)
        if head.kind != headers.PAX_ALL:
            ahead.pax = Pax(values={**ahead.pax.values, **pax.values})
            return
        if pax.values:
            said = ", ".join(f"{key}={value:.60}" for key, value in list(pax.values.items())[:5])
            self._look.found(rules.TWO_WAYS, f"a pax header for all files has {said}", at)
        self._all = Pax(values={**self._all.values, **pax.values})

    # Files

    def _file(self, head: headers.Block, at: int, ahead: _Ahead) -> int:
        """Look at it. Returns the place of the next header."""
        data = at + BLOCK
        if head.has_more:
            data = self._behind_holes(data)
        values = {**self._all.values, **ahead.pax.values}
        given = [one for one in (values.get("path"), ahead.name, head.name, head.bare) if one]
        file = _File(
            name=given[0] if given else "",
            others=tuple({*given} - {*given[:1]}),
            link=values.get("linkpath") or ahead.link or head.link,
            size=self._size(head, at, Pax(values=values)),
            kind=head.kind,
            at=at,
            data=data,
        )
        if head.is_odd:
            self._look.found(rules.HEADER, f"the size of {file.name}", at)
        if head.kind == headers.SPARSE or Pax(values=values).is_sparse:
            self._look.found(rules.SPARSE, file.name, at)
        if file.size < 0:
            self._look.found(rules.LIES, f"{file.name} has {file.size:,} bytes", at)
            return data
        self._named(file)
        return self._next(file, head.size)

    def _size(self, head: headers.Block, at: int, pax: Pax) -> int:
        try:
            said = pax.size
        except Unreadable as error:
            self._look.found(rules.HEADER, str(error), at)
            return head.size
        if said is None or said == head.size:
            return head.size
        if not headers.is_too_large(said):
            self._look.found(rules.TWO_WAYS, f"{head.name} has {head.size:,} bytes, and {said:,} by pax", at)
        return said

    def _behind_holes(self, data: int) -> int:
        for _ in range(10_000):
            more = self._blob.read(data, BLOCK)
            data += BLOCK
            if len(more) < BLOCK or more[504] != 1:
                return data
        raise TooMuch("a list of holes without an end", data)

    def _named(self, file: _File) -> None:
        for name in (file.name, *file.others):
            self._names.check(name, file.at)
        if file.kind in (headers.HARD_LINK, headers.SYMBOLIC_LINK):
            self._names.link(file.name, file.link, file.at, is_hard=file.kind == headers.HARD_LINK)
        else:
            self._names.add(file.name, file.at, is_folder=file.kind == headers.FOLDER)
        if file.kind not in headers.FILES | _NOT_FILES | {headers.SPARSE} or file.kind in headers.DEVICES:
            self._look.found(rules.SPECIAL, f"{file.name} is of the kind {chr(file.kind)!r}", file.at)

    def _next(self, file: _File, by_header: int) -> int:
        """Look at its bytes. Returns where the next header is; other ways are kept."""
        end = file.data + _blocks(file.size)
        if file.kind not in _NOT_FILES:
            self._content(file.name, file.data, file.size)
            if 0 <= by_header != file.size:
                self._ways.append(file.data + _blocks(by_header))
            return end
        if not file.size:
            return file.data
        self._look.found(rules.HEADER, f"{file.name} is no file, and has {file.size:,} bytes", file.at)
        if not headers.is_header(self._blob.read(file.data, BLOCK)):
            self._content(file.name, file.data, file.size)
            return end
        after = self._blob.read(end, BLOCK)
        if end < self._blob.size and (headers.is_header(after) or not after.strip(b"\0")):
            self._look.found(rules.TWO_WAYS, f"{file.name} is no file, and has bytes that are headers", file.at)
            self._ways.append(end)
        return file.data

    def _content(self, name: str, data: int, size: int) -> None:
        there = max(0, min(size, self._blob.size - data))
        if there < size:
            self._look.found(rules.CUT, f"{there:,} of {size:,} bytes of {name}", data)
        self._looked += there
        if self._looked > _TIMES * self._blob.size:
            raise TooMuch("files that share their bytes", data)
        if not there:
            return
        part = self._blob.part(data, there)
        plain = name.removeprefix("./")
        if plain in (torch.STORAGES, torch.TENSORS):
            self._torch(plain, part)
        else:
            self._look.into(name, part)

    def _torch(self, name: str, part: Blob) -> None:
        look = self._look
        look.members += 1
        before = look.path
        look.path = (*before, name)
        try:
            torch.look_at(name, part, look)
        except TooMuch:
            raise
        except Unreadable as error:
            look.found(BROKEN, f"as a part of PyTorch: {error}", error.at)
        finally:
            look.path = before


def _blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _fits(head: bytes, blob: Blob) -> bool:
    return head[257:262] == b"ustar" or headers.is_header(head[:BLOCK])


def _look(blob: Blob, look: Look) -> None:
    _Archive(blob, look).look_at()


TAR: Final = Format(name="tar", fits=_fits, look=_look)
