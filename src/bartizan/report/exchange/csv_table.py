"""The register as CSV: RFC 4180, UTF-8, one table a file; and back, also as spreadsheets in other countries save it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from bartizan.core.errors import InputError, Problem
from bartizan.report import csv as assessed
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.canonical import RISKS, TABLES, Table
from bartizan.report.exchange.cells import guard
from bartizan.report.exchange.incoming import MAX_COLUMNS, Grid, Incoming, Value, not_ours
from bartizan.report.exchange.rows import rows_of

_SEPARATORS = ",;\t"
_NAMES = {column.name for table in TABLES for column in table.columns}
_MAX_LINES = 2_000_000
"""Texts have lines too, so there may be more than rows."""
_MAX_SEPARATORS = 200_000
"""More than the cells of a row and the longest text can have in one line."""
_UTF8 = "save it as 'CSV UTF-8'"


def render(dossier: Dossier) -> str:
    """The risks of a register; of a system that is in none, what its assessment says."""
    return assessed.render(dossier) if dossier.holding is None else table_of([dossier])


def table_of(dossiers: Iterable[Dossier], table: Table = RISKS, *, bom: bool = False) -> str:
    """A table of the register for these systems. With `bom`, Excel reads it as the UTF-8 that it is.

    Raises InputError where a dossier is not of a register.
    """
    buffer = io.StringIO()
    if bom:
        buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    for dossier in dossiers:
        writer.writerows([guard(cell) for cell in row.values()] for row in rows_of(dossier, table))
    return buffer.getvalue()


def read(content: bytes, file: str) -> Incoming:
    """A CSV file that came back. Raises InputError with all that is wrong with its form."""
    text = _text(content, file)
    separator, start = _separator(text)
    _check_lines(text, separator, file)
    grid = Grid(file)
    sheet = grid.read(_lines(text, separator, start, file))
    if sheet is None:
        head = text.split("\n", 1)[0][:2000]
        raise InputError([*grid.problems, not_ours(file, head.strip().split(separator))])
    if grid.problems:
        raise InputError(grid.problems)
    return Incoming(file=file, sheets=(sheet,))


def _lines(text: str, separator: str, start: int, file: str) -> Iterator[tuple[int, Sequence[Value]]]:
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=separator, strict=True)
    before = text[:start].count("\n")
    line = before + 1
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise _bad(
                    file, f"a line of more than {MAX_COLUMNS} cells", "remove columns that are none of ours", line
                )
            yield line, cells
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise _bad(file, f"not CSV: {error}", _UTF8, line) from None


def _check_lines(text: str, separator: str, file: str) -> None:
    """Refuse what would take long to read before it turns out to be no table."""
    if text.count("\n") + text.count("\r") > _MAX_LINES:
        raise _bad(file, f"more than {_MAX_LINES:,} lines", "split it by system")
    if any(line.count(separator) > _MAX_SEPARATORS for line in io.StringIO(text)):
        raise _bad(file, f"a line of more than {MAX_COLUMNS} cells", "remove columns that are none of ours")


def _separator(text: str) -> tuple[str, int]:
    """What stands between cells, by which the head says the most that is known, and where the head begins."""
    start = 0
    first = text.split("\n", 1)[0].strip()
    if first[:4].casefold() == "sep=" and len(first) == 5:
        start = text.index("\n") + 1 if "\n" in text else len(text)
    head = text[start : start + 20_000].split("\n", 1)[0]
    words = {s: {w.strip().strip('"').casefold() for w in head.split(s)} & _NAMES for s in _SEPARATORS}
    return max(_SEPARATORS, key=lambda s: len(words[s])), start


def _text(content: bytes, file: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _bad(file, f"not UTF-8 text; it looks like {_looks_like(content)}", _UTF8, line) from None
    if "\0" in text:
        zeros = content.count(b"\0") * 3 > len(content)
        what = "it looks like UTF-16" if zeros else "a NUL character"
        raise _bad(file, what, _UTF8, None if zeros else text[: text.index("\0")].count("\n") + 1)
    return text


def _looks_like(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or content.count(b"\0") * 4 > len(content):
        return "UTF-16 ('Unicode text')"
    control = sum(0x80 <= byte <= 0x9F for byte in content)
    return "Windows-1252 (Western European)" if control else "ISO 8859-1 (Latin-1) or Windows-1252"


def _bad(file: str, finding: str, fix: str, line: int | None = None) -> InputError:
    return InputError([Problem(file=file, line=line, finding=finding, fix=fix)])
