"""All columns of a table, read once from beginning to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bartizan.tables.profile.beside import Presidio
from bartizan.tables.profile.counting import Column, Counting, type_name
from bartizan.tables.reading import Reading, opened

_APART: Final = 1_000_003
"""So that no column and batch of one seed draws as another of the next seed does."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a table holds."""

    path: Path
    form: str
    rows: int
    seed: int
    """Of the cells that were drawn where more could hold something than are read."""
    columns: tuple[Column, ...]
    told: tuple[str, ...] = ()
    """What was odd in reading it."""

    @property
    def holds_personal_data(self) -> bool:
        """Whether anything about people was found; names of columns alone do not count."""
        return any(not held.is_secret for column in self.columns for held in column.kinds)

    @property
    def is_read_whole(self) -> bool:
        """Whether every cell that could hold something was read."""
        return all(column.is_read_whole for column in self.columns)

    @property
    def holds_secrets(self) -> bool:
        """Whether a key, token or password was found."""
        return any(held.is_secret for column in self.columns for held in column.kinds)


def profiled(
    path: Path,
    how: Reading | None = None,
    *,
    seed: int = 0,
    presidio: Presidio | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Profile:
    """Read a table and count. Memory does not grow with the rows. Raises InputError, MissingExtra."""
    table = opened(path, how)
    types = table.frame.collect_schema()
    counting = [
        Counting(name, type_name(types[name]), (seed * _APART + place) * _APART)
        for place, name in enumerate(table.columns)
    ]
    rows = 0
    for batch in table.batches():
        for name, one in zip(table.columns, counting, strict=True):
            one.add(batch[name])
        rows += batch.height
        progress(rows)
    columns = tuple(_column(one, presidio) for one in counting)
    return Profile(path=path, form=table.form, rows=rows, seed=seed, columns=columns, told=table.told)


def _column(one: Counting, presidio: Presidio | None) -> Column:
    made = one.column()
    return made if presidio is None else msgspec.structs.replace(made, beside=presidio.of(tuple(one.shown)))
