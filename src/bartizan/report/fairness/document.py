"""How groups fare, as a document for people and as JSON for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.report.fairness.wording import between, closer, estimate, flip, limit, number, people, tradeoff, verdict
from bartizan.report.prose.model import Bar, Block, Bullets, Intervals, Prose, Section, Strong, Table, cell, paragraph
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import Fairness, Grouping, Kept, RateFound
from bartizan.tables.fairness.calibrating import Calibration
from bartizan.tables.fairness.metrics import METRICS, RATES

_WORST: Final[tuple[Kept, ...]] = ("broken", "unknown", "kept")


def fairness_prose(path: Path, found: Fairness, asked: Asked, digest: str) -> Prose:
    """All of it, the answer first. Pure."""
    return Prose(
        title=f"{path.name}: how groups of people fare",
        lead=verdict(found),
        sections=tuple(_sections(found, asked)),
        foot=(
            f"{people(found)}. Each interval is of 95 %, from {asked.bootstraps:,} bootstraps with seed {asked.seed}; "
            "that of a widest difference holds for all groups at once, but of twenty measures one may miss.",
            "A difference between groups that comes suddenly can be the trace of poisoned data or of a changed model.",
            f"Table {digest} (SHA-256). Bartizan {__version__}.",
        ),
    )


def _sections(found: Fairness, asked: Asked) -> Iterator[Section]:
    yield Section("What was asked", (paragraph(_asked(asked)),))
    if found.limits:
        yield Section("Limits", (_limits(found),))
    for grouping in found.groupings:
        yield Section(f"By {grouping.name}", tuple(_grouping(grouping, asked)))
    if found.flips:
        lead = paragraph("What is decided when nothing but the attribute is changed:")
        yield Section("One attribute changed", (lead, Bullets(tuple(map(flip, found.flips)))))
    if found.closer is not None:
        yield Section("By features", (Bullets(tuple(closer(found.closer))),))
    used = {one.metric for grouping in found.groupings for one in grouping.metrics}
    says = tuple(
        (cell(Strong(one.title)), cell(one.what), cell(one.source)) for one in METRICS.values() if one.id in used
    )
    yield Section("What the measures say", (Table("What the measures say", ("Measure", "Says", "Source"), says),))


def _limits(found: Fairness) -> Table:
    """Every limit, those first that are not kept."""
    limits = sorted(found.limits, key=lambda pair: _WORST.index(pair[1].kept or "kept"))
    rows = tuple(
        (
            cell(Strong(METRICS[one.metric].title), f"by {grouping.name}"),
            cell(limit(one)),
            cell(estimate(one.estimate)),
            cell(between(one)),
        )
        for grouping, one in limits
    )
    return Table("Limits", ("Measure", "Limit", "Found", "Groups"), rows)


def _asked(asked: Asked) -> str:
    decided = asked.decision or f"{asked.score} of at least {asked.threshold:g}"
    truth = (
        f"; what would have been right: {asked.truth}" if asked.truth else "; nobody knows what would have been right"
    )
    value = f" is {asked.favourable}" if asked.decision or asked.truth else ""
    return f"Favourable: {decided}{value}{truth}. Nothing is said of fewer than {asked.minimum:,} people."


def _grouping(one: Grouping, asked: Asked) -> Iterator[Block]:
    if told := tradeoff(one, asked):
        yield paragraph(told)
    yield _measures(one)
    yield from map(_rate, one.rates)
    if one.calibration is not None:
        yield _calibration(one.calibration)


def _measures(one: Grouping) -> Intervals:
    """All measures; a ratio is not drawn, since there 1 is best."""
    bars = []
    for found in one.metrics:
        metric, drawn = METRICS[found.metric], found.estimate
        ends = (drawn.low, drawn.high) if drawn and not metric.is_ratio else None
        note = "; ".join(filter(None, (limit(found), between(found))))
        value = drawn.value if drawn else 0.0
        bars.append(Bar(name=Strong(metric.title), words=estimate(drawn), value=value, ends=ends, note=note))
    columns = ("Measure", "Widest difference", "Groups")
    return Intervals(caption="Measures", columns=columns, bars=tuple(bars), top=_top(bars))


def _rate(one: RateFound) -> Intervals:
    rate = RATES[one.rate]
    bars = tuple(
        Bar(
            name=Strong(group.group),
            words=number(group.rate) if group.rate else "not assessable",
            value=group.rate.value if group.rate else 0.0,
            ends=(group.rate.low, group.rate.high) if group.rate else None,
            note=f"{group.hits:,} of {group.of:,}" if group.rate else group.why,
        )
        for group in one.groups
    )
    return Intervals(caption=rate.title.capitalize(), columns=("Group", "Share", f"Of {rate.who}"), bars=bars)


def _calibration(one: Calibration) -> Intervals:
    bars = []
    for group in one.groups:
        if group.gap is None:
            bars.append(Bar(name=Strong(group.group), words="not assessable", note=group.why))
            continue
        side = "too high" if group.gap.value > 0 else "too low"
        far = sorted((abs(group.gap.low), abs(group.gap.high)))
        ends = (0.0 if group.gap.low <= 0 <= group.gap.high else far[0], far[1])
        note = (
            f"calibration error {group.error:.3f}; by chance alone up to {group.by_chance:.3f}; {group.people:,} scores"
        )
        words = f"{number(group.gap)}, {side}"
        bars.append(Bar(name=Strong(group.group), words=words, value=abs(group.gap.value), ends=ends, note=note))
    return Intervals(
        caption="Mean score less share of favourable truths",
        columns=("Group", "Gap", "Calibration"),
        bars=tuple(bars),
        top=_top(bars),
    )


def _top(bars: list[Bar]) -> float:
    """Where a scale ends that holds all of them: a tenth at least."""
    farthest = max((bar.ends[1] for bar in bars if bar.ends), default=0.1)
    return min(1.0, max(0.1, math.ceil(10 * farthest) / 10))


def fairness_document(path: Path, found: Fairness, asked: Asked, digest: str) -> str:
    """All of it as JSON."""
    made = {
        "bartizan_fairness": 1,
        "version": __version__,
        "path": str(path).encode("utf-8", "replace").decode(),
        "sha256": digest,
        "asked": asked,
        "found": found,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
