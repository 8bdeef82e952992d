"""What a task needs of a table, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.minimise.planning import shown
from bartizan.tables.minimise.scoring import MEASURES, Interval
from bartizan.tables.minimise.verdict import Judged, Minimised

_LEGEND: Final = (
    "Tried in this order: what names rows, special categories, other personal data; among equals, what a shuffle harms",
    "least. Shuffled: what a model of all columns loses when the values of this one change rows.",
    "A loss is against all columns, on the rows to choose by, and includes what was dropped or made coarser before.",
)
_ORDER: Final = ("drop", "coarsen", "decide", "keep", "not judged")


def minimise_lines(one: Minimised) -> Iterator[str]:
    """Every column with its verdict, what it rests on, and at the end what was measured once."""
    yield f"{printable(str(one.path))}: {one.total:,} rows, label {printable(one.label, 60)}"
    yield from (f"  {printable(told)}" for told in one.told)
    if not one.is_assessed:
        yield f"  NOT ASSESSABLE: {printable(one.refused)}"
        return
    yield f"  {_rows(one)}"
    yield f"  score: {MEASURES[one.measure or 'auc']}; a loss may come up to {one.tolerance:g}, its interval included"
    for verdict in _ORDER:
        for column in one.columns:
            if column.verdict == verdict:
                yield from _column(column)
    yield from _end(one)


def _rows(one: Minimised) -> str:
    learn, choose, judge = one.used
    parts = (
        f"{learn:,} to learn from and to choose by, in {one.folds} turns"
        if one.folds > 1
        else f"{learn:,} to learn from, {choose:,} to choose by"
    )
    return f"rows: {parts}; {judge:,} to judge by, once (seed {one.seed})"


def _column(column: Judged) -> Iterator[str]:
    yield f"  {column.verdict:<10} {printable(column.column, 60)}: {printable(column.why)}"
    parts = []
    if column.without is not None and column.without != column.loss:
        parts.append(f"without it {shown(column.without)}")
    if column.loss is not None:
        so = "so coarse " if column.verdict == "coarsen" else ""
        parts.append(f"{so}{shown(column.loss)}")
    if column.importance is not None:
        parts.append(f"shuffled {column.importance:+.4f}")
    if parts:
        yield f"             {'; '.join(parts)}"
    for said in (column.hint, column.told):
        if said:
            yield f"             {printable(said)}"


def _end(one: Minimised) -> Iterator[str]:
    yield from (f"  {line}" for line in _LEGEND)
    assert one.before is not None
    assert one.floor is not None
    yield f"  With all columns {_interval(one.before)}, a constant guess {one.floor:.4f}, on the rows to judge by."
    if one.loss is not None and one.after is not None:
        said = (
            "within the tolerance"
            if one.confirmed
            else "NOT within the tolerance: what seemed harmless was not confirmed, and nothing is recommended"
        )
        yield f"  With what is recommended {_interval(one.after)}, {shown(one.loss)}: {said}."
    yield f"  {_enough(one)}"


def _interval(one: Interval) -> str:
    return f"{one.value:.4f} ({one.low:.4f} to {one.high:.4f})"


def _enough(one: Minimised) -> str:
    """The fewest rows from which on all larger parts are within the tolerance."""
    fewest = None
    for part in reversed(one.rows):
        if not part.within:
            break
        fewest = part
    if fewest is None:
        return "Fewer rows to learn from were not shown to be enough (half of them was the most that was tried)."
    return f"{fewest.rows:,} rows to learn from are enough: {shown(fewest.loss)}, on the rows to choose by."


def minimise_summary(one: Minimised) -> str:
    """One line."""
    if not one.is_assessed:
        return "nothing can be said"
    dropped = sum(column.verdict == "drop" for column in one.changes)
    coarser = len(one.changes) - dropped
    unsure = sum(column.verdict == "keep" and not column.is_needed for column in one.columns)
    decide = sum(column.verdict == "decide" for column in one.columns)
    said = f"{dropped} columns to drop, {coarser} to make coarser"
    return (
        said + (f", {unsure} not shown to be needless" if unsure else "") + (f", {decide} to decide" if decide else "")
    )


def minimise_document(one: Minimised) -> str:
    """All of it, with every step that was tried."""
    made = {
        "bartizan_data_minimise": 1,
        "version": __version__,
        "assessed": one.is_assessed,
        "minimal": one.is_minimal,
        "score": MEASURES[one.measure] if one.measure else None,
        **msgspec.to_builtins(
            msgspec.structs.asdict(one) | {"path": str(one.path).encode("utf-8", "replace").decode()}
        ),
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
