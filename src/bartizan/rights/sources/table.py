"""A table in a file, and arrays whose rows belong to its rows: written anew without somebody, whole or not at all.

Table and arrays are several files. Which rows stay is on the disk, beside the table, before the first of them is
replaced; whoever finds it there ends the work first.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from bartizan.core.errors import nearest
from bartizan.core.extras import need
from bartizan.rights.places import Identifiers, Places
from bartizan.rights.sources.place import MOST_ROWS, plain, refuse, refuse_second_name
from bartizan.tables.reading import Table, opened, refuse_other_ending
from bartizan.tables.writing import write_table

_GREW: Final = "somebody writes to it"
_STOP: Final = "stop who writes, and run it again"


class TableRows:
    """The rows of a table in which a column names people."""

    def __init__(self, name: str, places: Places) -> None:
        self._name = name
        self._source = places.sources[name]
        self._by = places.by(name)
        self._path = _inside(places.folder, self._source.table)
        self._arrays = tuple(_inside(places.folder, one) for one in self._source.beside)
        self._staying = self._path.with_name(f".{self._path.name}.staying.npy")
        """Which rows stay, while some files are replaced and others not yet."""

    def count(self, who: Identifiers) -> int:
        """Rows of somebody."""
        table = self._table()
        return int(table.collected(table.frame.filter(self._are(table, who)).select(_polars().len())).item())

    def rows(self, who: Identifiers) -> list[dict[str, Any]]:
        """Rows of somebody, as plain values."""
        table = self._table()
        found = table.collected(table.frame.filter(self._are(table, who)).head(MOST_ROWS + 1))
        if found.height > MOST_ROWS:
            refuse(self._name, f"more than {MOST_ROWS:,} rows are about one person", "see whether the column is right")
        return [{key: plain(value) for key, value in row.items()} for row in found.iter_rows(named=True)]

    def values(self, column: str, who: Identifiers) -> tuple[str, ...]:
        """What stands in a column of somebody's rows."""
        table = self._table()
        return _texts(table, column, self._name, self._are(table, who))

    def shared(self, column: str, values: tuple[str, ...], who: Identifiers) -> tuple[str, ...]:
        """Those of these values that others have too."""
        table = self._table()
        wanted = _column(table, column, self._name)
        return _texts(table, column, self._name, ~self._are(table, who) & wanted.is_in(list(values)))

    def erase(self, who: Identifiers) -> int:
        """Write the table without somebody's rows, or with some columns empty."""
        if self._staying.is_file():
            self._end(np.load(self._staying, allow_pickle=False))
        table = self._table()
        polars = _polars()
        if self._source.blank:
            for column in self._source.blank:
                _column(table, column, self._name)
            columns = [polars.lit(None).alias(column) for column in self._source.blank]
            return self._rewritten(table, self._are(table, who), columns)
        goes = table.collected(table.frame.select(self._are(table, who).alias("goes")))["goes"].to_numpy()
        if not goes.any():
            return 0
        if self._arrays:
            self._refuse_unlike(len(goes))
            with _draft(self._staying) as draft:
                np.save(draft, ~goes)
        self._end(~goes)
        return int(goes.sum())

    def correct(self, changes: Mapping[str, str], who: Identifiers) -> int:
        """Write the table with other values in somebody's rows."""
        table = self._table()
        polars = _polars()
        schema = table.frame.collect_schema()
        columns = []
        for name, text in changes.items():
            _column(table, name, self._name)
            try:
                value = polars.Series([text or None], dtype=polars.String).cast(schema[name]).item()
            except polars.exceptions.PolarsError:
                refuse(self._name, f"'{text}' is no value of the column '{name}', which is {schema[name]}")
            columns.append(polars.lit(value, dtype=schema[name]).alias(name))
        return self._rewritten(table, self._are(table, who), columns)

    def _table(self) -> Table:
        if not self._path.is_file():
            refuse(str(self._path), "there is no such file", "")
        refuse_second_name(self._path)
        table = opened(self._path)
        refuse_other_ending(table)
        return table

    def _are(self, table: Table, who: Identifiers) -> Any:
        column = _column(table, self._source.column, self._name)
        return column.is_in(list(who.get(self._by, ()))).fill_null(False)

    def _rewritten(self, table: Table, are: Any, columns: list[Any]) -> int:
        """The table with other columns in some rows; gives how many rows."""
        polars = _polars()
        count = int(table.collected(table.frame.select(are.sum())).item())
        schema = dict(table.frame.collect_schema())

        def batches() -> Iterator[Any]:
            for batch in table.batches():
                here = batch.select(are.alias("here"))["here"]
                new = [
                    polars.when(polars.lit(here))
                    .then(one)
                    .otherwise(polars.col(one.meta.output_name()))
                    .cast(schema[one.meta.output_name()])
                    .alias(one.meta.output_name())
                    for one in columns
                ]
                yield batch.with_columns(new)

        if count:
            self._replaced(batches(), schema, table.separator)
        return count

    def _replaced(self, batches: Iterator[Any], schema: dict[str, Any], separator: str) -> None:
        before = self._path.stat()

        def unless_changed() -> Iterator[Any]:
            yield from batches
            after = self._path.stat()
            if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
                refuse(str(self._path), _GREW, _STOP)

        write_table(unless_changed(), schema, self._path, separator=separator)
        self._path.chmod(before.st_mode & 0o7777)

    def _refuse_unlike(self, rows: int) -> None:
        """Raise InputError for an array that has another number of rows than the table."""
        for path in self._arrays:
            if (found := len(_array(path))) != rows:
                what = f"it has {found:,} rows, and the table {self._path.name} has {rows:,}"
                refuse(str(path), what, "nobody can tell which vectors are whose: make both anew")

    def _refuse_changed(self, path: Path, rows: int, staying: Any) -> None:
        """Raise InputError for a file that is neither as before nor as it shall be."""
        if rows not in (len(staying), int(staying.sum())):
            fix = f"make table and vectors anew, and remove {self._staying.name}"
            refuse(str(path), "it changed while rows were being taken out", fix)

    def _end(self, staying: Any) -> None:
        """Replace each file that is not replaced yet, the table last: somebody is found until all of them are."""
        for path in self._arrays:
            array = _array(path)
            self._refuse_changed(path, len(array), staying)
            if len(array) == len(staying):
                refuse_second_name(path)
                with _draft(path) as draft:
                    np.save(draft, array[staying])
        table = self._table()
        rows = int(table.collected(table.frame.select(_polars().len())).item())
        self._refuse_changed(self._path, rows, staying)
        if rows == len(staying):
            self._replaced(_rows_at(table, staying), dict(table.frame.collect_schema()), table.separator)
        self._staying.unlink(missing_ok=True)


def _rows_at(table: Table, staying: Any) -> Iterator[Any]:
    begin = 0
    for batch in table.batches():
        here = staying[begin : begin + batch.height]
        if len(here) < batch.height:
            refuse(str(table.path), _GREW, _STOP)
        yield batch.filter(_polars().Series(here))
        begin += batch.height


def _column(table: Table, name: str, place: str) -> Any:
    """A column as texts; what is empty is none."""
    if name not in table.columns:
        refuse(place, f"{table.path.name} has no column '{name}'", nearest(name, table.columns))
    return _polars().col(name).cast(_polars().String)


def _texts(table: Table, column: str, place: str, rows: Any) -> tuple[str, ...]:
    wanted = _column(table, column, place)
    found = table.collected(table.frame.filter(rows).select(wanted.alias("value")).unique())["value"]
    return tuple(sorted(text for text in found.to_list() if text is not None and text.strip()))


def _array(path: Path) -> Any:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        refuse(str(path), f"it cannot be read as an array: {error}", "")


@contextmanager
def _draft(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes another's place when it is whole and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o7777)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if path.is_symlink() or not path.resolve().is_relative_to(folder):
        refuse(str(path), "it is a link, or lies elsewhere", "name the file itself, below the folder of the places")
    return path


def _polars() -> Any:
    return need("polars")
