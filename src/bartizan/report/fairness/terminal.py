"""How groups fare, as lines for a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bartizan.core.errors import printable
from bartizan.report.fairness.wording import between, closer, estimate, flip, limit, people, tradeoff, verdict
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import Fairness, Grouping, GroupRate
from bartizan.tables.fairness.metrics import METRICS, RATES

_NAME = 32


def fairness_lines(path: Path, found: Fairness, asked: Asked) -> Iterator[str]:
    """The answer first, then each grouping: rates by group, measures, limits, trade-offs."""
    yield f"{printable(str(path))}: {verdict(found)}"
    yield f"  {people(found)}; {asked.bootstraps:,} bootstraps, seed {asked.seed}, 95 % intervals"
    for one in found.groupings:
        yield ""
        yield from _grouping(one, asked)
    if found.flips:
        yield ""
        yield from (f"  {printable(flip(one), 300)}" for one in found.flips)
    if found.closer is not None:
        yield ""
        yield "by features"
        yield from (f"  {printable(one, 300)}" for one in closer(found.closer))


def _grouping(one: Grouping, asked: Asked) -> Iterator[str]:
    yield f"by {printable(one.name, 100)}"
    for rate in one.rates:
        yield f"  {RATES[rate.rate].title}"
        yield from map(_group, rate.groups)
    if one.calibration is not None:
        yield "  mean score less share of favourable truths"
        for group in one.calibration.groups:
            chance = f"   error {group.error:.3f}, by chance up to {group.by_chance:.3f}" if group.gap else ""
            yield f"    {printable(group.group, _NAME):{_NAME}} {estimate(group.gap)}{chance or ': ' + group.why}"
    yield "  measures"
    for found in one.metrics:
        told = (
            f"    {METRICS[found.metric].title:{_NAME}} {estimate(found.estimate)}   {printable(between(found), 120)}"
        )
        yield told
        if found.kept is not None:
            yield f"    {'':{_NAME}} limit {limit(found)}"
    if told := tradeoff(one, asked):
        yield f"  {printable(told, 500)}"


def _group(one: GroupRate) -> str:
    told = f"{one.hits:,} of {one.of:,}   {estimate(one.rate)}" if one.rate else f"not assessable: {one.why}"
    return f"    {printable(one.group, _NAME):{_NAME}} {told}"
