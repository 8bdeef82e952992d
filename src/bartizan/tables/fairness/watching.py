"""Whether decisions stay as good as they were, over time and by groups: continuous validation.

Each later period is held against the first ones, for everybody and for each group. An alert is raised where the whole
interval of a change lies beyond the margin; all intervals together miss once in twenty (Bonferroni's share of 5 % each,
Newcombe's method 10 for differences of rates). A change of one group alone is told apart: a world that changes seldom
changes for one group only, poisoned data may.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from bartizan.core.difference import unpaired
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.extras import need
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import members_of
from bartizan.tables.fairness.counting import prepared
from bartizan.tables.fairness.metrics import RATES, RateId
from bartizan.tables.reading import Table

Every: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
Outcome: TypeAlias = Literal["within", "beyond", "unknown", "few"]
Watched: TypeAlias = "RateId | Literal['calibration']"
EVERYBODY: Final = "everybody"

_STEPS: Final[dict[Every, str]] = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_PERIODS: Final = 1_000
_SHARE: Final = 0.05
"""How often any of all comparisons may miss."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What is held against what."""

    asked: Asked
    day: str
    """The column with the day of the decision."""
    every: Every = "month"
    reference: int = 3
    """The first periods, which the later ones are held against."""
    margin: float = 0.05
    """How far a rate may move."""


class Tally(msgspec.Struct, frozen=True):
    """People, and of them those that count; for calibration the sum of scores too."""

    of: int
    hits: int
    scores: float = 0.0

    @property
    def rate(self) -> float:
        """The share that counts."""
        return self.hits / self.of if self.of else 0.0

    @property
    def gap(self) -> float:
        """The mean score less the rate."""
        return self.scores / self.of - self.rate if self.of else 0.0


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one rate of one group, from the reference to a period."""

    period: str
    """Its first day."""
    segment: str
    rate: Watched
    before: float
    now: float
    of: int
    """People of whom it is a share, in the period."""
    low: float
    high: float
    """Of now less before."""
    outcome: Outcome
    alone: bool = False
    """Beyond the margin, and everybody else is not."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A table, watched over its periods."""

    rows: int
    left: dict[str, int]
    reference: tuple[str, ...]
    periods: tuple[str, ...]
    """Those that were held against it."""
    moves: tuple[Move, ...]

    @property
    def alerts(self) -> tuple[Move, ...]:
        """Changes that are surely beyond the margin."""
        return tuple(one for one in self.moves if one.outcome == "beyond")

    @property
    def is_looked_at(self) -> bool:
        """Whether in every period enough people were there to see a change of everybody's rates at all."""
        return all(one.outcome != "few" for one in self.moves if one.segment == EVERYBODY)


def watched(table: Table, watch: Watch) -> Course:
    """Count each period and compare. Raises InputError for what the table does not say."""
    polars = need("polars")
    _refuse(table, watch)
    asked = watch.asked
    frame = prepared(table, asked, (watch.day,))
    names = [f"g{i}" for i in range(len(asked.attributes))]
    period = _day(table, watch.day).dt.truncate(_STEPS[watch.every]).cast(polars.String).alias("period")
    score = polars.col("score") if asked.score else polars.lit(0.0)
    found = table.collected(
        frame.with_columns(period, scored=score.fill_null(0.0), known=score.is_not_null())
        .group_by("period", *names, "truth", "decision")
        .agg(polars.len(), polars.col("scored").sum(), polars.col("known").sum())
    )
    rows = int(found["len"].sum())
    left = {
        reason: int(found.filter(missing)["len"].sum())
        for reason, missing in (
            ("nothing was decided", polars.col("decision").is_null()),
            ("the truth is not known", polars.col("truth").is_null()),
            ("it has no day", polars.col("period").is_null()),
        )
    }
    whole = found.drop_nulls(["period", "truth", "decision"])
    periods = tuple(whole["period"].unique().sort().to_list())
    if not watch.reference < len(periods) <= _PERIODS:
        finding = (
            f"its days lie in {len(periods):,} periods of a {watch.every}, {watch.reference} of them the reference"
        )
        fix = f"there must be later ones, and at most {_PERIODS:,} in all: --every, --reference"
        raise InputError([Problem(file=str(table.path), finding=finding, fix=fix)])
    segments = _segments(whole, periods, names, watch)
    moves = tuple(_moves(segments, periods, watch))
    return Course(
        rows=rows,
        left={reason: count for reason, count in left.items() if count},
        reference=periods[: watch.reference],
        periods=periods[watch.reference :],
        moves=moves,
    )


def _refuse(table: Table, watch: Watch) -> None:
    problems = []
    if watch.day not in table.columns:
        fix = nearest(watch.day, table.columns)
        problems.append(Problem(file=str(table.path), finding=f"the table has no column '{watch.day}'", fix=fix))
    if not watch.asked.truth:
        fix = "name its column: --truth COLUMN"
        problems.append(Problem(file=str(table.path), finding="nothing says what would have been right", fix=fix))
    if problems:
        raise InputError(problems)


def _day(table: Table, name: str) -> Any:
    """The day of a row, as an expression over `x0`."""
    polars = need("polars")
    kind = dict(table.frame.collect_schema())[name]
    if kind in (polars.Date, polars.Datetime):
        return polars.col("x0").cast(polars.Date)
    if kind == polars.String:
        return polars.col("x0").str.strip_chars().str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    finding = f"'{name}' holds no days"
    raise InputError([Problem(file=str(table.path), finding=finding, fix="days are dates, or texts as in 2026-11-24")])


class _Segment(msgspec.Struct, frozen=True):
    """People of a group: counts (periods, 4), sums of scores and counts of them (periods, 2 by truth)."""

    name: str
    cells: Any
    scores: Any
    scored: Any


def _segments(whole: Any, periods: tuple[str, ...], names: list[str], watch: Watch) -> list[_Segment]:
    groups = sorted(set(whole.select(names).iter_rows()), key=lambda one: [(v is None, v or "") for v in one])
    at = {values: i for i, values in enumerate(groups)}
    when = {period: i for i, period in enumerate(periods)}
    cells = np.zeros((len(periods), len(groups), 4), dtype=np.int64)
    scores, scored = np.zeros((len(periods), len(groups), 2)), np.zeros((len(periods), len(groups), 2), dtype=np.int64)
    for period, *values, truth, decision, count, score, known in whole.select(
        "period", *names, "truth", "decision", "len", "scored", "known"
    ).iter_rows():
        place = when[period], at[tuple(values)]
        cells[(*place, 2 * truth + decision)] += count
        scores[(*place, int(truth))] += score
        scored[(*place, int(truth))] += known
    made = [_Segment(EVERYBODY, cells.sum(axis=1), scores.sum(axis=1), scored.sum(axis=1))]
    for attributes in watch.asked.groupings:
        wholes, members = members_of(tuple(groups), watch.asked, attributes)
        for name, row in zip(wholes, members.astype(bool), strict=True):
            label = f"{' and '.join(attributes)}: {name}"
            made.append(
                _Segment(label, cells[:, row].sum(axis=1), scores[:, row].sum(axis=1), scored[:, row].sum(axis=1))
            )
    return made


def _moves(segments: list[_Segment], periods: tuple[str, ...], watch: Watch) -> Iterator[Move]:
    rates: list[Watched] = list(RATES)
    if watch.asked.score:
        rates.append("calibration")
    later = range(watch.reference, len(periods))
    confidence = 1 - _SHARE / (len(segments) * len(rates) * len(later))
    everybody = segments[0]
    for segment in segments:
        for rate in rates:
            before = _tally(segment, rate, slice(0, watch.reference))
            for i in later:
                now = _tally(segment, rate, slice(i, i + 1))
                low, high, outcome = _compared(before, now, rate, confidence, watch)
                alone = False
                if outcome == "beyond" and segment is not everybody:
                    others = [
                        _less(_tally(everybody, rate, part), _tally(segment, rate, part))
                        for part in (slice(0, watch.reference), slice(i, i + 1))
                    ]
                    alone = _compared(others[0], others[1], rate, confidence, watch)[2] != "beyond"
                is_gap = rate == "calibration"
                yield Move(
                    period=periods[i],
                    segment=segment.name,
                    rate=rate,
                    before=before.gap if is_gap else before.rate,
                    now=now.gap if is_gap else now.rate,
                    of=now.of,
                    low=low,
                    high=high,
                    outcome=outcome,
                    alone=alone,
                )


def _tally(segment: _Segment, rate: Watched, part: slice) -> Tally:
    if rate == "calibration":
        known = segment.scored[part].sum(axis=0)
        return Tally(of=int(known.sum()), hits=int(known[1]), scores=float(segment.scores[part].sum()))
    cells = segment.cells[part].sum(axis=0)
    one = RATES[rate]
    return Tally(of=int(cells[list(one.of)].sum()), hits=int(cells[list(one.hits)].sum()))


def _less(all_: Tally, some: Tally) -> Tally:
    return Tally(of=all_.of - some.of, hits=all_.hits - some.hits, scores=all_.scores - some.scores)


def _compared(
    before: Tally, now: Tally, rate: Watched, confidence: float, watch: Watch
) -> tuple[float, float, Outcome]:
    if min(before.of, now.of) < watch.asked.minimum:
        return -1.0, 1.0, "few"
    if rate == "calibration":
        reach = NormalDist().inv_cdf(0.5 + confidence / 2) * math.hypot(_error(before), _error(now))
        low, high = now.gap - before.gap - reach, now.gap - before.gap + reach
    else:
        low, high = unpaired((now.hits, now.of), (before.hits, before.of), confidence)
    if -watch.margin <= low and high <= watch.margin:
        return low, high, "within"
    return low, high, "beyond" if low > watch.margin or high < -watch.margin else "unknown"


def _error(one: Tally) -> float:
    """The standard error of a rate with one half hit more, which is at least that of its gap to right scores."""
    rate = (one.hits + 0.5) / (one.of + 1)
    return math.sqrt(rate * (1 - rate) / one.of)
