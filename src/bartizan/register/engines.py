"""How a database is spoken to: its address, its engine, transactions that write, what its errors mean to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from bartizan.core.errors import BartizanError, InputError, MissingExtra, Problem, Unreachable, printable

_WAIT_MS = 30_000
_CONNECT_S = 10
_WRITERS_LOCK = 0x62617274
"""The advisory lock that lets one writer at a time append to the chain of a PostgreSQL register."""


class RegisterError(BartizanError):
    """A register cannot be used as it is: it is from a newer version, a migration failed, or its disk is full."""


def url_of(place: str) -> URL:
    """The address of a database from what a person wrote: a path, or a URL. Raises InputError."""
    if "://" not in place:
        url = URL.create("sqlite", database=place)
    else:
        try:
            url = make_url(place)
            url.get_backend_name()
        except (ArgumentError, NoSuchModuleError, ValueError):
            url = URL.create("none")
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "postgresql+psycopg" and url.database:
        return url
    if url.drivername == "sqlite" and not url.query and url.database and url.database != ":memory:":
        return url
    fix = "give the path of a file, or postgresql://user@host/name"
    raise InputError([Problem(file="--register", finding="this is no place for a register", fix=fix)])


def engine_of(url: URL) -> Engine:
    """An engine that has not connected yet. Raises MissingExtra."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _WAIT_MS / 1000, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_S}
    try:
        return create_engine(
            url,
            pool_size=10,
            max_overflow=20,
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            connect_args=patience,
        )
    except ModuleNotFoundError:
        raise MissingExtra("a register in PostgreSQL", "postgresql") from None


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's driver would begin too late; `_begin_sqlite` does it
    for pragma in (
        f"busy_timeout={_WAIT_MS}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("bartizan_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """A transaction of the one writer there is at a time; it sees what the writer before it wrote."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(bartizan_writes=True)
        with connection.begin():
            yield
        return
    connection.execution_options(isolation_level="READ COMMITTED")  # a snapshot would be from before the wait
    with connection.begin():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"))
        yield


def pragma(connection: Connection, setting: str) -> None:
    """Set a pragma of SQLite that means nothing inside of a transaction, as `foreign_keys=OFF`."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA {setting}").close()


_SQLITE_SAYS = {
    "not a database": ("this file is no register", "name another with --register"),
    "unable to open": ("the file cannot be opened", "see that its folder exists and that you may write there"),
    "readonly": ("the file cannot be written", "see that you may write to it and to its folder"),
    "locked": ("somebody else has been writing to it for too long", "try again, or see what holds it"),
    "is full": ("the disk is full", "make room; nothing was changed"),
    "malformed": ("the file is damaged", "restore a backup; what is left of it: sqlite3 FILE .recover"),
}


def explained(error: DBAPIError, place: str, file: Path | None) -> BartizanError:
    """What a database refused, for a person: with the place, and for a file with what to do."""
    said = printable(next(iter(str(error.orig or error).strip().splitlines()), "no reason given"))
    if file is None:
        return Unreachable(f"{printable(place)}: the database did not answer as it should: {said}")
    for words, (finding, fix) in _SQLITE_SAYS.items():
        if words in said:
            return InputError([Problem(file=place, finding=finding, fix=fix)])
    return RegisterError(f"{printable(place)}: {said}")
