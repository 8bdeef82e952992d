"""From rows to frozen values: every reader of the register gives values of `core.kept`, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import Connection, Select

T = TypeVar("T")
Reader: TypeAlias = Connection
"""A transaction that reads, as `Register.read` gives it."""


def value(row: Mapping[str, Any], kind: type[T]) -> T:
    """A row as a value; columns that the value does not have are left out."""
    plain = {str(name): found for name, found in row.items()}  # names that SQL quotes are a kind of text of their own
    return msgspec.convert(plain, kind, strict=False)


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
