"""The log of requests: a file of JSON lines in a hash chain, on the disk before anything is done."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import msgspec

from bartizan.core.chain import GENESIS
from bartizan.core.chain_lines import BrokenLine, line, read_lines
from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.core.source import read_bytes
from bartizan.rights.entries import Entry, Recorded
from bartizan.rights.requests import Requests

_MOST: Final = 256 << 20
_FIX: Final = "nothing is done on a log that cannot be trusted: restore it from a copy"


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A log as it stands."""

    requests: Requests
    entries: int
    head: str
    """The hash of the newest entry."""
    hashes: tuple[str, ...]


def read_book(path: Path) -> Read:
    """All of a log, each line checked. Raises InputError."""
    if not path.exists():
        raise InputError(
            [Problem(file=str(path), finding="there is no such log", fix="bartizan rights open makes one")]
        )
    return _read(path, read_bytes(path, _MOST))[0]


def _read(path: Path, raw: bytes) -> tuple[Read, int]:
    try:
        lines = read_lines(raw)
    except BrokenLine as broken:
        raise _refused(path, broken.number, str(broken)) from None
    requests = Requests()
    for number, body in enumerate(lines.bodies, 1):
        try:
            requests.take(_decoder.decode(body))
        except (msgspec.DecodeError, ValueError, BartizanError) as error:
            raise _refused(path, number, f"it is no entry of such a log: {error}") from None
    read = Read(requests=requests, entries=len(lines.bodies), head=lines.head, hashes=lines.hashes)
    return read, len(raw) - lines.torn


class Book:
    """A log that this process alone writes."""

    def __init__(self, file: IO[bytes], read: Read, by: str, clock: Callable[[], str]) -> None:
        self._file, self._by, self._clock = file, by, clock
        self.requests = read.requests
        self.head = read.head
        """The hash of the newest entry."""

    def add(self, entry: Entry) -> None:
        """Write an entry; it is on the disk when this returns. Raises Conflict, NotFound: nothing is written then."""
        recorded = Recorded(seen=self._clock(), by=self._by, entry=entry)
        self.requests.take(recorded)
        made = line(msgspec.to_builtins(recorded), self.head)
        self._file.write(made)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.head = msgspec.json.decode(made)["hash"]


@contextmanager
def writing(path: Path, *, by: str, clock: Callable[[], str], create: bool = False) -> Iterator[Book]:
    """The log, for this process alone until it ends; others wait. Raises InputError."""
    if not create:
        read_book(path)
    try:
        file = path.open("a+b")
    except OSError as error:
        raise InputError([Problem(file=str(path), finding=f"it cannot be written: {error.strerror}")]) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        read, whole = _read(path, file.read(_MOST + 1))
        if os.fstat(file.fileno()).st_size > _MOST:
            raise InputError([Problem(file=str(path), finding="it is larger than any log", fix="begin another")])
        file.truncate(whole)
        yield Book(file, read, by, clock)


def is_in(read: Read, head: str) -> bool:
    """Whether a hash that somebody noted is one of the log's."""
    return head == GENESIS or head in read.hashes


def _refused(path: Path, number: int, finding: str) -> InputError:
    return InputError([Problem(file=str(path), line=number, finding=finding, fix=_FIX)])


_decoder = msgspec.json.Decoder(Recorded)
