"""A table made anonymous: classes found, rows left out within the limit, values replaced by what their class shares."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.errors import InputError, Problem
from bartizan.core.extras import need
from bartizan.tables.protect.acting import Acting
from bartizan.tables.protect.coding import Coded, coded
from bartizan.tables.protect.mondrian import Line, Sensitive, Wanted, bounds, partition
from bartizan.tables.protect.plan import Anonymise

_Numbers: TypeAlias = npt.NDArray[np.int64]
_ROUNDS: Final = 50
"""How often leaving out rows may change what the rest is compared with."""


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """A table cut into classes."""

    columns: tuple[Coded, ...]
    classes: _Numbers
    """Of each row, from 0; -1: left out."""
    low: npt.NDArray[np.int32]
    """The lowest code of each class and column, shape (classes, columns)."""
    high: npt.NDArray[np.int32]
    wanted: Wanted

    @property
    def suppressed(self) -> int:
        """Rows that are left out."""
        return int((self.classes < 0).sum())


def grouped(acting: Acting) -> Grouped:
    """Classes that are as the plan wants them. Raises InputError where that cannot be, with by how much and why."""
    how = acting.plan.anonymise
    assert how is not None
    columns, sensitive, kinds = coded(acting, how)
    distance = how.distance or ("ordered" if kinds == ("number",) else "equal")
    wanted = Wanted(k=how.k, l=how.l, diversity=how.diversity, t=how.t, distance=distance)
    rows = len(columns[0].codes)
    if rows < how.k:
        _refuse(
            acting, "k", f"k = {how.k} cannot be reached: the table has {rows} rows", f"{how.k - rows} more are needed"
        )
    if sensitive is not None:
        _refuse_few_values(acting, sensitive, how)
    groups, fits = _kept(acting, columns, sensitive, wanted)
    lines = tuple(
        Line(codes=one.codes, positions=one.positions, tree=one.tree, exact=one.name in how.exact) for one in columns
    )
    classes = partition(lines, groups, wanted, None if fits is None else fits.fits, how.cuts)
    low, high = _bounds(columns, classes)
    return Grouped(columns=columns, classes=classes, low=low, high=high, wanted=wanted)


def _refuse_few_values(acting: Acting, sensitive: npt.NDArray[np.int32], how: Anonymise) -> None:
    """No class is more diverse than the whole table can make it."""
    counts = np.unique(sensitive, return_counts=True)[1]
    share = counts / counts.sum()
    most = float(len(counts)) if how.diversity == "distinct" else math.exp(-float((share * np.log(share)).sum()))
    if most * (1 + 1e-9) < how.l:
        word = "different values" if how.diversity == "distinct" else "effective values by entropy"
        finding = f"l = {how.l:g} cannot be reached: all of column '{how.sensitive}' has {most:.4g} {word}"
        _refuse(acting, "l", finding, f"{how.l - most:.4g} are lacking; ask for less, or protect another column")


def _kept(
    acting: Acting, columns: tuple[Coded, ...], sensitive: npt.NDArray[np.int32] | None, wanted: Wanted
) -> tuple[_Numbers, Sensitive | None]:
    """Classes to begin with: rows that are alike in what must stay exact; -1 for rows that are left out.

    Leaving out rows changes what the classes are compared with, so it goes on until all that remain are as wanted.
    """
    how = acting.plan.anonymise
    assert how is not None
    groups = _alike([one.codes for one in columns if one.name in how.exact], len(columns[0].codes))
    first = groups
    while True:
        rows = np.flatnonzero(groups >= 0)
        fits = Sensitive(sensitive, rows, wanted) if sensitive is not None and wanted.of_values else None
        numbers, inverse = np.unique(groups[rows], return_inverse=True)
        sizes = np.bincount(inverse)
        bad = sizes < wanted.k
        if fits is not None and len(rows):
            order = np.argsort(inverse, kind="stable")
            bad |= ~fits.fits(rows[order], inverse[order])
        if not bad.any() and len(rows):
            return groups, fits
        groups = np.where(np.isin(groups, numbers[bad]), -1, groups)
        lost = int((groups < 0).sum())
        if lost > how.suppress * len(groups) or lost == len(groups):
            _refuse_lost(acting, first, lost)


def _alike(codes: list[npt.NDArray[np.int32]], rows: int) -> _Numbers:
    found = np.zeros(rows, np.int64)
    for one in codes:
        found = np.unique(found * (int(one.max(initial=0)) + 1) + one, return_inverse=True)[1]
    return found


def _refuse_lost(acting: Acting, groups: _Numbers, lost: int) -> None:
    how = acting.plan.anonymise
    assert how is not None
    sizes = np.sort(np.bincount(groups))
    may = how.suppress * len(groups)
    reachable = int(sizes[np.searchsorted(np.cumsum(sizes), may, side="right").clip(max=len(sizes) - 1)])
    what = f"k = {how.k}" + (f", l = {how.l:g}" if how.l > 1 else "") + (f", t = {how.t:g}" if how.t else "")
    few = sizes[sizes < how.k]
    why = f"{int(few.sum()):,} rows stand in {len(few):,} combinations of fewer than {how.k}"
    if not len(few):
        why = "each combination has enough rows, and some have too few or too different sensitive values"
    finding = (
        f"{what} cannot be reached: {lost:,} of {len(groups):,} rows ({lost / len(groups):.2%}) would have to be left "
        f"out, and {how.suppress:.2%} may be; among what must stay exact ({', '.join(how.exact)}) {why}"
    )
    limit = f"the largest k within that limit is {reachable}; " if len(few) and reachable > 1 else ""
    _refuse(
        acting, "exact" if how.exact else "k", finding, f"{limit}let values become coarser, or more rows be left out"
    )


def _refuse(acting: Acting, key: str, finding: str, fix: str) -> None:
    raise InputError([_problem(acting, key, finding, fix)])


def _problem(acting: Acting, key: str, finding: str, fix: str) -> Problem:
    return acting.plan.document.problem(("anonymise", key), finding, fix)


def _bounds(columns: tuple[Coded, ...], classes: _Numbers) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    order = np.argsort(classes, kind="stable")
    order = order[np.searchsorted(classes[order], 0) :]
    number = classes[order]
    starts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]][: len(order)])
    found = [bounds(one.codes[order], starts) for one in columns]
    return np.column_stack([low for low, _ in found]), np.column_stack([high for _, high in found])


class Labels:
    """What stands for each class, in each column."""

    def __init__(self, made: Grouped) -> None:
        self._classes = made.classes
        self.texts: dict[str, list[str | None]] = {}
        """By column: the different texts."""
        self.places: dict[str, _Numbers] = {}
        """By column: the text of each class."""
        for place, one in enumerate(made.columns):
            both = made.low[:, place].astype(np.int64) * (len(one.texts) + 1) + made.high[:, place]
            pairs, inverse = np.unique(both, return_inverse=True)
            low, high = np.divmod(pairs, len(one.texts) + 1)
            self.texts[one.name] = list(map(one.label, low.tolist(), high.tolist()))
            self.places[one.name] = inverse

    def replaced(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Batches of the table, in order, without the rows that are left out and with texts of the classes."""
        polars = need("polars")
        start = 0
        for batch in batches:
            classes = self._classes[start : start + batch.height]
            start += batch.height
            part = batch.filter(polars.Series(classes >= 0))
            kept = classes[classes >= 0]
            yield part.with_columns(self._column(name, kept) for name in self.texts)

    def _column(self, name: str, classes: _Numbers) -> Any:
        polars = need("polars")
        texts = polars.Series(name, self.texts[name], dtype=polars.String)
        return texts.gather(self.places[name][classes])
