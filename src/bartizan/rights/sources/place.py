"""What every kind of source can do, and what their modules share."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from bartizan.core.errors import InputError, Problem
from bartizan.rights.places import Identifiers


class RowsDepend(InputError):
    """Rows elsewhere depend on these: they go first."""


MOST_ROWS: Final = 1_000_000
"""Rows of one person in one place; more are a wrong column."""


class Place(Protocol):
    """A source that can be asked. All methods raise InputError or Unreachable, and then nothing was changed there."""

    def count(self, who: Identifiers) -> int:
        """How many rows, lines, files or keys are about somebody."""
        ...

    def rows(self, who: Identifiers) -> list[dict[str, Any]]:
        """All of it, of plain JSON types."""
        ...

    def erase(self, who: Identifiers) -> int:
        """Take all of it away; gives how many went. What is cut off in the middle is ended by the next call."""
        ...


class Columns(Place, Protocol):
    """A source whose rows have columns."""

    def values(self, column: str, who: Identifiers) -> tuple[str, ...]:
        """What stands in a column of somebody's rows, each value once, without empty ones."""
        ...

    def shared(self, column: str, values: tuple[str, ...], who: Identifiers) -> tuple[str, ...]:
        """Of these values, those that stand in rows of other people too."""
        ...

    def correct(self, changes: Mapping[str, str], who: Identifiers) -> int:
        """Write values into columns of somebody's rows; gives how many rows. An empty text stands for no value."""
        ...


def plain(value: Any) -> Any:
    """A value of a database or a table, as JSON can say it: days and moments by ISO 8601, bytes as base64."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return str(value)


def matching(folder: Path, pattern: str) -> Iterator[Path]:
    """The files below a folder that match a pattern, in order. Raises InputError for one that leads out of it."""
    for path in sorted(folder.glob(pattern + "/*" if pattern.endswith("**") else pattern)):  # ** is folders only
        if path.is_symlink() or not path.resolve().is_relative_to(folder):
            refuse(str(path), "it is a link", "what it leads to is not touched: name the file itself")
        if path.is_file():
            refuse_second_name(path)
            yield path


def refuse_second_name(path: Path) -> None:
    """Raise InputError for a file that would stay under another name."""
    if path.stat().st_nlink > 1:
        refuse(str(path), "it has another name on this disk (a hard link), under which it would stay", "remove that")


def refuse(place: str, finding: str, fix: str = "") -> NoReturn:
    """Raise InputError."""
    raise InputError([Problem(file=place, finding=finding, fix=fix)])
