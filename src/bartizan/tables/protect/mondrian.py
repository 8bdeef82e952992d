"""Cutting a table into classes of rows that are near each other: Mondrian.

Source: K. LeFevre, D. DeWitt, R. Ramakrishnan, Mondrian multidimensional k-anonymity, ICDE 2006, strict and relaxed.
All classes of one depth are cut together, so that a million rows take some hundred passes over arrays and no loop over
classes. l-diversity and t-closeness are asked of both sides of every cut, as in N. Li et al., ICDE 2007, section 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.tables.protect.spread import Distance, spread
from bartizan.tables.protect.trees import Tree

_Numbers: TypeAlias = npt.NDArray[np.int64]
_Flags: TypeAlias = npt.NDArray[np.bool_]
_FAR: Final = np.iinfo(np.int64).max


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What every class must be."""

    k: int
    l: float = 1.0  # noqa: E741 - the name of the measure
    diversity: Literal["distinct", "entropy"] = "distinct"
    t: float | None = None
    distance: Distance = "equal"

    @property
    def of_values(self) -> bool:
        """Whether anything is asked of the sensitive values."""
        return self.l > 1 or self.t is not None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A column as Mondrian sees it."""

    codes: npt.NDArray[np.int32]
    positions: npt.NDArray[np.float64]
    """Of each code, on a line from 0 to 1."""
    tree: Tree | None = None
    """Of codes from 1 on, where cuts between branches come first."""
    exact: bool = False


class Sensitive:
    """The sensitive column, and whether a class has enough of its values."""

    def __init__(self, codes: npt.NDArray[np.int32], rows: _Numbers, wanted: Wanted) -> None:
        different, self._codes = np.unique(codes, return_inverse=True)
        self.values = len(different)
        self._wanted = wanted
        self._whole = np.bincount(self._codes[rows], minlength=self.values) / max(len(rows), 1)

    def fits(self, rows: _Numbers, number: _Numbers) -> _Flags:
        """By class: whether its rows are diverse and near enough. Each class from 0 to the highest has rows."""
        keys = number * self.values + self._codes[rows]
        if int(keys[-1] if len(keys) else 0) < 4 * len(keys):  # as fast as counting gets, where numbers are few
            counts = np.bincount(keys)
            found = np.flatnonzero(counts)
            count = counts[found]
        else:
            found, count = np.unique(keys, return_counts=True)
        by = spread(found // self.values, found % self.values, count, self._whole, self._wanted.distance)
        diverse = by.entropy * (1 + 1e-9) if self._wanted.diversity == "entropy" else by.distinct
        near = by.apart <= (1.0 if self._wanted.t is None else self._wanted.t) + 1e-9
        return np.asarray((diverse >= self._wanted.l) & near)


_Fits: TypeAlias = Callable[[_Numbers, _Numbers], _Flags]


class _Segments(msgspec.Struct, frozen=True, kw_only=True):
    """Classes that may still be cut: their rows one class after the other, and where each begins."""

    rows: _Numbers
    starts: _Numbers

    @property
    def sizes(self) -> _Numbers:
        return np.diff(self.starts, append=len(self.rows))

    @property
    def number(self) -> _Numbers:
        """Of the class of each row."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    def take(self, chosen: _Flags) -> _Segments:
        sizes = self.sizes[chosen]
        rows = self.rows[np.repeat(chosen, self.sizes)]
        return _Segments(rows=rows, starts=(np.cumsum(sizes) - sizes))


def partition(
    lines: tuple[Line, ...], groups: _Numbers, wanted: Wanted, fits: _Fits | None, cuts: Literal["strict", "relaxed"]
) -> _Numbers:
    """The class of each row, shape (rows,), numbered from 0; -1 for rows in group -1, which stay out.

    `groups` are classes to begin with, all of which are as wanted; no class has rows of two. Deterministic.
    """
    rows = np.argsort(groups, kind="stable")
    rows = rows[np.searchsorted(groups[rows], 0) :]
    number = groups[rows]
    segments = _Segments(rows=rows, starts=np.flatnonzero(np.r_[True, number[1:] != number[:-1]][: len(rows)]))
    codes = np.column_stack([line.codes for line in lines])
    classes = np.full(len(groups), -1, np.int64)
    count = 0
    while len(segments.starts):
        done, segments = _cut_all(lines, codes, segments, wanted, fits, cuts)
        for part in done:
            classes[part.rows] = part.number + count
            count += len(part.starts)
    return classes


def _cut_all(
    lines: tuple[Line, ...],
    codes: npt.NDArray[np.int32],
    segments: _Segments,
    wanted: Wanted,
    fits: _Fits | None,
    cuts: str,
) -> tuple[list[_Segments], _Segments]:
    """Cut each class once: those that cannot be, and the halves of the others."""
    widths = _widths(lines, codes, segments)
    order = np.argsort(-widths, axis=1, kind="stable")
    can = (segments.sizes >= 2 * wanted.k) & (widths.max(axis=1) > 0)
    done = [segments.take(~can)]
    left, widths, order = segments.take(can), widths[can], order[can]
    halves = []
    for attempt in range(len(lines)):
        if not len(left.starts):
            break
        column = order[:, attempt]
        wide = np.take_along_axis(widths, column[:, None], axis=1)[:, 0] > 0
        if not wide.all():
            done.append(left.take(~wide))
            left, widths, order, column = left.take(wide), widths[wide], order[wide], column[wide]
            if not len(left.starts):
                break
        cut, left_ = _cut(lines, codes, left, column, wanted, fits, cuts)
        halves.append(cut)
        left, widths, order = left.take(left_), widths[left_], order[left_]
    done.append(left)
    return done, _joined(halves)


def _joined(parts: list[_Segments]) -> _Segments:
    rows = np.concatenate([part.rows for part in parts]) if parts else np.zeros(0, np.int64)
    offsets = np.cumsum([0, *(len(part.rows) for part in parts)])
    starts = [part.starts + offset for part, offset in zip(parts, offsets, strict=False)]
    return _Segments(rows=rows, starts=np.concatenate(starts) if starts else np.zeros(0, np.int64))


def _widths(lines: tuple[Line, ...], codes: npt.NDArray[np.int32], segments: _Segments) -> npt.NDArray[np.float64]:
    """How far each class reaches in each column, as a share of the whole, shape (classes, columns)."""
    found = np.zeros((len(segments.starts), len(lines)))
    for place, line in enumerate(lines):
        if not line.exact:
            low, high = bounds(codes[:, place][segments.rows], segments.starts)
            found[:, place] = line.positions[high] - line.positions[low]
    return found


def bounds(codes: Any, starts: _Numbers) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The lowest and highest code of runs that begin at these places."""
    if not len(starts):
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    return np.minimum.reduceat(codes, starts), np.maximum.reduceat(codes, starts)


def _cut(
    lines: tuple[Line, ...],
    codes: npt.NDArray[np.int32],
    segments: _Segments,
    column: _Numbers,
    wanted: Wanted,
    fits: _Fits | None,
    cuts: str,
) -> tuple[_Segments, _Flags]:
    """The halves of the classes that can be cut in their column, and which cannot be."""
    number = segments.number
    values = codes[segments.rows, column[number]].astype(np.int64)
    order = np.argsort(number * (int(values.max()) + 1) + values, kind="stable")
    rows, values = segments.rows[order], values[order]
    score = _scores(lines, values, segments, column, number, wanted, cuts)
    best = np.minimum.reduceat(score, segments.starts)
    able = best < _FAR
    hit = np.flatnonzero(score == best[number])
    at = np.full(len(segments.starts), -1)
    at[number[hit[::-1]]] = hit[::-1]  # the first of equals
    ordered = _Segments(rows=rows, starts=segments.starts)
    if fits is not None and able.any():
        able[able] = _both_fit(ordered.take(able), (at - segments.starts)[able], fits)
    return _halves(ordered.take(able), (at - segments.starts)[able]), ~able


def _scores(
    lines: tuple[Line, ...],
    values: _Numbers,
    segments: _Segments,
    column: _Numbers,
    number: _Numbers,
    wanted: Wanted,
    cuts: str,
) -> _Numbers:
    """How bad a cut before each row would be: far from the middle, or between near branches; _FAR: it cannot be."""
    at = np.arange(len(values)) - segments.starts[number]
    size = segments.sizes[number]
    score = np.abs(2 * at - size)
    allowed = (at >= wanted.k) & (size - at >= wanted.k)
    changed = np.r_[False, values[1:] != values[:-1]] & (at > 0)
    if cuts == "strict":
        allowed &= changed
    for place, line in enumerate(lines):
        if line.tree is None:
            continue
        here = np.flatnonzero((column[number] == place) & allowed & changed & (values > 1))
        here = here[values[here - 1] >= 1]  # between missing and the rest no branch is cut
        score[here] += line.tree.depth(values[here - 1] - 1, values[here] - 1) * (4 * len(values))
    return np.where(allowed, score, _FAR)


def _halves(segments: _Segments, at: _Numbers) -> _Segments:
    starts = np.empty(2 * len(at), np.int64)
    starts[0::2] = segments.starts
    starts[1::2] = segments.starts + at
    return _Segments(rows=segments.rows, starts=starts)


def _both_fit(segments: _Segments, at: _Numbers, fits: _Fits) -> _Flags:
    halves = _halves(segments, at)
    found = fits(halves.rows, halves.number)
    return np.asarray(found[0::2] & found[1::2])
