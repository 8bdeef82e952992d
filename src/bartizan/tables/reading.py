"""A table in a file, read in batches: CSV, Parquet, JSON lines and Arrow, told by their content.

A table may be larger than memory. Rows keep their order and their number, so that findings can name them.
"""

from __future__ import annotations

import codecs
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeAlias

import msgspec

from bartizan.core.errors import InputError, Problem, described, printable
from bartizan.core.extras import need
from bartizan.tables.broken import broken_line
from bartizan.tables.rows import RowTooLong, rows_of

Form: TypeAlias = Literal["csv", "parquet", "jsonl", "arrow"]
Ragged: TypeAlias = Literal["refuse", "fill"]
BATCH: Final = 50_000
"""Rows at a time."""
_HEAD: Final = 1 << 16
_SEPARATORS: Final = ",;\t|"
_COLUMNS: Final = 10_000
_FORMS: Final[dict[str, Form]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".arrow": "arrow",
}
"""How a file of that ending is written."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a table is to be read. Nothing is guessed but the separator of CSV."""

    missing: tuple[str, ...] = ("",)
    """Texts in CSV that stand for "no value". NaN in columns of numbers is a value, and told from a missing one."""
    ragged: Ragged = "refuse"
    """Rows of CSV with more or fewer cells than the header: a problem, or cut and filled with missing values."""
    typed: bool = False
    """Whether cells of CSV become numbers and dates where a whole column allows it; else they stay texts."""
    separator: str = ""
    """Of CSV; empty: the one of , ; tab | that is most frequent in the header."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table in a file that was looked at and can be read as often as wanted."""

    path: Path
    form: Form
    columns: tuple[str, ...]
    """Names, in order, each once."""
    frame: Any
    """A polars LazyFrame over all rows."""
    separator: str = ","
    """Of CSV."""
    told: tuple[str, ...] = ()
    """What a reader of results should know: rows that were filled, names that were doubled."""

    def batches(self, *, columns: tuple[str, ...] = (), rows: int = BATCH) -> Iterator[Any]:
        """All rows in order, as polars DataFrames of at most so many; of some columns, or of all.

        Raises InputError where the file turns out to be broken on the way.
        """
        frame = self.frame.select(columns) if columns else self.frame
        yield from self._guarded(frame.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming"))

    def collect(self, *, columns: tuple[str, ...] = ()) -> Any:
        """All of it as one polars DataFrame, in memory. Raises InputError as `batches` does."""
        return self.collected(self.frame.select(columns) if columns else self.frame)

    def collected(self, frame: Any) -> Any:
        """What a LazyFrame made from `frame` comes to, in memory. Raises InputError as `batches` does."""
        return next(self._guarded(iter([frame]), made=lambda one: one.collect(engine="streaming")))

    def _guarded(self, batches: Iterator[Any], made: Any = None) -> Iterator[Any]:
        """Batches, with the errors of the library as ours. Its panics are no Exceptions of Python."""
        polars = need("polars")
        try:
            for one in batches:
                yield made(one) if made else one
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
            _broken(self.path, self.form, error)


def opened(path: Path, how: Reading | None = None) -> Table:
    """Look at the beginning of a table. Raises InputError, MissingExtra."""
    how = how or Reading()
    head = _head(path)
    form = _form(head)
    told: tuple[str, ...] = ()
    separator = ","
    polars = need("polars")
    source = str(path.resolve())
    try:
        if form == "csv":
            separator = how.separator or _separator(head)
            told = _ragged(path, separator, how.ragged)
            frame = polars.scan_csv(
                source,
                separator=separator,
                infer_schema=how.typed,
                infer_schema_length=None,
                try_parse_dates=how.typed,
                null_values=list(how.missing),
                empty_string_is_null="" in how.missing,
                glob=False,
                extra_columns="raise" if how.ragged == "refuse" else "ignore",
            )
        elif form == "parquet":
            frame = polars.scan_parquet(source, glob=False)
        elif form == "jsonl":
            frame = polars.scan_ndjson(source, infer_schema_length=None)
        else:
            frame = polars.scan_ipc(source, glob=False)
        columns = tuple(frame.collect_schema().names())
    except polars.exceptions.PolarsError as error:
        _broken(path, form, error)
    if not columns or len(columns) > _COLUMNS:
        _refuse(path, f"it has {len(columns):,} columns", f"a table has 1 to {_COLUMNS:,}")
    doubled = [name for name in columns if "_duplicated_" in name] if form == "csv" else []
    if doubled:
        told = (*told, f"columns of the same name were told apart: {printable(', '.join(doubled))}")
    return Table(path=path, form=form, columns=columns, frame=frame, separator=separator, told=told)


def refuse_other_ending(table: Table) -> None:
    """Raise InputError for a table whose file ends in another form than it has: it would be written in that one."""
    if _FORMS.get(table.path.suffix.lower()) != table.form:
        _refuse(table.path, f"it is {table.form} by another name", "rename it")


def _head(path: Path) -> bytes:
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            _refuse(path, "this is no file", "name a CSV, Parquet, JSON lines or Arrow file")
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        _refuse(path, f"it cannot be read: {error.strerror}", "")
    if not head.strip():
        _refuse(path, "it is empty", "a table has a header and rows")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse(path, "it is text in UTF-16", "save it as UTF-8")
    if b"\0" in head and _form(head) == "csv":
        _refuse(path, "it is no table that is known here", "unpack it, or save it as CSV, Parquet, JSON lines or Arrow")
    return head


def _form(head: bytes) -> Form:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1"):
        return "arrow"
    return "jsonl" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _separator(head: bytes) -> str:
    line = head.partition(b"\n")[0].decode("utf-8", "replace")
    return max(_SEPARATORS, key=line.count)


def _ragged(path: Path, separator: str, policy: Ragged) -> tuple[str, ...]:
    try:
        rows = rows_of(path, separator)
    except RowTooLong:
        _refuse(path, "a row of more than 64 MB", "a quote that nobody closes makes one row of all that follows")
    if not rows.ragged:
        return ()
    number, cells = rows.first[0]
    what = f"{rows.ragged:,} of {rows.count:,} rows have more or fewer cells than the header, which has {rows.cells}"
    if policy == "refuse":
        _refuse(path, f"{what}; the first is row {number:,} with {cells}", "mend them, or read it with --ragged fill")
    return (f"{what}: they were cut or filled with missing values",)


def _broken(path: Path, form: Form, error: BaseException) -> NoReturn:
    place = _place(path, form)
    if place is not None:
        line, why = place
        fix = "save it as UTF-8" if "UTF-8" in why else "write one object in each line"
        raise InputError([Problem(file=str(path), line=line, finding=why, fix=fix)])
    first = str(error).strip().partition("\n")[0] or described(error)
    _refuse(path, f"it cannot be read as a table: {first}", "all rows must be of one form, and each column of one type")


def _place(path: Path, form: Form) -> tuple[int, str] | None:
    if form not in ("csv", "jsonl"):
        return None
    try:
        return broken_line(path, objects=form == "jsonl")
    except OSError:
        return None


def _refuse(path: Path, finding: str, fix: str) -> NoReturn:
    raise InputError([Problem(file=str(path), finding=finding, fix=fix)])
