"""The register as a workbook, a sheet for each table; and back, from whatever a spreadsheet made of it.

A workbook is a zip archive of XML, which is a good place for a bomb: sizes are checked before anything is unpacked, and
what declares XML entities is refused. openpyxl is imported here and nowhere else.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.report import xlsx as assessed
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.canonical import BY_SHEET, README, TABLES, Cells, Table
from bartizan.report.exchange.cells import guard
from bartizan.report.exchange.incoming import MAX_COLUMNS, MAX_ROWS, Grid, Incoming, Sheet, Value, Wrong, not_ours
from bartizan.report.exchange.rows import all_rows
from bartizan.report.sheets import Cell, Column, workbook
from bartizan.report.sheets import Sheet as Page

MAX_UNPACKED = 100_000_000
MAX_MEMBERS = 2_000
MAX_RATIO = 200
"""No honest sheet packs better than that; a bomb packs a thousand to one."""
_SMALL = 1_000_000
_LAST_LINE = 1_048_576
_ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_SPARE = 1_000
"""Rows that may be empty; how many say something is counted when they are read."""
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_SAVE = "save it as an Excel workbook (.xlsx), without a password"


def render(dossier: Dossier) -> bytes:
    """The workbook of a register; of a system that is in none, that of its assessment."""
    return assessed.render(dossier) if dossier.holding is None else book_of([dossier], dossier.assessment.today)


def book_of(dossiers: Iterable[Dossier], today: str) -> bytes:
    """The whole register of these systems on a day. Raises InputError where a dossier is not of a register."""
    rows = all_rows(dossiers)
    pages = [_page(table, rows[table.name]) for table in TABLES]
    return workbook([*pages, _readme(today)], title="Register", on=today)


def _page(table: Table, rows: Iterable[Cells]) -> Page:
    columns = tuple(
        Column(c.name, c.width, note=c.about, edit=c.edit, choices=c.choices if c.edit else ()) for c in table.columns
    )
    numbers = [c.kind == "number" for c in table.columns]
    made = tuple(tuple(_cell(text, number) for text, number in zip(row.values(), numbers, strict=True)) for row in rows)
    return Page(name=table.sheet, columns=columns, rows=made)


def _cell(text: str, number: bool) -> Cell:
    return int(text) if number and text.isdecimal() else guard(text)


def _readme(today: str) -> Page:
    rows: list[tuple[Cell, ...]] = [
        ("What this is", "", f"A register of AI risks, as of {today}."),
        ("How to bring it back", "", "bartizan register import FILE shows what would change; --apply does it."),
        ("Rows", "", "Known by their id. Sort, filter and leave out rows as you like; never edit an id or a revision."),
        (
            "Columns",
            "",
            "Those with a yellow head may be edited. All others are worked out; changes of them are ignored.",
        ),
        ("Days", "", "Written as 2026-11-22."),
        ("An apostrophe in front", "", "Keeps a text from being taken for a formula; leave it."),
        ("Acceptance", "", "The word accept asks for an acceptance; somebody else approves it in the register."),
    ]
    for table in TABLES:
        for column in table.columns:
            choices = f" One of: {', '.join(column.choices)}." if column.choices else ""
            rows.append((f"{table.sheet}: {column.name}", "edit" if column.edit else "", f"{column.about}{choices}"))
    return Page(
        name=README, columns=(Column("What", 34), Column("May be edited", 14), Column("Meaning", 90)), rows=tuple(rows)
    )


# back in


def read(content: bytes, file: str) -> Incoming:
    """A workbook that came back. Raises InputError with all that is wrong with its form."""
    _check_archive(content, file)
    book = _opened(content, file)
    sheets: list[Sheet] = []
    unknown: list[str] = []
    problems: list[Problem] = []
    try:
        for page in book.worksheets:
            grid = Grid(f"{file}, sheet {page.title}", page.title)
            found = grid.read(_lines(page))
            problems += grid.problems
            if found is not None:
                sheets.append(found)
            elif page.title.casefold() in BY_SHEET:
                problems.append(not_ours(grid.place))
            elif page.title != README:
                unknown.append(page.title)
    except Exception as error:  # openpyxl trusts what it reads, and stumbles in many ways over what lies
        raise _bad(file, f"not a workbook that can be read: {type(error).__name__}", _SAVE) from None
    finally:
        book.close()
    if not sheets and not problems:
        near = nearest(unknown[0], [t.sheet for t in TABLES]) if unknown else ""
        problems.append(Problem(file=file, finding="no sheet of it belongs to a register", fix=near))
    if problems:
        raise InputError(problems)
    return Incoming(file=file, sheets=tuple(sheets), unknown=tuple(unknown))


def _opened(content: bytes, file: str) -> Any:
    import openpyxl  # noqa: PLC0415  takes a tenth of a second, and only those who bring a workbook back need it

    try:
        return openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except Exception as error:  # as above
        raise _bad(file, f"not a workbook that can be read: {type(error).__name__}", _SAVE) from None


def _lines(page: Any) -> Iterator[tuple[int, Sequence[Value]]]:
    """The lines of a sheet, as wide as the first one that says anything."""
    page.reset_dimensions()  # what a sheet says of its own size is not to be believed
    width = 0
    for number, row in enumerate(page.iter_rows(max_col=MAX_COLUMNS), start=1):
        if number > _LAST_LINE:
            raise ValueError("a row beyond the last that there is")
        if width:
            yield number, [_value(cell) for cell in row[:width]]
            continue
        head = [_value(cell) for cell in row]
        width = max((n for n, value in enumerate(head, start=1) if value), default=0)
        yield number, head[:width]


def _value(cell: Any) -> Value:
    """A cell as text: days as ISO 8601, whole numbers without a point; formulas and errors are wrong."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Wrong("a formula")
    if cell.data_type == "e":
        return Wrong(f"the error {value}")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# what an archive may be


def _check_archive(content: bytes, file: str) -> None:
    """Refuse what is no workbook, what would unpack to more than a register can be, and XML with entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_sizes(members, file)
            if "mimetype" in archive.namelist():
                raise _bad(file, "an OpenDocument sheet, not a workbook", _SAVE)
            for member in members:
                if member.filename.endswith((".xml", ".rels", ".vml")):
                    _check_xml(archive.read(member), member.filename, file)
    except InputError:
        raise
    except Exception as error:  # a broken archive breaks in many ways
        raise _bad(file, f"not a workbook: {type(error).__name__}", _SAVE) from None


def _check_sizes(members: Sequence[zipfile.ZipInfo], file: str) -> None:
    total = sum(member.file_size for member in members)
    dense = any(m.file_size > _SMALL and m.file_size > MAX_RATIO * max(m.compress_size, 1) for m in members)
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED or dense:
        finding = f"it would unpack to {len(members):,} files of {total:,} bytes, more than a register takes"
        raise _bad(file, finding, "split it by system, or make the file anew")


def _check_xml(content: bytes, name: str, file: str) -> None:
    said = _ENCODING.search(content[:200])
    encoding = said[1].decode("latin-1").lower() if said else "utf-8"
    if encoding not in {"utf-8", "utf8", "us-ascii"} or b"\0" in content[:64]:
        raise _bad(file, f"its part {name} is not UTF-8", _SAVE)
    if _ENTITY.search(content):
        raise _bad(file, f"its part {name} declares XML entities", "no spreadsheet writes that; make the file anew")
    if sum(1 for _ in _ROW.finditer(content)) > MAX_ROWS + _SPARE:
        raise _bad(file, f"its part {name} has more than {MAX_ROWS:,} rows", "split it by system")


def _bad(file: str, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=file, finding=finding, fix=fix)])
