"""Open a register: a file (SQLite) or a PostgreSQL URL; made where there is none, brought up to date where it is old.

A register that a newer Bartizan made is refused. An old SQLite file is copied beside itself before it is changed, and
all of a migration is one transaction: it happens, or the register is as it was.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bartizan.core.errors import InputError, Problem, printable
from bartizan.register.change import Change
from bartizan.register.engines import RegisterError, engine_of, explained, pragma, url_of, writing

HEAD = "0001"
"""The newest migration; `migrations/versions` ends with it."""
REVISIONS = ("0001",)
"""Every migration, oldest first."""


class Register:
    """A register that is open. Reading and changing go through `read` and `change`, each one transaction.

    Where the database refuses, both raise Unreachable (a server), InputError or RegisterError (a file); only
    sqlalchemy's IntegrityError, for a key that is taken, passes as it is.
    """

    def __init__(self, engine: Engine, place: str, clock: Callable[[], datetime.datetime]) -> None:
        self.engine = engine
        self.place = place
        """What messages call it: the file's path, or the URL without its password."""
        self._clock = clock

    @property
    def is_file(self) -> bool:
        """Whether it is a file of its own (SQLite)."""
        return self.engine.dialect.name == "sqlite"

    def now(self) -> str:
        """The present moment (UTC, ISO 8601, to the second)."""
        return self._clock().astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def today(self) -> str:
        """The present day."""
        return self.now()[:10]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; what it sees does not change under it."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def change(self, actor: str) -> Iterator[Change]:
        """A transaction that writes, by this person. One at a time; others wait. An exception undoes all of it."""
        with self._told(), self.engine.connect() as connection, writing(connection):
            yield Change(connection, actor, self.now())

    def close(self) -> None:
        """Give back what it holds."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise explained(error, self.place, Path(self.place) if self.is_file else None) from error


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def open_register(place: str | Path, *, create: bool = True, clock: Callable[[], datetime.datetime] = _now) -> Register:
    """Open the register at a path or a `postgresql://` URL, and bring it up to date.

    Raises InputError for a place that is none (or, without `create`, where there is no register), RegisterError where
    it is from a newer version or cannot be migrated, Unreachable where a server does not answer, MissingExtra.
    """
    url = url_of(str(place))
    file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    shown = str(file) if file is not None else url.set(drivername="postgresql").render_as_string(hide_password=True)
    if file is not None:
        _check_file(file, create)
    register = Register(engine_of(url), shown, clock)
    try:
        _bring_up_to_date(register, file, create)
    except DBAPIError as error:
        register.close()
        raise explained(error, shown, file) from None
    except BaseException:
        register.close()
        raise
    return register


def _none_here(place: str) -> InputError:
    fix = "make one with: bartizan register add system.yaml, or name another with --register"
    return InputError([Problem(file=place, finding="there is no register here", fix=fix)])


def _kind_of(file: Path) -> int | None:
    """What is there, asked once, since another may make a register there at this moment; None where nothing is."""
    try:
        return stat.S_IFMT(file.stat().st_mode)
    except FileNotFoundError:
        return None


def _check_file(file: Path, create: bool) -> None:
    try:
        kind = _kind_of(file)
        if kind == stat.S_IFREG:
            return
        if kind is not None:
            finding = "this is a folder" if kind == stat.S_IFDIR else "there is something else than a file here"
            raise InputError([Problem(file=str(file), finding=finding, fix="name a file with --register")])
        if not create:
            raise _none_here(str(file))
        place = os.path.realpath(file)  # a link may point where there is nothing yet
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # it will hold digests of passwords
    except FileExistsError:
        return
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "this is no path"
        fix = "make its folder first, or name another place with --register"
        raise InputError([Problem(file=str(file), finding=f"a register cannot be made here: {why}", fix=fix)]) from None


def _version(register: Register, connection: Connection) -> str | None:
    """The version of the schema; None where there is nothing yet. Raises RegisterError for what is not ours to read."""
    known = set(inspect(connection).get_table_names())
    if not known:
        return None
    ours = {"alembic_version", "audit"} <= known
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if ours else None
    place = printable(register.place)
    if version is None:
        raise RegisterError(f"{place} is a database, but no register of Bartizan; name another place")
    if version not in REVISIONS:
        raise RegisterError(
            f"{place} was made by a newer Bartizan (its schema is {printable(str(version))}, this one knows {HEAD}); "
            "install the newer version, or restore a backup made with this one"
        )
    return str(version)


def _bring_up_to_date(register: Register, file: Path | None, create: bool) -> None:
    with register.engine.connect() as connection:
        version = _version(register, connection)
        connection.rollback()
        if version is None and not create:
            raise _none_here(register.place)
        if file is not None:  # not before it is known to be ours: it is a change of the file
            pragma(connection, "journal_mode=WAL")
    if version != HEAD:
        _migrate(register, file, version)


def _migrate(register: Register, file: Path | None, version: str | None) -> None:
    from bartizan.register.migrations.running import upgrade  # noqa: PLC0415  Alembic loads only when it is needed

    kept = _copied(file, version) if file is not None and version is not None else None
    with register.engine.connect() as connection:
        if file is not None:
            pragma(connection, "foreign_keys=OFF")  # or the rebuilding of a table would empty those that refer to it
        with writing(connection):
            if _version(register, connection) == HEAD:  # another process was quicker
                return
            try:
                upgrade(connection)
                _check_references(connection)
            except Exception as error:
                beside = f"; a copy from before is at {printable(str(kept))}" if kept else ""
                why = printable(next(iter(str(error).splitlines()), type(error).__name__))
                raise RegisterError(
                    f"{printable(register.place)} could not be brought up to date and is as it was: {why}{beside}"
                ) from error
    register.engine.dispose()  # the connection above does without foreign keys


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RegisterError(f"rows of {broken[0]} would refer to rows of {broken[2]} that do not exist")


def _copied(file: Path, version: str) -> Path:
    """A whole copy of an old register beside it, made by SQLite itself, so that it is complete while others write."""
    beside = file.with_name(f"{file.name}.before-{version}")
    part = file.with_name(f".{file.name}.before-{version}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(part)) as new:
            shutil.copymode(file, part)
            old.backup(new)
        os.replace(part, beside)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise RegisterError(
            f"{printable(str(file))} is of an older version and must be copied before it is brought up to date, "
            f"but the copy failed: {error}; make room beside it"
        ) from None
    return beside
