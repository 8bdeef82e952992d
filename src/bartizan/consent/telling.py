"""What people did, told in a table: CSV with a header, a line for each act."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from bartizan.consent.entries import Act, Given, Objected, Withdrawn
from bartizan.consent.people import Pseudonyms
from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.moments import MOMENT_FIX, is_moment

_NEEDED: Final = ("person", "purpose", "act", "at", "how")
_ALSO: Final = ("wording", "until")
_ACTS: Final = ("given", "withdrawn", "objected")
_MOST: Final = 100
"""Problems that are told."""
_CELL: Final = 10_000


class Told(msgspec.Struct, frozen=True):
    """An act, and the line that tells it."""

    line: int
    act: Act


def act_of(kind: str, name: str, pseudonyms: Pseudonyms, cells: Mapping[str, str]) -> Act:
    """An act from what was told. Raises ValueError with what is wrong, and how to mend it behind a semicolon."""
    person, purpose, at, how = pseudonyms.of(name).hex(), cells["purpose"], cells["at"], cells["how"]
    wording, until = cells.get("wording", ""), cells.get("until", "")
    if kind not in _ACTS:
        raise ValueError(f"there is no act '{kind:.40}'; {nearest(kind, _ACTS)}")
    if not is_moment(at):
        raise ValueError(f"'{at:.40}' is no moment; {MOMENT_FIX}")
    if not how.strip():
        raise ValueError("it is not said how they did it; name the form, the call, the letter")
    if kind != "given" and (wording or until):
        raise ValueError("words and a last day belong to what is given; leave them empty")
    if until and not is_date(until):
        raise ValueError(f"'{until:.40}' is no day; {DATE_FIX}")
    if kind == "given":
        return Given(person=person, purpose=purpose, wording=wording, at=at, how=how, until=until)
    if kind == "withdrawn":
        return Withdrawn(person=person, purpose=purpose, at=at, how=how)
    return Objected(person=person, purpose=purpose, at=at, how=how)


def read_acts(file: Path, pseudonyms: Pseudonyms) -> Iterator[Told]:
    """The acts of a file, one by one, in memory that does not grow. Raises InputError with all problems at its end."""
    problems: list[Problem] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened, strict=True)
            _refuse_header(file, tuple(rows.fieldnames or ()))
            for row in rows:
                try:
                    if None in row or None in row.values():
                        raise ValueError("it has more or fewer cells than the header")
                    if any(len(cell) > _CELL for cell in row.values()):
                        raise ValueError(f"a cell of more than {_CELL:,} characters")
                    yield Told(rows.line_num, act_of(row["act"], row["person"], pseudonyms, row))
                except InputError:
                    problems.append(Problem(file=str(file), line=rows.line_num, finding="nobody is named"))
                except ValueError as error:
                    finding, _, fix = str(error).partition("; ")
                    problems.append(Problem(file=str(file), line=rows.line_num, finding=finding, fix=fix))
                if len(problems) == _MOST:
                    break
    except OSError as error:
        problems.append(Problem(file=str(file), finding=f"it cannot be read: {error.strerror}"))
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(
            Problem(file=str(file), finding=f"it is no table of text: {error}", fix="save it as CSV in UTF-8")
        )
    if problems:
        raise InputError(problems)


def _refuse_header(file: Path, names: tuple[str, ...]) -> None:
    problems = [
        Problem(file=str(file), line=1, finding=f"there is no column '{name}'", fix=nearest(name, names))
        for name in _NEEDED
        if name not in names
    ]
    problems += [
        Problem(file=str(file), line=1, finding=f"nothing is known of a column '{name}'", fix=nearest(name, _ALSO))
        for name in names
        if name not in (*_NEEDED, *_ALSO)
    ]
    if problems or len({*names}) != len(names):
        twice = [Problem(file=str(file), line=1, finding="two columns of one name")] if not problems else []
        raise InputError([*problems, *twice])
