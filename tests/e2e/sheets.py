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
    table = list(page.iter_rows(values_only=True))
    columns = {str(name): number for number, name in enumerate(table[0])}
    (found,) = [number for number, one in enumerate(table) if one[columns["id"]] == row]
    for name, value in cells.items():
        page.cell(row=found + 1, column=columns[name] + 1, value=value)
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
