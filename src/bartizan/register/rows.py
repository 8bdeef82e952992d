"""From rows to frozen values: every reader of the register gives values of `core.kept`, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import Connection, Select

from bartizan.core.errors import printable
from bartizan.register.engines import RegisterError

T = TypeVar("T")
Reader: TypeAlias = Connection
"""A transaction that reads, as `Register.read` gives it."""


def value(row: Mapping[str, Any], kind: type[T]) -> T:
    """A row as a value; columns that the value does not have are left out. Raises RegisterError for a damaged one."""
    plain = {str(name): found for name, found in row.items()}  # names that SQL quotes are a kind of text of their own
    try:
        return msgspec.convert(plain, kind, strict=False)
    except msgspec.ValidationError as error:
        raise damaged(error) from None


def from_json(text: str | bytes, kind: type[T]) -> T:
    """A value that is kept as JSON. Raises RegisterError for a damaged one."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise damaged(error) from None


def damaged(error: Exception) -> RegisterError:
    """What to say of a row that no change of the register can have left so."""
    why = printable(str(error))
    return RegisterError(f"the register is damaged, or was changed without Bartizan: {why}; see: bartizan audit verify")


def every(connection: Connection, query: Select[Any], kind: type[T]) -> tuple[T, ...]:
    """All rows of a query as values."""
    return tuple(value(dict(row), kind) for row in connection.execute(query).mappings())


def first(connection: Connection, query: Select[Any], kind: type[T]) -> T | None:
    """The first row of a query as a value; None where there is none."""
    row = connection.execute(query.limit(1)).mappings().first()
    return None if row is None else value(dict(row), kind)


def can_be_kept(word: str) -> bool:
    """Whether a text can stand in a register at all; what cannot is not looked for, since a database may refuse it."""
    return "\0" not in word and (word.isascii() or not any("\ud800" <= c <= "\udfff" for c in word))
