"""A file of SQLite with entries in a hash chain, and what follows from them in other tables of the same transaction.

Several processes may use one file; whoever writes waits for the others. Network disks are not for it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bartizan.core.chain import GENESIS, link
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import refuse_existing

_PATIENCE_S: Final = 30.0
_TABLES: Final = """
CREATE TABLE opening (body TEXT NOT NULL);
CREATE TABLE entries (number INTEGER PRIMARY KEY, body TEXT NOT NULL, hash TEXT NOT NULL);
"""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of such files."""

    application: int
    """Marks a file as ours; SQLite keeps it in the header."""
    what: str
    """Such as "ledger of consent"."""
    maker: str
    """The command that makes one."""
    tables: str
    """What is made beside opening and entries: SQL of our own."""
    overwrites: bool = False
    """Whether what is deleted must not stay in the file."""

    @property
    def fix(self) -> str:
        """What to do with a file that was changed."""
        return f"nothing is decided by a {self.what} that cannot be trusted: restore it from a copy"


class Broken(Exception):
    """An entry is not as it was written."""

    def __init__(self, number: int, finding: str) -> None:
        super().__init__(f"entry {number}: {finding}" if number else finding)


class JournalFile:
    """A file that is open. Raises InputError for one that cannot be read or written, or is of another kind."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self.path = path
        self._kind = kind
        if not path.is_file():
            finding = "there is no such file" if not path.exists() else "it is no file"
            raise self._refused(finding, f"{kind.maker} makes one")
        with self.errors():
            self._link = _connected(path, kind)
            marked = self._link.execute("PRAGMA application_id").fetchone()[0]
            if marked != kind.application:
                raise self._refused(f"it is no {kind.what}", f"{kind.maker} makes one")
            bodies = self._link.execute("SELECT body FROM opening").fetchall()
        if len(bodies) != 1:
            raise self._refused("its opening is not as it was written", self._kind.fix)
        self.opening_body: str = bodies[0][0]
        self.root = link(GENESIS, self.opening_body)
        """What the first entry is bound to: the hash of the opening."""

    def close(self) -> None:
        """Close the file."""
        self._link.close()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """What SQLite says against the file, and what was changed in it, as an InputError."""
        try:
            yield
        except sqlite3.Error as error:
            busy = "locked" in str(error)
            fix = "another process holds it: try again" if busy else "" if "readonly" in str(error) else self._kind.fix
            raise self._refused(f"it cannot be used: {error}", fix) from None
        except Broken as error:
            raise self._refused(str(error), self._kind.fix) from None

    def _refused(self, finding: str, fix: str) -> InputError:
        return InputError([Problem(file=str(self.path), finding=finding, fix=fix)])

    def refused_opening(self) -> InputError:
        """The error of an opening that cannot be read."""
        return self._refused("its opening is not as it was written", self._kind.fix)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the file throughout, whatever others write."""
        with self.errors():
            self._link.execute("BEGIN")
            try:
                yield
            finally:
                self._link.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing; it is on the disk when this ends."""
        with self.errors():
            self._link.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._link.execute("ROLLBACK")
                raise
            self._link.execute("COMMIT")

    def head(self) -> tuple[int, str]:
        """The number and hash of the newest entry; those of the opening where there is none."""
        found = self._link.execute("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1").fetchone()
        return (found[0], found[1]) if found else (0, self.root)

    def body(self, number: int) -> str | None:
        """The body of an entry; None where there is none of that number."""
        found = self._link.execute("SELECT body FROM entries WHERE number = ?", (number,)).fetchone()
        return found[0] if found else None

    def hash_of(self, number: int) -> str:
        """The hash of an entry that is there."""
        return str(self._link.execute("SELECT hash FROM entries WHERE number = ?", (number,)).fetchone()[0])

    def chain(self) -> Iterator[tuple[int, str, str]]:
        """Number, body and hash of every entry, in their order."""
        return self._link.execute("SELECT number, body, hash FROM entries ORDER BY number")

    def append_body(self, number: int, body: str, before: str) -> str:
        """Write an entry behind the one with that hash; gives its own hash."""
        made = link(before, body)
        self._link.execute("INSERT INTO entries VALUES (?, ?, ?)", (number, body, made))
        return made


def create(path: Path, kind: Kind, opening_body: str) -> None:
    """Make an empty file. Raises InputError where it is there or cannot be written."""
    refuse_existing(path)
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    try:
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as made:
            made.execute(f"PRAGMA application_id = {kind.application}")
            made.execute("PRAGMA journal_mode = WAL")
            made.executescript(f"BEGIN; {_TABLES} {kind.tables} COMMIT;")
            made.execute("INSERT INTO opening VALUES (?)", (opening_body,))
        os.link(draft, path)  # fails where somebody was quicker
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError([Problem(file=str(path), finding=f"it cannot be written: {why}")]) from None
    finally:
        draft.unlink(missing_ok=True)


def _connected(path: Path, kind: Kind) -> sqlite3.Connection:
    made = sqlite3.connect(path.resolve(), timeout=_PATIENCE_S, isolation_level=None)
    made.execute("PRAGMA synchronous = FULL")
    made.execute("PRAGMA cache_size = -65536")
    made.execute("PRAGMA trusted_schema = OFF")
    made.execute(f"PRAGMA secure_delete = {'ON' if kind.overwrites else 'OFF'}")
    return made
