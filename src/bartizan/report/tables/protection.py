"""What was done to a table to protect people, as lines for a screen and as the record that is kept with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.report.tables.anonymity import measure_lines
from bartizan.tables.protect.acting import Told
from bartizan.tables.protect.protecting import Protected
from bartizan.tables.protect.utility import Utility

_WORST: Final = 5


def protection_lines(one: Protected, source: Path, out: Path) -> Iterator[str]:
    """Every column with what was done to it; where anonymity was asked for, what was measured and what it cost."""
    yield f"{printable(str(source))} -> {printable(str(out))}: {one.rows_written:,} of {one.rows_read:,} rows"
    yield from (f"  {printable(note)}" for note in one.notes)
    if one.key:
        yield f"  key {one.key}"
    yield from map(_column, one.columns)
    if one.anonymity is not None:
        yield f"  measured in what was written, by {printable(', '.join(one.anonymity.quasi))}:"
        yield from (f"  {line}" for line in measure_lines(one.anonymity))
    if one.utility is not None:
        yield from _utility(one.utility)


def _column(one: Told) -> str:
    how = ", ".join(name if value is True else f"{name} {_shown(value)}" for name, value in one.how.items() if value)
    group = f", group {one.group}" if one.group else ""
    missing = f"; {one.missing:,} missing" if one.missing else ""
    note = f"; {one.note}" if one.note else ""
    said = f"{how}{group}".removeprefix(", ")
    return printable(f"  {one.did:<10} {one.column}{f' ({said})' if said else ''}{missing}{note}")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _utility(one: Utility) -> Iterator[str]:
    yield "  what it cost:"
    yield (
        f"    {one.penalty:.1%} of what the values said (normalised certainty penalty); "
        f"{one.suppressed:,} of {one.rows:,} rows left out"
    )
    yield f"    classes of {one.class_size:.2f} k rows on average; discernibility {one.discernibility:,}"
    for lost in sorted(one.columns, key=lambda lost: -lost.penalty)[:_WORST]:
        values = f"{lost.values_before:,} values to {lost.values_after:,}"
        yield f"    {printable(lost.column, 60)}: {lost.penalty:.1%} lost, {values}"
    if one.correlation is not None and one.correlated is not None:
        between = " and ".join(printable(name, 60) for name in one.correlated)
        yield f"    no rank correlation changed by more than {one.correlation:.3f} (that of {between})"


def protection_record(one: Protected, source: Path, out: Path) -> str:
    """All of it as JSON. It holds no key, and no value of the table."""
    made = {
        "bartizan_data_protect": 1,
        "version": __version__,
        "source": _name(source),
        "output": _name(out),
        "digests": {"source": one.source, "plan": one.plan, "output": one.output},
        "rows_read": one.rows_read,
        "rows_written": one.rows_written,
        "key": one.key or None,
        "columns": one.columns,
        "asked": one.asked,
        "anonymity": one.anonymity,
        "utility": one.utility,
        "notes": one.notes,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _name(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()
