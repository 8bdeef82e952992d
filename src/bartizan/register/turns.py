"""Whose turn it is where several programs serve one register: one of them does the work that must not be done twice.

In PostgreSQL a turn is an advisory lock of a connection that is held for it; for a file it is a lock on an empty file
beside the register. Both end with the process, however it ends, so that another one takes over.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bartizan.register.opening import Register

_KIND = 0x62617274
"""The first half of the key of our advisory locks; the second is made of the name."""


class Turn:
    """The turn to do one kind of work. Not to be shared by threads; `with` gives it back."""

    def __init__(self, register: Register, name: str) -> None:
        self._register = register
        self._key = zlib.crc32(name.encode()) - 2**31
        self._file = Path(f"{register.place}.{name}-lock")
        self._held: Connection | sqlite3.Connection | None = None

    def take(self) -> bool:
        """Whether it is ours now; looks whether it still is where it was. Never waits."""
        if self._held is None:
            self._held = self._of_file() if self._register.is_file else self._of_server()
        elif isinstance(self._held, Connection) and not _lives(self._held):
            self.give_back()
        return self._held is not None

    def give_back(self) -> None:
        """Let another have it."""
        if self._held is not None:
            with suppress(DBAPIError, sqlite3.Error):
                if isinstance(self._held, Connection):
                    self._held.invalidate()  # closes it, which frees the lock even where the pool would keep it
                self._held.close()
            self._held = None

    def _of_server(self) -> Connection | None:
        held = None
        try:
            held = self._register.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            keys = {"kind": _KIND, "key": self._key}
            if held.execute(text("SELECT pg_try_advisory_lock(:kind, :key)"), keys).scalar():
                return held
        except DBAPIError:  # whoever works next is told that the server is away
            pass
        if held is not None:
            held.close()
        return None

    def _of_file(self) -> sqlite3.Connection | None:
        held = None
        try:
            held = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            if held is not None:
                held.close()
            return None
        return held

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()


def _lives(held: Connection) -> bool:
    try:
        held.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True
