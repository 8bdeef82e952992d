"""Leaks, then dropping, then coarsening: each step against a model of all columns, on the rows to choose by."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np

from bartizan.core.extras import need
from bartizan.tables.minimise.bench import Bench, Views, loss
from bartizan.tables.minimise.coarser import Step, steps
from bartizan.tables.minimise.columns import Column
from bartizan.tables.minimise.scoring import Interval, Measure, Score
from bartizan.tables.minimise.seeing import Seen
from bartizan.tables.minimise.verdict import Tried

PERFECT: Final[dict[Measure, float]] = {"auc": 0.99, "log-loss": 0.94, "r2": 0.97}
"""From these scores on a column that reaches one alone may be the label by another name. Where a column is the label,
with nothing else, the models here reach .999, .946 and .977 from 1,500 rows."""
_SAME_ORDER: Final = 0.995
_ALONE: Final = 12
_ALL: Final = 4
_BLOCKS: Final = 40
_LIKELY: Final = (1.96 + 1.28) / 1.96
"""Half an interval this much wider, and the rows to judge by will confirm it nine times in ten."""

Progress = Callable[[str], None]


def leaks(bench: Bench, views: Views, trusted: frozenset[str], progress: Progress) -> dict[str, str]:
    """Columns that tell the label alone, with how that shows. They are tried only while all together tell it."""
    found = _same_order(bench, views, trusted) if bench.measure == "r2" else {}
    left = {name: seen for name, seen in views.items() if name not in found}
    perfect = PERFECT[bench.measure]
    while left and bench.once(left) >= perfect:
        ranked = bench.importances(left)
        order = sorted((name for name in left if name not in trusted), key=lambda name: (-ranked[name], name))
        progress("looking for columns that tell the label alone")
        alone = {name: bench.once({name: left[name]}) for name in order[:_ALONE]}
        telling = {name: f"alone it reaches {score:.4f}" for name, score in alone.items() if score >= perfect}
        if not telling:
            break
        found |= telling
        left = {name: seen for name, seen in left.items() if name not in telling}
    return found


def _same_order(bench: Bench, views: Views, trusted: frozenset[str]) -> dict[str, str]:
    """Columns that put rows in the order of a label that is a number, whatever the form: Spearman from .995."""
    rows, found = bench.split.develop, {}
    y = bench.labels[rows]
    for name, one in views.items():
        values = one.values[rows, 0]
        some = np.isfinite(values)
        if name in trusted or one.categorical or some.sum() < 100 or np.ptp(values[some]) == 0 or np.ptp(y[some]) == 0:
            continue
        rank = float(need("scipy.stats").spearmanr(values[some], y[some]).statistic)
        if abs(rank) >= _SAME_ORDER:
            found[name] = f"it puts rows in the label's order (rank correlation {rank:+.4f})"
    return found


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows to choose by speak for."""

    views: dict[str, Seen]
    """What stays, in the form in which it stays."""
    dropped: dict[str, Tried]
    kept: dict[str, Tried]
    """What it cost to drop it too."""
    coarser: dict[str, Step]
    tried: dict[str, tuple[Tried, ...]]
    """All steps that were tried, by column."""


class Choosing:
    """Columns on their way out."""

    def __init__(self, bench: Bench, views: Views, full: Score, tolerance: float, progress: Progress) -> None:
        self._bench, self._full, self._tolerance, self._progress = bench, full, tolerance, progress
        self._reach = _LIKELY * math.sqrt(bench.chosen_by / max(len(bench.split.test), 1))
        self._views = dict(views)
        self._dropped: dict[str, Tried] = {}
        self._kept: dict[str, Tried] = {}
        self._tried: dict[str, list[Tried]] = {}

    def chosen(self, frame: Any, order: tuple[Column, ...]) -> Chosen:
        """Drop one after another, in this order, then make coarser what stays, in the same order.

        Of more than 40 columns some are tried together, and one by one where they are not needless together.
        """
        size = math.ceil(len(order) / _BLOCKS) or 1
        for start in range(0, len(order), size):
            self._drop([one.name for one in order[start : start + size]])
        coarser = {}
        for one in order:
            if one.name in self._views:
                self._progress(f"making {one.name} coarser")
                step = self._coarsest(one.name, steps(frame[one.name], one))
                if step is not None:
                    coarser[one.name] = step
        tried = {name: tuple(found) for name, found in self._tried.items()}
        return Chosen(views=self._views, dropped=self._dropped, kept=self._kept, coarser=coarser, tried=tried)

    def _drop(self, names: list[str]) -> None:
        self._progress(f"doing without {', '.join(names)}")
        left = {name: seen for name, seen in self._views.items() if name not in names}
        together = f" with {len(names) - 1} other{'s' if len(names) > 2 else ''}" if len(names) > 1 else ""
        tried = self._try(f"left out{together}", left)
        if tried.within:
            self._views = left
            self._dropped.update(dict.fromkeys(names, tried))
        elif len(names) == 1:
            self._kept[names[0]] = tried
        else:
            half = len(names) // 2
            self._drop(names[:half])
            self._drop(names[half:])

    def _coarsest(self, name: str, ways: tuple[Step, ...]) -> Step | None:
        """The coarsest step within the tolerance; of more than four by halving, as if what is coarser cost more."""
        low, high, found = 0, len(ways), None
        while low < high:
            middle = high - 1 if len(ways) <= _ALL else (low + high) // 2
            step = ways[middle]
            tried = self._try(step.what, {**self._views, name: step.seen})
            self._tried.setdefault(name, []).append(tried)
            if tried.within:
                found, low = step, middle + 1
            else:
                high = middle
        if found is not None:
            self._views = {**self._views, name: found.seen}
        return found

    def _try(self, what: str, views: Views) -> Tried:
        lost: Interval = loss(self._full, self._bench.score(views))
        within = lost.high < self._tolerance and lost.value + (lost.high - lost.value) * self._reach < self._tolerance
        return Tried(what=what, loss=lost, within=within)
