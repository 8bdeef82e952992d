"""How groups fare: rates, measures with their intervals, and whether a limit is kept. What cannot be said is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

import msgspec
import numpy as np

from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.calibrating import Calibration, calibrated
from bartizan.tables.fairness.counting import Counts, Flips, Values, cut_names
from bartizan.tables.fairness.individual import Closer
from bartizan.tables.fairness.metrics import METRICS, RATES, Metric, MetricId, Rate, RateId
from bartizan.tables.fairness.resampling import Estimate, drawn_tables, floors, interval, pair_errors, pairs, widest

Kept: TypeAlias = Literal["kept", "broken", "unknown"]
NOT_STATED: Final = "(not stated)"
_GROUPS: Final = 100
"""Groups that are compared pair by pair."""


class GroupRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate in a group: a number with its interval, or why there is none."""

    group: str
    hits: int
    of: int
    rate: Estimate | None
    why: str = ""


class RateFound(msgspec.Struct, frozen=True, kw_only=True):
    """A rate in each group."""

    rate: RateId
    groups: tuple[GroupRate, ...]


class MetricFound(msgspec.Struct, frozen=True, kw_only=True):
    """A measure over groups: a number with its interval, or why there is none; and whether its limit is kept."""

    metric: MetricId
    estimate: Estimate | None
    why: str = ""
    compared: int = 0
    """Groups that were compared."""
    lowest: str = ""
    highest: str = ""
    """The groups that lie farthest apart, in the rate where that is most."""
    limit: float | None = None
    kept: Kept | None = None
    """Only where the whole interval lies on one side of the limit is it kept or broken."""


class Grouping(msgspec.Struct, frozen=True, kw_only=True):
    """People by one attribute, or by several crossed."""

    attributes: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]
    """Each group with its people."""
    rates: tuple[RateFound, ...]
    metrics: tuple[MetricFound, ...]
    calibration: Calibration | None = None

    @property
    def name(self) -> str:
        """The attributes, as they are told."""
        return " and ".join(self.attributes)


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    """How groups of a table fare."""

    rows: int
    people: int
    """Rows that were counted."""
    left: dict[str, int]
    groupings: tuple[Grouping, ...]
    flips: tuple[Flips, ...]
    closer: Closer | None = None
    """What features tell, where they are named."""

    @property
    def limits(self) -> tuple[tuple[Grouping, MetricFound], ...]:
        """Every limit in every grouping."""
        return tuple((one, found) for one in self.groupings for found in one.metrics if found.kept is not None)


def assessed(counts: Counts, asked: Asked) -> Fairness:
    """Work out all measures of all groupings, each from the same draws of people."""
    rng = np.random.default_rng(asked.seed)
    named = [members_of(counts.groups, asked, names) for names in asked.groupings]
    tables = drawn_tables(counts.numbers, [members for _, members in named], asked.bootstraps, rng)
    groupings = []
    for names, (groups, members), drawn in zip(asked.groupings, named, tables, strict=True):
        numbers = (members @ counts.numbers).astype(np.int64)
        calibration = None
        if counts.scores is not None:
            calibration = calibrated(counts.scores, groups, members, asked, rng)
        groupings.append(_grouping(names, groups, numbers, drawn, calibration, asked))
    return Fairness(
        rows=counts.rows,
        people=int(counts.numbers.sum()),
        left=counts.left,
        groupings=tuple(groupings),
        flips=counts.flips,
    )


def members_of(groups: tuple[Values, ...], asked: Asked, names: tuple[str, ...]) -> tuple[list[str], Any]:
    """The names of groups by these attributes, and which combinations each has: (names, combinations) of 0 and 1."""
    at = [asked.attributes.index(name) for name in names]
    parts = [tuple(values[i] for i in at) for values in groups]
    ranks = [
        {name: i for i, name in enumerate(cut_names(asked.cuts[name]))} if name in asked.cuts else {} for name in names
    ]

    def order(part: Values) -> list[tuple[bool, int, str]]:
        return [(value is None, rank.get(value or "", 0), value or "") for value, rank in zip(part, ranks, strict=True)]

    wholes = sorted(set(parts), key=order)
    members = np.array([[part == whole for part in parts] for whole in wholes], dtype=float)
    return [", ".join(NOT_STATED if value is None else value for value in whole) for whole in wholes], members


def _grouping(
    names: tuple[str, ...],
    groups: list[str],
    numbers: Any,
    drawn: Any,
    calibration: Calibration | None,
    asked: Asked,
) -> Grouping:
    seen = {
        rate.id: _Seen(rate, groups, numbers, drawn, asked.minimum)
        for rate in RATES.values()
        if asked.truth or not rate.needs_truth
    }
    return Grouping(
        attributes=names,
        groups=tuple((group, int(row.sum())) for group, row in zip(groups, numbers, strict=True)),
        rates=tuple(RateFound(rate=id, groups=tuple(one.told())) for id, one in seen.items()),
        metrics=tuple(_metrics(groups, seen, calibration, asked)),
        calibration=calibration,
    )


class _Seen:
    """One rate in all groups, counted and drawn."""

    def __init__(self, rate: Rate, groups: list[str], numbers: Any, drawn: Any, minimum: int) -> None:
        self.rate = rate
        self._groups = groups
        self.hits = numbers[:, list(rate.hits)].sum(axis=1)
        self.of = numbers[:, list(rate.of)].sum(axis=1)
        hits, of = drawn[:, :, list(rate.hits)].sum(axis=2), drawn[:, :, list(rate.of)].sum(axis=2)
        self.values = self.hits / np.maximum(self.of, 1)
        self.drawn = np.divide(hits, of, out=np.full(hits.shape, np.nan), where=of > 0)
        self.logs = np.log((hits + 0.5) / (of + 1))
        self.enough = self.of >= max(1, minimum)
        self._minimum = minimum

    def told(self) -> Iterator[GroupRate]:
        for i, group in enumerate(self._groups):
            hits, of = int(self.hits[i]), int(self.of[i])
            if not self.enough[i]:
                why = f"{of:,} {self.rate.who}; {self._minimum:,} are needed"
                yield GroupRate(group=group, hits=hits, of=of, rate=None, why=why)
                continue
            low, high = interval(hits, of, self.drawn[:, i])
            yield GroupRate(group=group, hits=hits, of=of, rate=Estimate(value=hits / of, low=low, high=high))


def _metrics(
    groups: list[str], seen: dict[RateId, _Seen], calibration: Calibration | None, asked: Asked
) -> Iterator[MetricFound]:
    for metric in METRICS.values():
        if metric.id == "calibration":
            if calibration is not None:
                found = MetricFound(
                    metric="calibration",
                    estimate=calibration.widest,
                    why=calibration.why,
                    compared=sum(one.gap is not None for one in calibration.groups),
                    highest=calibration.group,
                )
                yield _judged(found, metric, asked)
        elif all(rate in seen for rate in metric.rates):
            yield _judged(_compared(metric, groups, [seen[rate] for rate in metric.rates], asked), metric, asked)


def _compared(metric: Metric, groups: list[str], rates: list[_Seen], asked: Asked) -> MetricFound:
    enough = np.logical_and.reduce([rate.enough for rate in rates])
    count = int(enough.sum())
    if not 2 <= count <= _GROUPS:
        return MetricFound(metric=metric.id, estimate=None, why=_why(count, rates), compared=count)
    parts = [_ratio(rate, enough) if metric.is_ratio else _difference(rate, enough) for rate in rates]
    values, drawn, least = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    estimate = widest(values, drawn, least)
    names = [group for group, one in zip(groups, enough, strict=True) if one]
    far = max(rates, key=lambda rate: float(np.ptp(rate.values[enough])))
    order = np.argsort(far.values[enough], kind="stable")
    if metric.is_ratio:
        estimate = _as_ratio(estimate, rates[0].values[enough])
    else:
        estimate = msgspec.structs.replace(estimate, high=min(1.0, estimate.high))
    return MetricFound(
        metric=metric.id, estimate=estimate, compared=count, lowest=names[order[0]], highest=names[order[-1]]
    )


def _difference(rate: _Seen, enough: Any) -> tuple[Any, Any, Any]:
    least = pair_errors(floors(rate.hits[enough], rate.of[enough]))
    return pairs(rate.values[enough]), pairs(rate.drawn[:, enough]), least


def _ratio(rate: _Seen, enough: Any) -> tuple[Any, Any, Any]:
    """As differences of logarithms, of rates with one half hit more so that none is of zero."""
    hits, of = rate.hits[enough], rate.of[enough]
    logs = np.log((hits + 0.5) / (of + 1))
    least = pair_errors(floors(hits, of) / ((hits + 0.5) / (of + 1)))
    return pairs(logs), pairs(rate.logs[:, enough]), least


def _as_ratio(logs: Estimate, values: Any) -> Estimate:
    highest = float(values.max())
    value = float(values.min()) / highest if highest else 1.0
    low, high = float(np.exp(-logs.high)), float(np.exp(-logs.low))
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def _why(count: int, rates: list[_Seen]) -> str:
    if count > _GROUPS:
        return f"{count:,} groups are too many to compare; {_GROUPS} are the most"
    who = " and ".join(rate.rate.who for rate in rates)
    if not count:
        return f"no group has enough {who}"
    return f"only one group has enough {who}: there is nothing to compare"


def _judged(found: MetricFound, metric: Metric, asked: Asked) -> MetricFound:
    limit = asked.limits.get(metric.id)
    if limit is None:
        return found
    kept: Kept = "unknown"
    if found.estimate is not None:
        low, high = found.estimate.low, found.estimate.high
        if metric.is_ratio:
            kept = "kept" if low >= limit else "broken" if high < limit else "unknown"
        else:
            kept = "kept" if high <= limit else "broken" if low > limit else "unknown"
    return msgspec.structs.replace(found, limit=limit, kept=kept)
