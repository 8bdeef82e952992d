"""A log of JSON lines in a hash chain, written by one process at a time: a line is on the disk before its deed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from bartizan.core.chain_lines import BrokenLine, Lines, line, read_lines
from bartizan.core.errors import InputError, Problem

MOST: Final = 256 << 20
"""Bytes of a log."""


class LineLog:
    """A log that this process alone writes."""

    def __init__(self, path: Path, file: IO[bytes], lines: Lines) -> None:
        self._path, self._file = path, file
        self.lines = lines
        """What stood in it when it was opened."""
        self.head = lines.head
        """The hash of the newest line."""

    def write(self, body: Any) -> None:
        """A line of plain JSON types, on the disk when this returns. Raises InputError where it cannot be written."""
        made = line(body, self.head)
        try:
            self._file.write(made)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritten(self._path, error) from None
        self.head = made.rpartition(b'"hash":"')[2][:64].decode()


def checked(path: Path, raw: bytes, fix: str) -> Lines:
    """The lines of a log. Raises InputError, with that fix, for one that was changed or is larger than any."""
    if len(raw) > MOST:
        raise InputError([Problem(file=str(path), finding="it is larger than any log", fix="begin another")])
    try:
        return read_lines(raw)
    except BrokenLine as broken:
        raise InputError([Problem(file=str(path), line=broken.number, finding=str(broken), fix=fix)]) from None


@contextmanager
def writing(path: Path, fix: str) -> Iterator[LineLog]:
    """A log, made where it is not there, for this process alone until it ends; others wait.

    A torn line at its end is cut off: somebody died while writing it. Raises InputError as `checked` does, and for a
    file that cannot be written.
    """
    try:
        file = path.open("a+b")
    except OSError as error:
        raise _unwritten(path, error) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        raw = file.read(MOST + 1)
        lines = checked(path, raw, fix)
        file.truncate(len(raw) - lines.torn)
        yield LineLog(path, file, lines)


def _unwritten(path: Path, error: OSError) -> InputError:
    return InputError([Problem(file=str(path), finding=f"it cannot be written: {error.strerror}")])
