"""Counts, sums, means and quantiles under differential privacy, each paid for before it is drawn.

The promise: whether any one person is in the table changes the probability of what is released by a factor of e to the
epsilon at most (C. Dwork et al., Calibrating noise to sensitivity, TCC 2006). Epsilons of all releases add up.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np

from bartizan.budget.amount import amount, exact
from bartizan.budget.ledger import Account, Ledger
from bartizan.tables.private.exact import Below, Counts, Part, Sums, parts_of
from bartizan.tables.private.noise import least_of, moved, reach
from bartizan.tables.private.people import read_once
from bartizan.tables.private.plan import Plan, Statistic
from bartizan.tables.reading import Table

SHARE = 0.95
"""Of all releases have noise within the interval that is told."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A number that may be told."""

    label: str
    """Its class, or the share of a quantile; empty: of all rows."""
    value: float | None
    """None: so few rows that nothing can be told."""
    low: float | None = None
    """Within these is what the number would be without noise, 95 times in 100; none: not known."""
    high: float | None = None


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """One statistic."""

    what: str
    epsilon: str
    values: tuple[Value, ...]


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """All that was asked for."""

    source: str
    """SHA-256 of the table."""
    plan: str
    statistics: tuple[Released, ...]
    epsilon: str
    """Spent, in all."""
    number: int
    """Of the release in the ledger."""
    account: Account
    """The ledger after it."""
    person: str
    rows: int


def release(
    table: Table, plan: Plan, ledger: Ledger, *, by: str, at: str, step: Callable[[str], None] = lambda _: None
) -> Release:
    """Read the table, write what this spends into the ledger, then draw the noise.

    Raises InputError for columns that are not there, PrivacySpent where not all of it is left: then nothing is drawn.
    """
    whole = sum((amount(one.epsilon) for one in plan.statistics), Fraction())
    ledger.refuse_more(whole, what="this plan")
    parts = [parts_of(plan, one) for one in plan.statistics]

    def take(batch: Any) -> None:
        for group in parts:
            for part in group:
                part.take(batch)

    digests = read_once(table, plan, take, step)
    what = "; ".join(called(one) for one in plan.statistics)
    spent = ledger.spend(exact(whole), kind="statistics", what=what, by=by, at=at, digests=digests)
    drawn = [
        Released(what=called(one), epsilon=exact(amount(one.epsilon)), values=_values(one, group))
        for one, group in zip(plan.statistics, parts, strict=True)
    ]
    return Release(
        source=digests["data"],
        plan=digests["plan"],
        statistics=tuple(drawn),
        epsilon=spent.epsilon,
        number=spent.number,
        account=ledger.account(),
        person=plan.person,
        rows=plan.rows,
    )


def called(one: Statistic) -> str:
    """A statistic in a few words."""
    of = f" of {one.of}" if one.of else ""
    by = f" by {one.by}" if one.by else ""
    return f"{one.do}{of}{by}"


def _values(one: Statistic, parts: tuple[Part, ...]) -> tuple[Value, ...]:
    epsilon = amount(one.epsilon)
    first = parts[0]
    if isinstance(first, Below):
        return _quantiles(one, first, epsilon)
    if isinstance(first, Counts):
        return _counts(first, epsilon)
    if one.do == "sum":
        return _sums(first, epsilon)
    assert isinstance(parts[1], Counts)
    return _means(first, parts[1], epsilon / 2)


def _counts(part: Counts, epsilon: Fraction) -> tuple[Value, ...]:
    noisy, far = moved(part.exact, part.change, epsilon), reach(part.change, epsilon)
    return tuple(
        Value(label=label, value=max(0.0, one), low=max(0.0, one - far), high=max(0.0, one + far))
        for label, one in zip(part.labels, noisy.tolist(), strict=True)
    )


def _sums(part: Sums, epsilon: Fraction) -> tuple[Value, ...]:
    noisy, far = moved(part.exact, part.change, epsilon), reach(part.change, epsilon)
    return tuple(
        Value(label=label, value=one * part.step, low=(one - far) * part.step, high=(one + far) * part.step)
        for label, one in zip(part.labels, noisy.tolist(), strict=True)
    )


def _means(sums: Sums, counts: Counts, half: Fraction) -> tuple[Value, ...]:
    """Noisy sums over noisy counts. Each interval misses one time in forty, so that both hold 95 times in 100."""
    total, number = moved(sums.exact, sums.change, half), moved(counts.exact, counts.change, half)
    far, off = reach(sums.change, half, 0.025), reach(counts.change, half, 0.025)
    most = sums.step * (sums.change // counts.change)
    found = []
    for label, one, rows in zip(sums.labels, total.tolist(), number.tolist(), strict=True):
        if rows <= off:
            found.append(Value(label=label, value=None))
            continue
        few, many = max(rows - off, 1.0), max(rows + off, 1.0)
        ends = [(one + sign * far) * sums.step / among for sign in (-1, 1) for among in (few, many)]
        value = one * sums.step / max(rows, 1)
        low, high, value = (float(np.clip(end, -most, most)) + sums.middle for end in (min(ends), max(ends), value))
        found.append(Value(label=label, value=value, low=low, high=high))
    return tuple(found)


def _quantiles(one: Statistic, part: Below, epsilon: Fraction) -> tuple[Value, ...]:
    """One choice for each; made ascending, which costs nothing."""
    found = []
    for share in one.at:
        scores, change = part.scores(Fraction(str(share)))
        found.append(float(part.candidates[least_of(scores, change, epsilon / len(one.at))]))
    order = np.argsort(one.at, kind="stable")
    ascending = dict(zip(order.tolist(), sorted(found), strict=True))
    return tuple(Value(label=f"{share:g}", value=ascending[place]) for place, share in enumerate(one.at))
