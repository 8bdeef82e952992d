"""The log of requests: a file of JSON lines in a hash chain, on the disk before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bartizan.core.chain import GENESIS
from bartizan.core.chain_lines import Lines
from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.core.source import read_bytes
from bartizan.journal.lines import MOST, LineLog, checked
from bartizan.journal.lines import writing as writing_lines
from bartizan.rights.entries import Entry, Recorded
from bartizan.rights.requests import Requests

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
        fix = "bartizan rights open makes one"
        raise InputError([Problem(file=str(path), finding="there is no such log", fix=fix)])
    lines = checked(path, read_bytes(path, MOST), _FIX)
    return Read(requests=_requests(path, lines), entries=len(lines.bodies), head=lines.head, hashes=lines.hashes)


def _requests(path: Path, lines: Lines) -> Requests:
    requests = Requests()
    for number, body in enumerate(lines.bodies, 1):
        try:
            requests.take(_decoder.decode(body))
        except (msgspec.DecodeError, ValueError, BartizanError) as error:
            finding = f"it is no entry of such a log: {error}"
            raise InputError([Problem(file=str(path), line=number, finding=finding, fix=_FIX)]) from None
    return requests


class Book:
    """A log that this process alone writes."""

    def __init__(self, log: LineLog, requests: Requests, by: str, clock: Callable[[], str]) -> None:
        self._log, self._by, self._clock = log, by, clock
        self.requests = requests

    @property
    def head(self) -> str:
        """The hash of the newest entry."""
        return self._log.head

    def add(self, entry: Entry) -> None:
        """Write an entry; it is on the disk when this returns. Raises Conflict, NotFound: nothing is written then."""
        recorded = Recorded(seen=self._clock(), by=self._by, entry=entry)
        self.requests.take(recorded)
        self._log.write(msgspec.to_builtins(recorded))


@contextmanager
def writing(path: Path, *, by: str, clock: Callable[[], str], create: bool = False) -> Iterator[Book]:
    """The log, for this process alone until it ends; others wait. Raises InputError."""
    if not create:
        read_book(path)
    with writing_lines(path, _FIX) as log:
        yield Book(log, _requests(path, log.lines), by, clock)


def is_in(read: Read, head: str) -> bool:
    """Whether a hash that somebody noted is one of the log's."""
    return head == GENESIS or head in read.hashes


_decoder = msgspec.json.Decoder(Recorded)
