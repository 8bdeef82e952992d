"""What a table may be used for, as somebody declared it in YAML. Purposes are never guessed to be compatible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml

Basis: TypeAlias = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
    "no_personal_data",
]
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


class Rows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows that may be used: those with one of these values in a column, and before a day in another."""

    column: str
    values: tuple[str, ...]
    until: str = ""
    """The column with the last day on which a row may be used; empty: none."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A use of the table."""

    basis: Basis
    """Of GDPR Article 6(1), or that the table holds no personal data."""
    columns: tuple[str, ...]
    """Those that may be used for it."""
    rows: Rows | None = None
    """None: all rows; a consent names its column."""
    since: str = ""
    until: str = ""
    """The days on which it may be used, both included; empty: no end."""
    why: str = ""
    """Where it is decided: a contract, an assessment, a law."""


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """All that was declared of a table."""

    data: str
    purposes: dict[str, Purpose]
    never: tuple[str, ...]
    """Columns that may be used for nothing."""
    licence: str
    forbids: tuple[str, ...]
    """Purposes that the licence does not allow."""
    document: Document


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: str
    purposes: dict[str, Purpose]
    never: tuple[str, ...] = ()
    licence: str = ""
    forbids: tuple[str, ...] = ()


def read_allowed(file: Path) -> Allowed:
    """Rules in YAML. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    faults = [fault for name, one in read.purposes.items() for fault in _faults(name, one, read)]
    if not read.purposes:
        faults.append((("purposes",), "there is no purpose", "name each use, and its basis"))
    if read.forbids and not read.licence:
        faults.append((("forbids",), "it is not said whose licence forbids this", "add 'licence:'"))
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    return Allowed(
        data=read.data,
        purposes=read.purposes,
        never=read.never,
        licence=read.licence,
        forbids=read.forbids,
        document=document,
    )


_Fault: TypeAlias = tuple[PathKey, str, str]


def _faults(name: str, one: Purpose, read: _File) -> Iterator[_Fault]:
    at: PathKey = ("purposes", name)
    if not _NAME.fullmatch(name):
        yield at, f"'{name}' is no name of a purpose", "lower case, digits and hyphens: fraud-detection"
    if one.basis == "consent" and one.rows is None:
        fix = "name the column that tells who consented, and its values, under 'rows:'"
        yield (*at, "rows"), "a consent is given by each person, and nothing tells who gave it", fix
    if one.basis == "legitimate_interests" and not one.why:
        fix = "say where the balancing test is, under 'why:'"
        yield (*at, "why"), "legitimate interests need a balancing test (GDPR Article 6(1)(f))", fix
    if one.rows is not None and not one.rows.values:
        yield (*at, "rows", "values"), "no value allows a row", ""
    for key, day in (("since", one.since), ("until", one.until)):
        if day and not is_date(day):
            yield (*at, key), f"'{day}' is no day", DATE_FIX
    for column in one.columns:
        if column in read.never:
            yield (*at, "columns"), f"'{column}' may never be used, and is allowed here", "take it out of one of both"
