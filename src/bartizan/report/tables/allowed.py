"""Whether a table may be used for a purpose, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.allowed.asking import Answer


def allowed_lines(path: Path, one: Answer) -> Iterator[str]:
    """The verdict, what stands against it, every column that may not be used, and the rows."""
    basis = f", basis: {one.basis}" if one.basis else ""
    yield f"{printable(str(path))} for {printable(one.purpose)} on {one.day}{basis}: {one.verdict.upper()}"
    yield from (f"  {printable(why)}" for why in one.whys)
    for column in one.columns:
        if column.verdict != "allowed":
            yield f"  {column.verdict:<11} {printable(column.name, 60)}: {column.why}"
    fine = sum(column.verdict == "allowed" for column in one.columns)
    yield f"  columns: {fine} of {len(one.columns)} allowed"
    if one.basis:
        yield (
            f"  rows: {one.allowed:,} of {one.rows:,} allowed, {one.refused:,} not, "
            f"{one.unknown:,} unknown, which are not used"
        )


def allowed_document(path: Path, one: Answer) -> str:
    """All of it: the manifest of what was left out, and why."""
    made = {
        "bartizan_data_allowed": 1,
        "version": __version__,
        "path": str(path).encode("utf-8", "replace").decode(),
        "usable": one.is_usable,
        "answer": one,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
