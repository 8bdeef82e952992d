"""Workbooks: tables on sheets, the same bytes for the same content, and no cell that a spreadsheet would compute.

XlsxWriter is imported here and nowhere else; it brings no types, hence ``Any``.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import xlsxwriter  # type: ignore[import-untyped]

from bartizan.report.wording import plain

Cell = str | int | float
_MAX_CELL = 32_000
"""Excel takes 32,767 characters in a cell."""
_RAMP = ("#E8EEF7", "#F6E3B4", "#F3B562", "#E0703A", "#A8201A")


class Column(msgspec.Struct, frozen=True):
    """A column: its head, its width in characters, and whether its words are levels, which get their colour."""

    head: str
    width: int
    level: bool = False
    note: str = ""
    """What shows when a pointer rests on the head."""
    edit: bool = False
    """Whether it is meant to be filled in; its head then has a colour of its own, and its cells are text."""
    choices: tuple[str, ...] = ()
    """The words that may be chosen in its cells."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet with one table. Its name is what Excel takes: at most 31 characters, no brackets, colon or slashes."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    landscape: bool = True


def workbook(sheets: Iterable[Sheet], *, title: str, on: str, levels: Sequence[str] = ()) -> bytes:
    """The bytes of a workbook. ``on`` (ISO 8601) is its date of creation, so that no clock shows in it.

    ``levels`` are the words for the levels, lowest first; in columns of levels they are coloured.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": plain(title), "author": "Bartizan", "created": _moment(on)})
    formats = _formats(book, levels)
    for sheet in sheets:
        _write(book, sheet, formats)
    book.close()
    return buffer.getvalue()


def _moment(on: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(on).replace(tzinfo=None)
    except ValueError:
        return datetime.datetime(2000, 1, 1)


def _formats(book: Any, levels: Sequence[str]) -> Mapping[str, Any]:
    last = max(len(levels) - 1, 1)
    base = {"text_wrap": True, "valign": "top", "font_size": 10}
    formats = {
        "head": book.add_format({**base, "bold": True, "bg_color": "#EEF0F3", "bottom": 1}),
        "cell": book.add_format(base),
        "edit head": book.add_format({**base, "bold": True, "bg_color": "#FFF3CD", "bottom": 1}),
        "edit": book.add_format({**base, "num_format": "@"}),
    }
    for step, name in enumerate(levels):
        fill = _RAMP[round(step / last * (len(_RAMP) - 1))]
        ink = "#FFFFFF" if fill == _RAMP[-1] else "#000000"
        formats[f"level {name}"] = book.add_format({**base, "bg_color": fill, "font_color": ink})
    return formats


def _write(book: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:
    page = book.add_worksheet(sheet.name)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width)
        page.write_string(0, index, column.head, formats["edit head" if column.edit else "head"])
        if column.note:
            page.write_comment(0, index, column.note, {"author": "", "x_scale": 2})
        if column.choices and sheet.rows:
            allowed = {"validate": "list", "source": list(column.choices), "ignore_blank": True}
            page.data_validation(1, index, len(sheet.rows), index, allowed)
    for number, row in enumerate(sheet.rows, start=1):
        for index, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            style = formats["edit" if column.edit else "cell"]
            if column.level:
                style = formats.get(f"level {value}", style)
            if isinstance(value, str):
                page.write_string(number, index, _fitting(value), style)
            else:
                page.write_number(number, index, value, style)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)
    page.repeat_rows(0)
    page.fit_to_pages(1, 0)
    page.set_paper(9)
    if sheet.landscape:
        page.set_landscape()


def _fitting(value: str) -> str:
    """One line that a cell can hold; line breaks that are meant are kept."""
    text = "\n".join(plain(line) for line in value.split("\n"))
    return text if len(text) <= _MAX_CELL else f"{text[:_MAX_CELL]}…"
