"""The workbook, read back with openpyxl."""

from __future__ import annotations

import datetime
import io
import zipfile

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from bartizan.report.dossier import Dossier
from bartizan.report.sheets import Column, Sheet, workbook
from bartizan.report.xlsx import render
from tests.report.dossiers import AGENT, HOSTILE, TODAY, acceptance, from_text, hostile, no_risks


def read(dossier: Dossier) -> Workbook:
    """The workbook of a dossier."""
    return openpyxl.load_workbook(io.BytesIO(render(dossier)))


def rows_of(book: Workbook, sheet: str) -> list[dict[str, object]]:
    """The rows of a sheet by its head."""
    head, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_the_sheets_have_names_that_excel_takes() -> None:
    names = read(from_text(AGENT)).sheetnames
    assert names == ["Risks", "Verdicts", "Controls", "Suppliers", "Answers", "About"]
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_each_risk_verdict_control_and_question_has_a_row() -> None:
    dossier = from_text(AGENT)
    book, made = read(dossier), dossier.assessment
    assert [row["Id"] for row in rows_of(book, "Risks")] == [risk.id for risk in made.risks]
    assert [row["Id"] for row in rows_of(book, "Verdicts")] == [verdict.id for verdict in made.verdicts]
    assert len(rows_of(book, "Controls")) == len(made.steps)
    assert [row["Question"] for row in rows_of(book, "Suppliers")] == [point.question for point in made.open_points]


def test_levels_are_words_with_their_colour() -> None:
    cell = next(c for row in read(from_text(AGENT))["Risks"].iter_rows(min_row=2, min_col=4, max_col=4) for c in row)
    assert cell.value in {"very low", "low", "medium", "high", "very high"}
    assert cell.fill.fgColor.rgb not in {"00000000", "FFFFFFFF"}


def test_the_head_stays_in_sight_and_every_column_can_be_filtered() -> None:
    for sheet in read(from_text(AGENT)):
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")


def test_the_only_date_in_it_is_that_of_the_assessment() -> None:
    content = render(from_text(AGENT))
    assert read(from_text(AGENT)).properties.created == datetime.datetime.fromisoformat(TODAY)
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(content)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_decision_is_said_in_words() -> None:
    decided = from_text(AGENT, decisions=[acceptance("indirect_prompt_injection@agent", "2027-01-01")])
    assert rows_of(read(decided), "Risks")[0]["Decision"] == (
        "Accept by A. Owner on 3 May 2026, until 1 Jan 2027: budget comes next year."
    )


def test_a_system_without_risks_has_all_its_sheets() -> None:
    book = read(no_risks())
    assert rows_of(book, "Risks") == []
    assert rows_of(book, "Verdicts")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    about = {row["What"]: row["Value"] for row in rows_of(read(hostile(name)), "About")}
    assert isinstance(about["Owner"], str)
    assert about["Owner"].isprintable()


def test_what_no_cell_can_hold_is_cut_with_a_sign() -> None:
    sheet = Sheet(name="A", columns=(Column("x", 10),), rows=(("y" * 40_000,),))
    book = openpyxl.load_workbook(io.BytesIO(workbook([sheet], title="t", on=TODAY)))
    value = str(book["A"]["A2"].value)
    assert len(value) < 32_767
    assert value.endswith("…")
