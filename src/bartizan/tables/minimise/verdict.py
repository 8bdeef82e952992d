"""What is said of a column, of the rows, and of all together."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from bartizan.tables.minimise.scoring import Interval, Measure
from bartizan.tables.protect.plan import Drop, Generalise, Keep

Verdict: TypeAlias = Literal["drop", "coarsen", "keep", "decide", "not judged"]
"""``decide``: a person must look. ``not judged``: the column was not tried, and `why` says for what reason."""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tried, and what it cost on the rows to choose by."""

    what: str
    loss: Interval
    """Of score, against a model of all columns; what was dropped or made coarser before is included."""
    within: bool
    """Whether the upper end is below the tolerance, by so much that other rows will likely confirm it."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a column."""

    column: str
    kind: str
    distinct: int
    verdict: Verdict
    why: str
    """In a line, with the numbers."""
    hint: str = ""
    """What speaks for doing without it: it names people, or its name or values tell of them."""
    importance: float | None = None
    """How much score a model of all columns loses when the column is shuffled; the order of trying, no more."""
    action: Keep | Drop | Generalise = Keep()
    loss: Interval | None = None
    """Of the step that decided; none: it needed no trial, or was not judged."""
    without: Interval | None = None
    """Of leaving it out, for a column that stays."""
    is_needed: bool = False
    """Whether the loss without it is surely above the tolerance. Else it stays because it was not shown needless."""
    tried: tuple[Tried, ...] = ()
    told: str = ""
    """What else should be known, as that other columns tell the same."""


class Enough(msgspec.Struct, frozen=True, kw_only=True):
    """How good a model is that learns from fewer rows."""

    rows: int
    loss: Interval
    """Of score, against all rows to learn from."""
    within: bool


class Minimised(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    path: Path
    digest: str
    """SHA-256 of the table."""
    total: int
    looked: int
    """Rows that were drawn, or all."""
    used: tuple[int, int, int]
    """Rows to learn from, to choose by, and to judge by."""
    folds: int
    """More than 1: rows to learn from and to choose by change places, so that each is chosen by once."""
    seed: int
    label: str
    task: str
    measure: Measure | None = None
    tolerance: float
    refused: str = ""
    """Why nothing can be said; empty: it was assessed."""
    floor: float | None = None
    """The score of a constant guess."""
    before: Interval | None = None
    """The score with all columns, on the rows to judge by."""
    after: Interval | None = None
    """The score with what is recommended."""
    loss: Interval | None = None
    """Between the two, measured once; none: there was nothing to recommend, or nothing was assessed."""
    confirmed: bool = False
    """Whether that loss is within the tolerance. Where it is not, nothing is recommended."""
    columns: tuple[Judged, ...] = ()
    rows: tuple[Enough, ...] = ()
    """From few to many."""
    told: tuple[str, ...] = ()
    """What was odd in reading it, put aside, or drawn."""

    @property
    def is_assessed(self) -> bool:
        """Whether anything can be said."""
        return not self.refused

    @property
    def changes(self) -> tuple[Judged, ...]:
        """The columns that are to be dropped or made coarser."""
        return tuple(one for one in self.columns if one.verdict in ("drop", "coarsen"))

    @property
    def is_settled(self) -> bool:
        """Whether it was assessed and nobody has to do anything: no change, none that failed, nothing to decide."""
        undecided = any(one.verdict == "decide" for one in self.columns)
        return self.is_assessed and not self.changes and self.loss is None and not undecided

    @property
    def is_minimal(self) -> bool | None:
        """Whether the table holds no more than the task needs; None where that is not shown.

        True only where every column is surely needed, and every way to make one coarser that was tried would have been
        found harmless had it been (the upper end is less than the tolerance above the loss itself).
        """
        if self.refused:
            return None
        if self.changes:
            return False
        if self.loss is not None or any(one.kind == "nested" for one in self.columns):
            return None
        judged = [one for one in self.columns if one.verdict != "not judged"]
        sharp = all(tried.loss.high - tried.loss.value < self.tolerance for one in judged for tried in one.tried)
        return True if sharp and judged and all(one.is_needed for one in judged) else None
