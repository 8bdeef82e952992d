"""Files that came back broken, hostile or merely as another country saves them."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.report.exchange import incoming, reading, workbook
from bartizan.report.exchange.canonical import CONTROLS, DECISIONS, EVIDENCE, RISKS, SUPPLIERS
from bartizan.report.exchange.incoming import Wrong
from tests.report.exchange.holdings import kept

HEAD = "id,owner,review_due"
ROW = "desk/R-1,Ann,2027-01-31"


def csv_of(*lines: str, end: str = "\r\n") -> bytes:
    return (end.join(lines) + end).encode()


def problems_of(content: bytes) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(InputError) as error:
        reading.read(content, "file.csv")
    return str(error.value)


def cells_of(content: bytes) -> Mapping[str, object]:
    """The cells of the only row of a file."""
    (sheet,) = reading.read(content, "file.csv").sheets
    (row,) = sheet.rows
    return row.cells


def sheet_of(*rows: tuple[object, ...], title: str = "Risks") -> bytes:
    """A workbook as a person makes one."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for row in rows:
        page.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# CSV as spreadsheets save it


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_is_read_as_other_countries_save_it(separator: str, end: str, mark: str) -> None:
    content = csv_of(mark + HEAD.replace(",", separator), ROW.replace(",", separator), end=end)
    assert cells_of(content) == {"owner": "Ann", "review_due": "2027-01-31"}


def test_a_first_line_that_names_the_separator_is_no_head() -> None:
    content = csv_of("sep=;", HEAD.replace(",", ";"), ROW.replace(",", ";"))
    assert reading.read(content, "f").sheets[0].rows[0].line == 3
    assert cells_of(content)["owner"] == "Ann"


def test_a_quoted_head_with_other_letters_and_spaces_is_the_same_head() -> None:
    assert cells_of(csv_of('"ID";"Owner"; Review_Due ', ROW.replace(",", ";")))["owner"] == "Ann"


def test_only_the_columns_that_are_there_are_considered() -> None:
    assert cells_of(csv_of("id,owner", "desk/R-1,Ann")) == {"owner": "Ann"}
    assert cells_of(csv_of("id,owner,review_due", "desk/R-1,Ann")) == {"owner": "Ann"}


def test_unknown_columns_are_named() -> None:
    sheet = reading.read(csv_of("id,owner,my notes", "desk/R-1,Ann,x"), "f").sheets[0]
    assert sheet.unknown == ("my notes",)
    assert "my notes" not in sheet.rows[0].cells


def test_empty_lines_are_no_rows_and_lines_are_counted_as_editors_do() -> None:
    sheet = reading.read(csv_of("", HEAD, ",,", 'desk/R-1,"two\nlines",', "", "desk/R-2,x,"), "f").sheets[0]
    assert [(row.id, row.line) for row in sheet.rows] == [("desk/R-1", 4), ("desk/R-2", 7)]


@pytest.mark.parametrize(
    ("row", "table"),
    [
        ("desk/R-1", RISKS),
        ("desk/D-1", DECISIONS),
        ("desk/E-1", EVIDENCE),
        ("desk/rate_limit", CONTROLS),
        ("desk/rate_limit@agent", CONTROLS),
        ("desk/acme/rate_limit", SUPPLIERS),
    ],
)
def test_the_form_of_its_ids_says_which_table_it_is(row: str, table: object) -> None:
    assert reading.read(csv_of("id,owner", f"{row},x"), "f").sheets[0].table is table


# what is refused


def test_a_file_without_ids_is_refused_and_the_nearest_column_named() -> None:
    assert "did you mean 'idd'?" in problems_of(csv_of("idd,owner", "desk/R-1,Ann"))
    assert "bartizan register export" in problems_of(csv_of("name,colour", "x,y"))
    assert "no column 'id'" in problems_of(b"\x01\x02\x03")


def test_every_problem_of_form_is_told_at_once_with_its_line() -> None:
    told = problems_of(csv_of("id,owner,owner", "desk/R-1,a,b", ",c,d", "desk/R-1,e,f", "desk/R-3,a,b,c"))
    assert "file.csv:1: the column 'owner' is there twice" in told
    assert "file.csv:3: a row without an id" in told
    assert "file.csv:4: 'desk/R-1' is there twice; first at line 2" in told
    assert "file.csv:5: cells beyond the last column" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (csv_of(HEAD, "desk/R-1,Zoë,").decode().encode("utf-16"), "UTF-16"),
        (csv_of(HEAD, "desk/R-1,Zoe,").decode().encode("utf-16-le"), "UTF-16"),
        (csv_of(HEAD, "desk/R-1,Zoë,").decode().encode("latin-1"), "file.csv:2: not UTF-8 text; it looks like ISO"),
        (csv_of(HEAD, "desk/R-1,“Zoe”,").decode().encode("cp1252"), "Windows-1252"),
        (csv_of(HEAD, "desk/R-1,\0,"), "file.csv:2: a NUL character"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (csv_of(HEAD, 'desk/R-1,"a"b,'), "file.csv:2: not CSV"),
        (csv_of(HEAD, 'desk/R-1,"a'), "not CSV"),
        (csv_of(HEAD, f"desk/R-1,{'a' * 200_000},"), "not CSV"),
        (csv_of("id" + ",x" * 300, "desk/R-1"), "more than 200 cells"),
        (csv_of("id,owner", "," * 300_000), "more than 200 cells"),
        (csv_of("id,owner", "\n" * 2_100_000), "more than 2,000,000 lines"),
        (b"PK\x03\x04 no archive", "not a workbook"),
        (b"\xd0\xcf\x11\xe0 old", "an old Excel file, or one with a password"),
        (b'{"kind": "other"}', "not a register"),
        (b'{"kind": "bartizan register", "version": 2, "tables": {}}', "not a register of version 1"),
        (b'{"kind": "bartizan register", "version": 1, "tables": {"riks": []}}', "did you mean 'risks'?"),
        (b'{"kind": "bartizan register", "version": 1, "tables": {"risks": [{"owner": 1}]}}', "have no id"),
        (b'{"tables": ' + b"[" * 5000, "not a register in JSON"),
        (b"{", "not a register in JSON"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, said: str) -> None:
    assert said in problems_of(content)


def test_a_file_of_a_hundred_megabytes_is_refused_at_once() -> None:
    assert "larger than 50 MB; split it by system" in problems_of(b"id,owner\r\n" + b"x" * 100_000_000)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "MAX_ROWS", 3)
    told = problems_of(csv_of("id,owner", *(f"desk/R-{n},x" for n in range(9))))
    assert "file.csv:5: more than 3 rows" in told


@settings(max_examples=150)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_whatever_comes_back_is_read_or_refused(content: bytes) -> None:
    for start in (b"", b"id,owner\r\n", b"PK\x03\x04", b'{"kind": '):
        with suppress(InputError):
            reading.read(start + content, "f")


# workbooks


def test_cells_of_a_workbook_are_read_as_what_they_mean() -> None:
    day = datetime.datetime(2027, 1, 31)
    content = sheet_of(
        ("id", "owner", "review_due", "level_current", "above_appetite", "due", "reason"),
        ("desk/R-1", "Ann", day, 3.0, True, datetime.date(2027, 2, 1), None),
    )
    assert cells_of(content) == {
        "owner": "Ann",
        "review_due": "2027-01-31",
        "level_current": "3",
        "above_appetite": "true",
        "due": "2027-02-01",
        "reason": "",
    }


def test_a_formula_or_an_error_in_a_cell_is_wrong_and_never_computed() -> None:
    cells = cells_of(sheet_of(("id", "owner", "reason"), ("desk/R-1", "=1+1", "#N/A")))
    assert cells["owner"] == Wrong("a formula")
    assert cells["reason"] == Wrong("the error #N/A")


def test_the_sheet_of_a_workbook_may_be_anywhere_and_others_are_named() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(kept())))
    book.create_sheet("My notes").append(["anything"])
    book.move_sheet("Risks", 5)
    del book["Evidence"]
    buffer = io.BytesIO()
    book.save(buffer)
    back = reading.read(buffer.getvalue(), "f")
    assert back.unknown == ("My notes",)
    assert [s.table.name for s in back.sheets] == ["decisions", "controls", "suppliers", "risks"]


def test_a_sheet_of_ours_without_ids_is_a_problem_and_a_workbook_of_others_too() -> None:
    assert "file.csv, sheet Risks: there is no column 'id'" in problems_of(sheet_of(("owner",), ("Ann",)))
    assert "no sheet of it belongs to a register" in problems_of(sheet_of(("a", "b"), title="Sheet1"))


def members(content: bytes, **changed: bytes) -> bytes:
    """A workbook with other content in some of its members, named by their last part without the ending."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = name.rpartition("/")[2].partition(".")[0].strip("[]")
            new.writestr(name, changed.get(key, old.read(name)))
    return buffer.getvalue()


BOMB = b'<?xml version="1.0"?><worksheet><sheetData>' + b" " * 60_000_000 + b"</sheetData></worksheet>"
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData>&a;</sheetData></worksheet>'
UTF16 = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'.encode("utf-16")
UTF7 = b'<?xml version="1.0" encoding="utf-7"?><worksheet/>'
FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
    b'<row r="999999999999"><c r="A999999999999"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (BOMB, "it would unpack to"),
        (ENTITY, "declares XML entities"),
        (UTF16, "is not UTF-8"),
        (b"".join(b"<x:row r='%d'/><row>" % number for number in range(60_000)), "has more than 100,000 rows"),
        (UTF7, "is not UTF-8"),
        (FAR, "not a workbook that can be read"),
        (b"<worksheet>", "not a workbook that can be read"),
        (b"no xml", "not a workbook that can be read"),
    ],
)
def test_hostile_parts_of_a_workbook_are_refused(part: bytes, said: str) -> None:
    assert said in problems_of(members(sheet_of(("id", "owner"), ("desk/R-1", "Ann")), sheet1=part))


def test_a_workbook_with_a_size_that_lies_or_too_many_members_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2_100):
            archive.writestr(f"{number}.xml", b"")
    assert "2,100 files" in problems_of(buffer.getvalue())


def test_other_archives_are_named_for_what_they_are() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "an OpenDocument sheet" in problems_of(buffer.getvalue())
    assert "no sheet of it belongs" in problems_of(members(sheet_of(("id",)), workbook=b"<a/>"))


def test_a_sheet_that_lies_about_its_size_costs_nothing() -> None:
    content = sheet_of(("id", "owner"), ("desk/R-1", "Ann"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml")
    lying = text.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert lying != text
    assert cells_of(members(content, sheet1=lying)) == {"owner": "Ann"}
