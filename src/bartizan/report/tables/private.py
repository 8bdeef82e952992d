"""Releases under differential privacy and the ledger that pays for them, as lines for a screen and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bartizan import __version__
from bartizan.budget.amount import exact, shown
from bartizan.budget.ledger import Account
from bartizan.core.errors import printable
from bartizan.tables.private.statistics import Release, Released, Value
from bartizan.tables.private.synthetic import Synthesised

_ROWS = 30
"""Values of a statistic that a screen shows."""


def account_lines(path: Path, one: Account) -> Iterator[str]:
    """What was spent on whom, by which releases, and what is left."""
    budget = one.budget
    yield f"{printable(str(path))}: {printable(budget.people)} in {printable(budget.data)}, opened {budget.opened_at}"
    for spending in one.spendings:
        delta = f", delta {spending.delta}" if spending.delta != "0" else ""
        yield (
            f"  {spending.number:>4}  {spending.at}  epsilon {spending.epsilon}{delta}  {spending.kind}: "
            f"{printable(spending.what, 200)} (by {printable(spending.by, 60)})"
        )
    yield f"  {_left(one)}"
    yield f"  newest hash {one.head}: note it elsewhere, and nobody takes the last releases out unseen"
    if one.is_backwards:
        yield "  a later release has an earlier time: a clock went back; what was spent is counted all the same"
    if one.torn:
        yield f"  {one.torn:,} bytes at the end are no whole line: somebody died while writing, and released nothing"


def _left(one: Account) -> str:
    (epsilon, delta), (spent, gone) = one.left, one.spent
    said = f"spent epsilon {shown(spent)} of {one.budget.epsilon}, left {shown(epsilon)}"
    has_delta = one.budget.delta != "0"
    return said + (f"; delta {shown(gone)} of {one.budget.delta}, left {shown(delta)}" if has_delta else "")


def account_document(path: Path, one: Account) -> str:
    """All of it."""
    return _json({"bartizan_data_budget": 1, "path": _name(path), **_account(one), "releases": one.spendings})


def release_lines(path: Path, one: Release) -> Iterator[str]:
    """Every number with how far noise may have moved it, what it cost and what is left."""
    yield f"{printable(str(path))}: {_unit(one.person, one.rows)}"
    for statistic in one.statistics:
        yield f"  {printable(statistic.what)} (epsilon {statistic.epsilon})"
        yield from (f"    {_value(value)}" for value in statistic.values[:_ROWS])
        if len(statistic.values) > _ROWS:
            yield f"    and {len(statistic.values) - _ROWS:,} more: -o FILE.json has all"
    yield "  Intervals are of the noise alone, 95 in 100; what a sample says of a population is another matter."
    yield f"  {_left(one.account)} (release {one.number} of the ledger)"


def _unit(person: str, rows: int) -> str:
    if not person:
        return "every row is another person"
    return f"people by {printable(person)}, {rows} row{'s' if rows > 1 else ''} of each at most"


def _value(one: Value) -> str:
    label = f"{printable(one.label, 60)}: " if one.label else ""
    if one.value is None:
        return f"{label}too few rows to tell"
    between = f" ({one.low:,.6g} to {one.high:,.6g})" if one.low is not None and one.high is not None else ""
    return f"{label}{one.value:,.6g}{between}"


def release_document(path: Path, one: Release) -> str:
    """All of it that may be told."""
    made = {
        "bartizan_data_statistics": 1,
        "path": _name(path),
        "digests": {"data": one.source, "plan": one.plan},
        "person": one.person or None,
        "rows_per_person": one.rows,
        "epsilon": one.epsilon,
        "release": one.number,
        "statistics": [_released(statistic) for statistic in one.statistics],
        **_account(one.account),
    }
    return _json(made)


def _released(one: Released) -> dict[str, Any]:
    return {"what": one.what, "epsilon": one.epsilon, "noise_share": 0.95, "values": one.values}


def synthetic_lines(path: Path, out: Path, one: Synthesised) -> Iterator[str]:
    """What was drawn, what it rests on, and what it cost."""
    yield f"{printable(str(path))} -> {printable(str(out))}: {one.rows:,} rows of nobody (epsilon {one.epsilon})"
    yield f"  {_unit(one.person, one.rows_per_person)}"
    yield f"  counts of columns moved by {one.column_noise:,.0f} at most, of pairs by {one.pair_noise:,.0f}, 95 in 100"
    for a, b in one.tree:
        yield f"  goes together as in the table: {printable(a, 60)} and {printable(b, 60)}"
    if one.tree:
        yield "  all other columns have to do with each other only through these pairs"
    yield f"  {_left(one.account)} (release {one.number} of the ledger)"


def _account(one: Account) -> dict[str, Any]:
    (epsilon, delta), (spent, gone) = one.left, one.spent
    return {
        "version": __version__,
        "budget": one.budget,
        "spent": {"epsilon": exact(spent), "delta": exact(gone)},
        "left": {"epsilon": exact(epsilon), "delta": exact(delta)},
        "head": one.head,
    }


def _json(made: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _name(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()
