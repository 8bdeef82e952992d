"""What is asked of a table of decisions: which columns say what, which groups, which limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.tables.fairness.metrics import METRICS, RATES, MetricId
from bartizan.tables.reading import Table

MINIMUM: Final = 30
"""People of whom a rate is a share; with fewer, nothing is said of it."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question about fairness. Values of columns are compared as texts: 1, 1.0 and true are 1, 1 and true."""

    attributes: tuple[str, ...]
    """Columns that say to which groups people belong."""
    favourable: str
    """The decision, and truth, that is good for a person."""
    decision: str = ""
    """The column of what was decided; empty: score >= threshold."""
    truth: str = ""
    """The column of what would have been right; empty: nobody knows, and only decisions are compared."""
    score: str = ""
    """The column of a probability, of 0 to 1, that the truth is favourable."""
    threshold: float = 0.5
    features: tuple[str, ...] = ()
    """Columns that a model decides by: whether they tell the attributes, and whether people alike fare alike."""
    flipped: Mapping[str, str] = {}
    """Attribute -> the column of what is decided when only that attribute is changed."""
    cuts: Mapping[str, tuple[float, ...]] = {}
    """Attribute of numbers -> where it is cut into groups."""
    together: tuple[tuple[str, ...], ...] = ()
    """Attributes whose groups are also looked at crossed with each other."""
    minimum: int = MINIMUM
    bootstraps: int = 1000
    seed: int = 0
    limits: Mapping[MetricId, float] = {}
    """Measure -> how far groups may lie apart; of a ratio, how near they must be."""

    @property
    def groupings(self) -> tuple[tuple[str, ...], ...]:
        """What makes groups: each attribute for itself, then those that are crossed."""
        return (*((one,) for one in self.attributes), *self.together)


def refuse_impossible(asked: Asked, table: Table) -> None:
    """Raise InputError for all that the table cannot answer."""
    problems = [
        *(Problem(file=str(table.path), finding=finding, fix=fix) for finding, fix in _columns(asked, table)),
        *(Problem(file="question", finding=finding, fix=fix) for finding, fix in _contradictions(asked)),
    ]
    if problems:
        raise InputError(problems)


def _columns(asked: Asked, table: Table) -> Iterator[tuple[str, str]]:
    named = [asked.decision, asked.truth, asked.score, *asked.attributes, *asked.features, *asked.flipped.values()]
    for name in dict.fromkeys(filter(None, named)):
        if name not in table.columns:
            yield f"the table has no column '{name}'", nearest(name, table.columns)


def _contradictions(asked: Asked) -> Iterator[tuple[str, str]]:
    if not asked.attributes:
        yield "no column makes groups", "name one: --attribute COLUMN"
    if not asked.decision and not asked.score:
        yield "no column says what was decided", "name it: --decision COLUMN, or --score COLUMN with a threshold"
    for name in (asked.decision, asked.truth, asked.score):
        if name and name in asked.attributes:
            yield f"'{name}' is both an attribute of people and what is asked of them", "name another column"
    mentioned = {*asked.cuts, *asked.flipped, *(name for names in asked.together for name in names)}
    for name in sorted(mentioned - set(asked.attributes)):
        yield f"'{name}' is no attribute that is asked for", f"--attribute {name}"
    for name in asked.features:
        if name in (asked.decision, asked.truth):
            yield f"'{name}' is what was decided or right, and no feature that it is decided by", "leave it out"
    for names in asked.together:
        if len(set(names)) < 2:
            yield "one attribute cannot be crossed with itself", "name two or more"
    for name, cuts in asked.cuts.items():
        if not cuts or list(cuts) != sorted(set(cuts)) or not all(map(math.isfinite, cuts)):
            yield f"'{name}' cannot be cut there", "give numbers in ascending order, each once"
    yield from _limits(asked)


def _limits(asked: Asked) -> Iterator[tuple[str, str]]:
    for id, limit in asked.limits.items():
        metric = METRICS[id]
        if not 0 <= limit <= 1:
            yield f"a limit of {limit:g} for {id} is none", "0 to 1"
        if id == "calibration" and not asked.score:
            yield f"{id} needs a score", "name its column: --score COLUMN"
        if not asked.truth and (id == "calibration" or any(RATES[rate].needs_truth for rate in metric.rates)):
            yield f"{id} needs to know what would have been right", "name its column: --truth COLUMN"
