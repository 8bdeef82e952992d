"""The register as CSV, workbook and JSON: what goes out comes back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.report import csv as assessed
from bartizan.report import xlsx
from bartizan.report.dossier import Dossier
from bartizan.report.exchange import csv_table, reading, register_json, workbook
from bartizan.report.exchange.canonical import BY_NAME, CONTROLS, ID, REVISION, RISKS, TABLES, Cells, Table, revision_of
from bartizan.report.exchange.cells import CUT, guard, shown
from bartizan.report.exchange.differences import difference
from bartizan.report.exchange.incoming import Incoming
from bartizan.report.exchange.rows import rows_of
from bartizan.report.formats import BY_NAME as FORMATS
from bartizan.report.sheets import Column, Sheet
from bartizan.report.sheets import workbook as book_of
from tests.report.dossiers import AGENT, HOSTILE, from_text
from tests.report.exchange.holdings import KEPT, NASTY, RISK, every, kept, named, remade

Write = Callable[[Dossier], bytes]
WAYS: dict[str, Write] = {
    "csv": lambda dossier: csv_table.table_of([dossier], bom=True).encode(),
    "xlsx": workbook.render,
    "json": lambda dossier: register_json.render(dossier).encode(),
}
ways = pytest.mark.parametrize("write", WAYS.values(), ids=WAYS.keys())


def cells_of(incoming: Incoming, table: Table) -> dict[str, Cells]:
    """The rows of a table that came back, by id; what cannot be read fails the test."""
    sheet = next(s for s in incoming.sheets if s.table is table)
    return {row.id: {ID: row.id, **{k: str(v) for k, v in row.cells.items()}} for row in sheet.rows}


def test_the_columns_of_the_assessment_are_the_first_of_the_register() -> None:
    assert {*assessed.COLUMNS} <= {*RISKS.by_name}


def test_every_table_knows_its_rows_by_id_and_says_what_each_column_is() -> None:
    for table in TABLES:
        names = [column.name for column in table.columns]
        assert names[0] == ID
        assert len(names) == len(set(names))
        assert all(column.about.endswith(".") for column in table.columns)
        assert bool(table.editable) == (REVISION in names)
        assert len(table.sheet) <= 31
        assert not set(table.sheet) & set("[]:*?/\\")


@ways
@pytest.mark.parametrize("number", range(KEPT))
def test_every_row_comes_back_as_it_went_out(write: Write, number: int) -> None:
    dossier = every()[number]
    back = reading.read(write(dossier), "file")
    assert not back.unknown
    for sheet in back.sheets:
        assert not sheet.unknown
        assert cells_of(back, sheet.table) == {row[ID]: row for row in rows_of(dossier, sheet.table)}


@ways
@pytest.mark.parametrize("name", [*HOSTILE, NASTY], ids=lambda n: n.encode("unicode_escape").decode()[:30])
def test_nothing_hostile_keeps_a_row_from_being_the_same_when_it_comes_back(write: Write, name: str) -> None:
    dossier = named(name)
    for sheet in reading.read(write(dossier), "file").sheets:
        now = {row[ID]: row for row in rows_of(dossier, sheet.table)}
        found = [difference(sheet.table, row, now[row.id]) for row in sheet.rows]
        assert not any(one.edited or one.ignored or one.wrong or one.stale for one in found)


@ways
def test_the_same_register_gives_the_same_bytes(write: Write) -> None:
    again = remade()
    assert write(kept()) == write(again)


def test_every_table_can_be_had_as_csv_and_is_known_again_by_its_ids() -> None:
    for table in TABLES:
        text = csv_table.table_of([kept()], table)
        back = reading.read(text.encode(), "file")
        assert [sheet.table for sheet in back.sheets] == [table]
        assert cells_of(back, table)


def test_a_risk_row_says_who_decided_what_and_what_was_observed() -> None:
    rows = {row["risk"]: row for row in rows_of(kept(), RISKS)}
    row = rows[RISK]
    assert row["evidence_count"] == "1"
    assert "3 of 40 (95 % 3 % to 20 %)" in row["evidence"]
    assert row["owner"] == "because of the budget"
    accepted = next(row for row in rows.values() if row["status"] == "accepted")
    assert (accepted["treatment"], accepted["decision_state"]) == ("accept", "held")
    assert (accepted["requested_by"], accepted["acceptance_by"]) == ("ann", "bob")
    asked = next(row for row in rows.values() if row["decision_state"] == "requested")
    assert asked["status"] in {"open", "within_appetite"}
    assert asked["acceptance_by"] == ""


def test_controls_say_where_their_status_comes_from() -> None:
    found = {row["control"]: row for row in rows_of(kept(), CONTROLS)}
    assert (found["oversight"]["said_in"], found["oversight"]["status"]) == ("register", "planned")
    assert (found["rate_limit"]["said_in"], found["rate_limit"]["status"]) == ("description", "verified")
    assert {row["said_in"] for row in found.values()} == {"register", "description", "nowhere"}


def test_a_revision_follows_what_may_be_edited_and_the_rating_and_nothing_else() -> None:
    row = rows_of(kept(), RISKS)[0]
    for name, column in RISKS.by_name.items():
        differs = revision_of(RISKS, row | {name: "other"}) != row[REVISION]
        rated = name in {"state", "likelihood_current", "impact_current", "level_current", ID}
        assert differs == (column.edit or rated), name
    assert row[REVISION].startswith("r")


def test_the_csv_is_rfc_4180_and_has_a_mark_only_where_it_is_asked_for() -> None:
    text = csv_table.table_of([named(NASTY)])
    assert text.startswith("id,")
    assert csv_table.table_of([kept()], bom=True).startswith("\ufeffid,")
    assert text.split("\r\n")[0] == ",".join(RISKS.by_name)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


def test_the_workbook_has_a_sheet_for_each_table_and_one_to_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(named(NASTY))))
    assert book.sheetnames == ["Risks", "Decisions", "Controls", "Evidence", "Suppliers", "Read me"]
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in cells)
    words = book["Risks"].data_validations.dataValidation
    assert any("mitigate" in str(rule.formula1) for rule in words)
    head = {str(cell.value): cell for cell in book["Risks"][1]}
    assert head["owner"].fill.fgColor.rgb != head["id"].fill.fgColor.rgb
    assert "edit" in {str(row[1]) for row in book["Read me"].iter_rows(values_only=True)}


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=8))
def test_any_text_survives_csv_and_workbook(texts: list[str]) -> None:
    wanted = [shown(text) for text in texts if "x005F_" not in text]
    rows = tuple((f"s/R-{n}", guard(text)) for n, text in enumerate(wanted))
    columns = (Column("id", 10), Column("owner", 10))
    book = book_of([Sheet(name="Risks", columns=columns, rows=rows)], title="t", on="2026-11-22")
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("id", "owner"), *rows])
    for content in (book, buffer.getvalue().encode()):
        back = cells_of(reading.read(content, "file"), RISKS) if rows else {}
        assert [row["owner"] for row in back.values()] == wanted


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_a_system_in_no_register_keeps_the_table_of_its_assessment(name: str) -> None:
    dossier = from_text(AGENT)
    wanted = assessed.render(dossier) if name == "csv" else xlsx.render(dossier)
    assert FORMATS[name].render(dossier) == wanted


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_without_a_register_there_are_no_rows_and_the_error_says_how_to_get_one(table: Table) -> None:
    with pytest.raises(InputError, match="bartizan register add"):
        rows_of(from_text(AGENT), table)
    with pytest.raises(InputError, match="not in one"):
        register_json.render(from_text(AGENT))


def test_a_text_too_long_for_a_cell_is_no_change_but_cannot_be_edited() -> None:
    now = next(row for row in rows_of(named("a" * 40_000), RISKS) if row["reason"])
    assert now["reason"].endswith(CUT)
    for text in (now["reason"] + "!", "b" + now["reason"][1:]):
        content = f"id,reason\r\n{now[ID]},{text}\r\n".encode()
        row = reading.read(content, "file").sheets[0].rows[0]
        found = difference(BY_NAME["risks"], row, now)
        assert not found.edited
        assert "cut" in found.wrong[0][1]


def test_the_guide_lists_every_column_with_what_may_be_edited() -> None:
    text = (Path(__file__).parents[3] / "docs" / "guide" / "exchange.md").read_text(encoding="utf-8")
    for table in TABLES:
        part = text.partition(f"### {table.sheet}\n")[2].partition("\n### ")[0]
        listed = [line.split(" | ")[:2] for line in part.splitlines() if line.startswith("| `")]
        assert [(name.strip("| `"), "yes" in edit) for name, edit in listed] == [
            (c.name, c.edit) for c in table.columns
        ]
