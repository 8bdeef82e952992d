"""A table of a database, spoken to by SQLAlchemy: SQLite, PostgreSQL, and what else has a driver installed."""

from __future__ import annotations

import datetime
import decimal
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.elements import ColumnElement

from bartizan.core.errors import MissingExtra, Problem, Unreachable, nearest, printable
from bartizan.rights.places import Identifiers, Places, SqlPlace
from bartizan.rights.sources.place import MOST_ROWS, RowsDepend, plain, refuse

_PATIENCE_S: Final = 30
_READ: Final[dict[type, Callable[[str], Any]]] = {
    int: int,
    float: float,
    str: str,
    decimal.Decimal: decimal.Decimal,
    uuid.UUID: uuid.UUID,
    datetime.date: datetime.date.fromisoformat,
    datetime.datetime: datetime.datetime.fromisoformat,
    bool: lambda text: {"true": True, "false": False, "1": True, "0": False}[text.lower()],
}
"""How a text becomes a value of a column."""


class SqlRows:
    """The rows of a table in which a column names people."""

    def __init__(self, name: str, places: Places) -> None:
        self._source = places.sources[name]
        assert self._source.sql is not None
        self._sql: SqlPlace = self._source.sql
        self._by = places.by(name)
        self._name = name
        self._engine = _engine(name, _url(name, self._sql, places.folder))

    def count(self, who: Identifiers) -> int:
        """Rows of somebody."""
        with self._table() as (link, table):
            return int(link.execute(select(func.count()).select_from(table).where(self._are(table, who))).scalar_one())

    def rows(self, who: Identifiers) -> list[dict[str, Any]]:
        """Rows of somebody, as plain values."""
        with self._table() as (link, table):
            found = link.execute(select(table).where(self._are(table, who)).limit(MOST_ROWS + 1)).mappings().all()
        if len(found) > MOST_ROWS:
            refuse(self._name, f"more than {MOST_ROWS:,} rows are about one person", "see whether the column is right")
        return [{key: plain(value) for key, value in row.items()} for row in found]

    def values(self, column: str, who: Identifiers) -> tuple[str, ...]:
        """What stands in a column of somebody's rows."""
        with self._table() as (link, table):
            wanted = self._column(table, column)
            found = link.execute(select(wanted).where(self._are(table, who), wanted.is_not(None)).distinct())
            return tuple(sorted({str(value) for (value,) in found if str(value).strip()}))

    def shared(self, column: str, values: tuple[str, ...], who: Identifiers) -> tuple[str, ...]:
        """Those of these values that others have too."""
        with self._table() as (link, table):
            wanted = self._column(table, column)
            person = self._column(table, self._source.column)
            others = (~self._are(table, who)) | person.is_(None)
            query = select(wanted).where(wanted.in_(_typed(wanted, values)), others).distinct()
            return tuple(sorted(str(value) for (value,) in link.execute(query)))

    def erase(self, who: Identifiers) -> int:
        """Delete somebody's rows, or empty the columns that are named for it, in one transaction."""
        with self._table() as (link, table):
            are = self._are(table, who)
            if self._source.blank:
                empty = dict.fromkeys(self._column(table, name).name for name in self._source.blank)
                gone = link.execute(table.update().where(are).values(**empty)).rowcount
            else:
                gone = link.execute(table.delete().where(are)).rowcount
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as link:  # what was overwritten must not stand in the log of writes
                link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        return gone

    def correct(self, changes: Mapping[str, str], who: Identifiers) -> int:
        """Write values into somebody's rows, in one transaction."""
        with self._table() as (link, table):
            new: dict[str, Any] = {}
            for name, text in changes.items():
                column = self._column(table, name)
                found = _typed(column, (text,)) if text else [None]
                if not found:
                    refuse(self._name, f"'{text}' is no value of the column '{name}', which is {column.type}")
                new[name] = found[0]
            return link.execute(table.update().where(self._are(table, who)).values(**new)).rowcount

    def _are(self, table: Table, who: Identifiers) -> ColumnElement[bool]:
        column = self._column(table, self._source.column)
        return column.in_(_typed(column, who.get(self._by, ())))

    def _column(self, table: Table, name: str) -> Column[Any]:
        if name not in table.c:
            refuse(self._name, f"the table '{table.name}' has no column '{name}'", nearest(name, table.c.keys()))
        return table.c[name]

    @contextmanager
    def _table(self) -> Iterator[tuple[Connection, Table]]:
        """A transaction, and the table as the database describes it."""
        try:
            with self._engine.begin() as link:
                table = Table(self._sql.table, MetaData(), schema=self._sql.schema or None, autoload_with=link)
                yield link, table
        except NoSuchTableError:
            refuse(self._name, f"there is no table '{self._sql.table}'", "")
        except (DBAPIError, InvalidRequestError, SQLAlchemyError) as error:
            said = printable(next(iter(str(getattr(error, "orig", None) or error).strip().splitlines()), "no reason"))
            if isinstance(error, DBAPIError) and "foreign key" in said.lower():
                what, fix = f"rows elsewhere depend on these: {said}", "declare that table as a source too"
                raise RowsDepend([Problem(file=self._name, finding=what, fix=fix)]) from None
            raise Unreachable(f"{self._name}: the database did not do it: {said}") from None


def _typed(column: Column[Any], values: tuple[str, ...]) -> list[Any]:
    """Texts as values of a column; those that it cannot hold are left out."""
    try:
        wanted = column.type.python_type
    except NotImplementedError:
        wanted = str
    read = _READ.get(wanted, str)
    found = []
    for text in values:
        try:
            found.append(read(text))
        except (ValueError, KeyError, ArithmeticError):
            continue
    return found


def _url(name: str, place: SqlPlace, folder: Path) -> URL:
    text = place.url
    if place.url_env:
        text = os.environ.get(place.url_env, "")
        if not text:
            refuse(name, f"there is no environment variable {place.url_env}", "it holds the URL of the database")
    try:
        url = make_url(text)
        url.get_backend_name()
    except (ArgumentError, InvalidRequestError, ValueError, SQLAlchemyError):
        refuse(name, "this is no URL of a database", "such as sqlite:///bank.db or postgresql://user@host/name")
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        file = folder / (url.database or "")
        if not file.is_file():
            refuse(name, f"there is no database {file}", "name a file that is there")
        url = url.set(database=str(file))
    return url


def _engine(name: str, url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _PATIENCE_S})
            event.listen(engine, "connect", _prepare)
            return engine
        return create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as absent:
        if url.get_backend_name() == "postgresql":
            raise MissingExtra("a source in PostgreSQL", "postgresql") from None
        refuse(name, f"the driver of {url.drivername} is not installed: {absent.name}", "")


def _prepare(connection: Any, _: object) -> None:
    for pragma in ("secure_delete=ON", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()
