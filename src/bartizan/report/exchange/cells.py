"""What stands in a cell: texts that no spreadsheet computes, that fit, and that come back as they went out."""

from __future__ import annotations

import datetime
import re
from typing import Final

from bartizan.core.dates import is_date
from bartizan.report.wording import plain

MAX_UNITS: Final = 32_767
"""What Excel takes in a cell, in UTF-16 code units."""
CUT: Final = "… [cut]"
"""Ends what was too long for a cell; such a cell cannot come back changed."""

_MOST: Final = 32_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BREAK: Final = re.compile(r"_x000D_\n|\r\n|\r|\n")
_PARTS: Final = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T]00:00(?::00)?)?")
_NUMBER: Final = re.compile(r"-?\d+[.,]0+")


def guard(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula, or it has one already."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def unguard(cell: str) -> str:
    """The text of a cell without the apostrophe that `guard` put there; one that a person wrote stays."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def tidy(text: str) -> str:
    """The text as lines without control characters or idle spaces."""
    return text if text.isalnum() else "\n".join(plain(line) for line in _BREAK.split(text)).strip("\n")


def shown(text: str) -> str:
    """The text as a cell shows it: tidy, and cut to what fits."""
    made = tidy(text)
    if len(made) * 2 <= _MOST or _units(made) <= _MOST:
        return made
    while _units(made) > _MOST - len(CUT):
        made = made[: min(len(made) - 1, _MOST - len(CUT) - (_units(made) - len(made)))]
    return made.rstrip() + CUT


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def same(cell: str, now: str, kind: str = "text") -> bool:
    """Whether a cell of a column of this kind says what the register says, however a spreadsheet wrote it.

    Numbers may have gained a decimal, truth values capital letters, and days the order of the country where the
    spreadsheet runs, as long as only one reading is possible.
    """
    if cell == now:
        return True
    if kind == "number" and _NUMBER.fullmatch(cell):
        return re.split(r"[.,]", cell)[0] == now
    if kind == "flag":
        return cell.casefold() in _TRUTHS.get(now, ())
    return kind == "day" and is_date(now) and _only_day(cell) == now


_TRUTHS: Final = {
    "true": {"true", "wahr", "vrai", "verdadero", "waar", "1"},
    "false": {"false", "falsch", "faux", "falso", "onwaar", "0"},
}


def _only_day(cell: str) -> str | None:
    """The one day that a text can mean in the orders that countries use; None where it is none, or may be two."""
    found = _PARTS.fullmatch(cell)
    if found is None:
        return None
    a, b, c = map(int, found.groups())
    orders = [(a, b, c)] if len(found[1]) == 4 else [(c, b, a), (c, a, b)]
    days = {day for order in orders if (day := _day(*order))}
    return days.pop() if len(days) == 1 else None


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year if year > 99 else 2000 + year, month, day).isoformat()
    except ValueError:
        return None
