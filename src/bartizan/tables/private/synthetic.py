"""A table of nobody: drawn from noisy counts of columns and of the pairs of them that go together most.

A third of the epsilon counts each column; a third chooses, one after another, the pairs that join all columns to a tree
and that the counts of single columns explain least; a third counts these pairs. Rows are drawn along the tree. Source:
R. McKenna, G. Miklau, D. Sheldon, Winning the NIST contest: a scalable and general approach to differentially private
synthetic data, 2021 (MST), with pure epsilons and without its graphical model, which a tree does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.budget.amount import amount, exact
from bartizan.budget.ledger import Account, Ledger
from bartizan.core.digest import sha256_of
from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.core.source import refuse_existing
from bartizan.tables.private.buckets import Buckets, buckets_of
from bartizan.tables.private.noise import Integers, least_of, moved, reach
from bartizan.tables.private.people import read_once
from bartizan.tables.private.plan import Column, Plan
from bartizan.tables.reading import BATCH, Table
from bartizan.tables.writing import refuse_place, write_table

Shares: TypeAlias = npt.NDArray[np.float64]
Pair: TypeAlias = tuple[int, int]
_CELLS: Final = 40_000_000
"""Of all pairs of columns together."""


class Synthesised(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn, and what it cost."""

    source: str
    """SHA-256 of the table."""
    plan: str
    output: str
    epsilon: str
    rows: int
    tree: tuple[tuple[str, str], ...]
    """The pairs of columns whose counts were used; what others have to do with each other follows from these."""
    column_noise: float
    """How far the counts of single columns are moved, but for one in twenty."""
    pair_noise: float
    number: int
    """Of the release in the ledger."""
    account: Account
    person: str
    rows_per_person: int


class _Split(msgspec.Struct, frozen=True):
    """What each of them spends: the count of a column, the choice of a pair, the count of a pair."""

    column: Fraction
    choice: Fraction
    pair: Fraction


class _Tables:
    """Exact counts of all columns and pairs. Nothing here is released."""

    def __init__(self, plan: Plan) -> None:
        self.names = tuple(plan.columns)
        self.buckets = tuple(buckets_of(column) for column in plan.columns.values())
        sizes = [len(one) for one in self.buckets]
        self.one = [np.zeros(size, np.int64) for size in sizes]
        cells = sum(sizes[a] * sizes[b] for a, b in combinations(range(len(sizes)), 2))
        if cells > _CELLS:
            finding = f"the pairs of columns have {cells:,} combinations; {_CELLS:,} are the most"
            raise InputError([plan.document.problem(("columns",), finding, "declare fewer values, ranges or columns")])
        self.two: dict[Pair, Integers] = {
            (a, b): np.zeros((sizes[a], sizes[b]), np.int64) for a, b in combinations(range(len(sizes)), 2)
        }

    def take(self, batch: Any) -> None:
        places = [bucket.places(batch[name]) for name, bucket in zip(self.names, self.buckets, strict=True)]
        for column, at in enumerate(places):
            self.one[column] += np.bincount(at, minlength=len(self.one[column]))
        for (a, b), table in self.two.items():
            both = places[a] * table.shape[1] + places[b]
            self.two[a, b] = table + np.bincount(both, minlength=table.size).reshape(table.shape)


def synthesise(
    table: Table, plan: Plan, ledger: Ledger, out: Path, *, by: str, at: str, step: Callable[[str], None]
) -> Synthesised:
    """Read the table, write what this spends into the ledger, then draw the noise and the synthetic table.

    Raises InputError for columns that are not there, PrivacySpent where not all of it is left: then nothing is drawn.
    """
    assert plan.synthetic is not None
    refuse_existing(out)
    refuse_place(out)
    epsilon = amount(plan.synthetic.epsilon)
    ledger.refuse_more(epsilon, what="this plan")
    counts = _Tables(plan)
    digests = read_once(table, plan, counts.take, step)
    what = f"a synthetic table of {', '.join(plan.columns)}"
    spent = ledger.spend(exact(epsilon), kind="synthetic", what=what, by=by, at=at, digests=digests)
    step("drawing")
    split = _split(epsilon, len(counts.names))
    model = _Model(counts, plan.rows, split)
    rows = plan.synthetic.rows or model.rows
    columns = tuple(plan.columns.values())
    write_table(_batches(model, counts, columns, rows), _schema(plan), out)
    return Synthesised(
        source=digests["data"],
        plan=digests["plan"],
        output=sha256_of(out),
        epsilon=spent.epsilon,
        rows=rows,
        tree=tuple((counts.names[a], counts.names[b]) for a, b in model.tree),
        column_noise=reach(plan.rows, split.column),
        pair_noise=reach(plan.rows, split.pair) if split.pair else 0.0,
        number=spent.number,
        account=ledger.account(),
        person=plan.person,
        rows_per_person=plan.rows,
    )


def _split(epsilon: Fraction, columns: int) -> _Split:
    pairs = columns - 1
    if not pairs:
        return _Split(epsilon, Fraction(), Fraction())
    if pairs == 1:  # there is nothing to choose
        return _Split(epsilon / 3 / columns, Fraction(), epsilon * 2 / 3)
    return _Split(epsilon / 3 / columns, epsilon / 3 / pairs, epsilon / 3 / pairs)


class _Model:
    """Noisy counts, made into shares. Everything in it may be told."""

    def __init__(self, counts: _Tables, change: int, split: _Split) -> None:
        noisy = [moved(one, change, split.column) for one in counts.one]
        self.rows = max(round(float(np.median([one.sum() for one in noisy]))), 0)
        self.one = [_shares(one.astype(np.float64)) for one in noisy]
        self.tree = self._chosen(counts, change, split.choice)
        self.two = {pair: _shares(moved(counts.two[pair], change, split.pair).astype(np.float64)) for pair in self.tree}

    def _chosen(self, counts: _Tables, change: int, epsilon: Fraction) -> tuple[Pair, ...]:
        """A tree over all columns, of pairs that single columns explain least."""
        if len(self.one) < 3:
            return tuple(counts.two)
        scores = {}
        for (a, b), table in counts.two.items():
            expected = np.rint(np.outer(self.one[a], self.one[b]) * self.rows).astype(np.int64)
            scores[a, b] = -int(np.abs(table - expected).sum())  # an integer, so that one person changes it by `change`
        part = list(range(len(self.one)))
        tree: list[Pair] = []
        while len(tree) < len(self.one) - 1:
            open_ = [pair for pair in scores if part[pair[0]] != part[pair[1]]]
            chosen = open_[least_of(np.array([scores[pair] for pair in open_], np.int64), change, epsilon)]
            tree.append(chosen)
            old, new = part[chosen[0]], part[chosen[1]]
            part = [new if one == old else one for one in part]
        return tuple(tree)

    def drawn(self, rows: int, rng: np.random.Generator) -> list[Integers]:
        """Classes of so many rows, a column each."""
        found: list[Integers | None] = [None] * len(self.one)
        found[0] = _allotted(self.one[0], rows, rng)
        waiting = [0]
        while waiting:
            parent = waiting.pop()
            for a, b in self.tree:
                child = b if a == parent else a
                if parent not in (a, b) or found[child] is not None:
                    continue
                table = self.two[a, b] if a == parent else self.two[a, b].T
                held = found[parent]
                assert held is not None
                found[child] = self._below(held, table, child, rng)
                waiting.append(child)
        return [one for one in found if one is not None]

    def _below(self, parent: Integers, table: Shares, child: int, rng: np.random.Generator) -> Integers:
        made = np.zeros(len(parent), np.int64)
        for value in np.unique(parent).tolist():
            rows = np.flatnonzero(parent == value)
            weights = table[value] if table[value].sum() > 0 else self.one[child]
            made[rows] = _allotted(weights / weights.sum(), len(rows), rng)
        return made


def _shares(counts: Shares) -> Shares:
    """The nearest shares to noisy counts: none below 0, together 1 (projection on the simplex, Duchi et al. 2008)."""
    flat = counts.ravel() / max(float(counts.sum()), 1.0)
    falling = np.sort(flat)[::-1]
    above = np.cumsum(falling) - 1
    last = np.flatnonzero(falling - above / np.arange(1, len(flat) + 1) > 0)[-1]
    return np.asarray(np.maximum(flat - above[last] / (last + 1), 0).reshape(counts.shape))


def _allotted(shares: Shares, rows: int, rng: np.random.Generator) -> Integers:
    """Classes of so many rows in a random order, as near to the shares as whole numbers are."""
    expected = shares / shares.sum() * rows
    counts = np.floor(expected).astype(np.int64)
    short = rows - int(counts.sum())
    if short > 0:
        left = expected - counts
        weights = left / left.sum() if left.sum() > 0 else shares / shares.sum()
        counts += rng.multinomial(short, weights)
    return rng.permutation(np.repeat(np.arange(len(shares)), counts))


def _schema(plan: Plan) -> dict[str, Any]:
    polars = need("polars")
    return {name: _type(polars, column) for name, column in plan.columns.items()}


def _type(polars: Any, column: Column) -> Any:
    if not column.is_number:
        return polars.String
    return polars.Int64 if column.whole else polars.Float64


def _batches(model: _Model, counts: _Tables, columns: tuple[Column, ...], rows: int) -> Iterator[Any]:
    """Batches of rows, drawn together so that shares are kept over all of them."""
    polars = need("polars")
    rng = np.random.default_rng()
    places = model.drawn(rows, rng)
    for start in range(0, rows, BATCH):
        yield polars.DataFrame(
            {
                name: _cells(bucket, column, at[start : start + BATCH], rng)
                for name, bucket, column, at in zip(counts.names, counts.buckets, columns, places, strict=True)
            },
            schema={name: _type(polars, column) for name, column in zip(counts.names, columns, strict=True)},
        )


def _cells(bucket: Buckets, column: Column, places: Integers, rng: np.random.Generator) -> Any:
    polars = need("polars")
    gone = polars.Series(places == len(bucket) - 1)
    if bucket.edges is None:
        labels = polars.Series([*bucket.labels[:-1], None], dtype=polars.String)
        return labels.gather(places)
    at = np.minimum(places, len(bucket.edges) - 2)
    low, high = bucket.edges[at], bucket.edges[at + 1]
    values = low + rng.random(len(at)) * (high - low)
    if column.whole:
        last = at == len(bucket.edges) - 2
        top = np.maximum(np.where(last, np.floor(high), np.ceil(high) - 1), np.ceil(low))
        whole = np.ceil(low) + np.floor(rng.random(len(at)) * (top - np.ceil(low) + 1))
        return polars.Series(whole.astype(np.int64)).set(gone, None)
    digits = max(0, 3 - int(np.floor(np.log10(float((bucket.edges[1:] - bucket.edges[:-1]).min())))))
    return polars.Series(np.round(values, digits)).set(gone, None)
