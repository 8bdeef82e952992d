"""What bringing groups nearer did, and what it cost: on a screen, as a document, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.report.fairness.wording import estimate
from bartizan.report.prose.model import Bullets, Prose, Section, Strong, Table, cell
from bartizan.tables.fairness.assessing import Grouping
from bartizan.tables.fairness.metrics import METRICS, MetricId
from bartizan.tables.fairness.mitigating import Change, Method, Mitigated, Plan, Threshold, Weight
from bartizan.tables.fairness.resampling import Estimate

_NAME = 32
CAUTIONS: Final[dict[Method, tuple[str, ...]]] = {
    "thresholds": (
        "The group of each person must be known when it is decided, and the same score is decided differently: in some "
        "laws that is discrimination itself.",
        "Between two thresholds a lot is drawn: two people alike can be decided about differently.",
    ),
    "reweighing": ("It changes what a model learns from, and promises nothing of what it decides: measure it again.",),
    "exponentiated-gradient": (
        "Each decision is drawn from several models: two people alike can be decided about differently.",
        "The model sees the groups only where it is trained; a constraint kept there need not hold elsewhere.",
    ),
}
"""What a reader must know of each way before taking it."""


def headline(found: Mitigated, plan: Plan) -> str:
    """What came of what it aimed at, and the price, in a sentence."""
    aim = aimed_at(plan)
    before, after = _of(found.before.groupings[0], aim), _of(found.after.groupings[0], aim)
    return (
        f"{METRICS[aim].title}: {estimate(before)} before, {estimate(after)} after; accuracy changes by "
        f"{signed(found.accuracy)}."
    )


def aimed_at(plan: Plan) -> MetricId:
    """The measure that it is to bring nearer."""
    return "demographic_parity" if plan.method == "reweighing" else plan.towards


def signed(one: Estimate) -> str:
    """A change within its interval."""
    return f"{one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})"


def _of(one: Grouping, id: MetricId) -> Estimate | None:
    return next(found.estimate for found in one.metrics if found.metric == id)


def mitigation_lines(path: Path, found: Mitigated, plan: Plan) -> Iterator[str]:
    """The answer first; then measures before and after, who gains and loses, and how to do it."""
    yield f"{printable(str(path))}, {plan.method}: {headline(found, plan)}"
    yield f"  {_parts(found, plan)}"
    yield ""
    yield f"  {'':{_NAME}} {'before':24} after"
    for metric, before, after in _measures(found):
        yield f"  {metric:{_NAME}} {before:24} {after}"
    yield ""
    yield from (f"  {printable(_change(one), 200)}" for one in found.changes)
    yield from (f"  {printable(one, 300)}" for one in _how(found))
    yield from (f"  ! {one}" for one in CAUTIONS[plan.method])


def _parts(found: Mitigated, plan: Plan) -> str:
    return (
        f"learned from {found.learned_from:,} people, measured on {found.held_out:,} others; "
        f"{plan.asked.bootstraps:,} bootstraps, seed {plan.asked.seed}, 95 % intervals"
    )


def _measures(found: Mitigated) -> Iterator[tuple[str, str, str]]:
    after = {one.metric: one.estimate for one in found.after.groupings[0].metrics}
    for one in found.before.groupings[0].metrics:
        yield METRICS[one.metric].title, estimate(one.estimate), estimate(after[one.metric])


def _change(one: Change) -> str:
    return f"{one.group}: of {one.people:,} people, {one.gained:,} gain a favourable decision and {one.lost:,} lose it"


def _how(found: Mitigated) -> Iterator[str]:
    yield from map(_threshold, found.thresholds)
    yield from map(_weight, found.weights)
    if found.models:
        yield f"drawn from {found.models} models"


def _threshold(one: Threshold) -> str:
    lots = (f"{rule} (in {chance:.1%} of cases)" for chance, rule in one.lots)
    return f"{one.group}: favourable at {', or '.join(lots)}"


def _weight(one: Weight) -> str:
    side = "favourable" if one.favourable else "unfavourable"
    return f"{one.group}, {side} truth: each of {one.rows:,} rows counts {one.weight:.4f}"


def mitigation_prose(path: Path, found: Mitigated, plan: Plan, digest: str) -> Prose:
    """All of it, the answer first. Pure."""
    measures = tuple((cell(Strong(name)), cell(before), cell(after)) for name, before, after in _measures(found))
    people = tuple(
        (cell(Strong(one.group)), cell(f"{one.people:,}"), cell(f"{one.gained:,}"), cell(f"{one.lost:,}"))
        for one in found.changes
    )
    return Prose(
        title=f"{path.name}: {plan.method} by {' and '.join(plan.asked.groupings[-1])}",
        lead=headline(found, plan),
        sections=(
            Section("Before and after", (Table("Before and after", ("Measure", "Before", "After"), measures),)),
            Section(
                "Whose decision changes",
                (Table("Whose decision changes", ("Group", "People", "Gain", "Lose"), people),),
            ),
            Section("How", (Bullets(tuple(_how(found))),)),
            Section("Know before you take it", (Bullets(CAUTIONS[plan.method]),)),
        ),
        foot=(f"{_parts(found, plan)}.", f"Table {digest} (SHA-256). Bartizan {__version__}."),
    )


def mitigation_document(path: Path, found: Mitigated, plan: Plan, digest: str) -> str:
    """All of it as JSON."""
    made = {
        "bartizan_mitigation": 1,
        "version": __version__,
        "path": str(path).encode("utf-8", "replace").decode(),
        "sha256": digest,
        "plan": plan,
        "found": found,
        "cautions": CAUTIONS[plan.method],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
