"""Edits of an exported register as a person makes them in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import openpyxl


def edit_workbook(file: Path, sheet: str, row: str, cells: Mapping[str, str]) -> None:
    """Fill cells of the row with this id."""
    book = openpyxl.load_workbook(file)
    page = book[sheet]
    columns = {cell.value: cell.column for cell in page[1]}
    found = [one for one in page.iter_rows(min_row=2) if one[columns["id"] - 1].value == row]
    assert len(found) == 1
    for name, value in cells.items():
        page.cell(row=found[0][0].row, column=columns[name]).value = value
    book.save(file)


def edit_csv(file: Path, row: str, cells: Mapping[str, str]) -> None:
    """Fill cells of the row with this id, and turn the order of the rows around."""
    with file.open(encoding="utf-8-sig", newline="") as read:
        table = list(csv.DictReader(read))
    (found,) = [one for one in table if one["id"] == row]
    found.update(cells)
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, fieldnames=list(table[0]))
        writer.writeheader()
        writer.writerows(reversed(table))
