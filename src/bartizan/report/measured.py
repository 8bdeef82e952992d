"""What controls were measured to do, beside what the catalogue estimates: in a chip, in its hint, in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.measured import MeasuredEffect, MeasuredTable
from bartizan.core.measurement import Rate
from bartizan.core.terms import ControlId, ThreatId
from bartizan.report.catalog_page import Bar, Block, Heading, Part, Table, Text, Words
from bartizan.report.lab.wording import number, points, spread_of

Pair = tuple[ThreatId, ControlId]
_COLUMNS = ("Threat", "Control", "Success of the attacks", "Without and with", "Price", "Setting, model and attacks")
_NOTE = (
    "Measured on reference models, which are not yours: it says what to expect, and moves no rating. The interval in "
    "brackets is of 95 %. Attacks that know of the control are taken together, input by input."
)


def bar_of(table: MeasuredTable, threat: str, control: str) -> Bar | None:
    """What to draw in the chip of a control beside a threat; None where the pair has no number."""
    best = table.best(threat, control)
    if best is None:
        return None
    return Bar(text=points(best.reduction, best.low, best.high), low=best.low, value=best.reduction, high=best.high)


def told(table: MeasuredTable, threat: str, control: str) -> str:
    """What was measured of a pair, or why nothing was; empty where the table does not know the pair."""
    best = table.best(threat, control)
    if best is not None:
        return f"Measured: {summary(best)}. {_circumstances(best)}."
    why = why_not(table, threat, control)
    return f"Not measured: {why.rstrip('.')}." if why else ""


def why_not(table: MeasuredTable, threat: str, control: str) -> str:
    """Why a pair has no number that counts; empty where it has one, or is not in the table."""
    hidden = [one for one in table.of(threat, control) if one.masks_gradients]
    if hidden and table.best(threat, control) is None:
        return f"it only hides gradients ({hidden[0].masks_gradients})"
    return table.why_not(threat, control)


def summary(one: MeasuredEffect) -> str:
    """What it buys and what it costs: '38 points less (22 to 51), costs 2 of 100 accuracy'."""
    lost = _lost(one)
    return f"{points(one.reduction, one.low, one.high)}{f', {lost}' if lost else ''}"


def _lost(one: MeasuredEffect) -> str:
    before, after = _share(one.accuracy_without), _share(one.accuracy_with)
    if before is None or after is None:
        return ""
    lost = 100 * (before - after)
    if round(lost) == 0:
        return "costs no accuracy"
    return f"costs {number(lost)} of 100 accuracy" if lost > 0 else f"gains {number(-lost)} of 100 accuracy"


def _share(rate: Rate | None) -> float | None:
    return rate.value if rate is not None else None


def _circumstances(one: MeasuredEffect) -> str:
    within = f" within {one.limit}" if one.limit else ""
    return f"{one.setting} on {one.rig}, attacked by {', '.join(one.attacks)}{within}"


def with_measured(part: Part, table: MeasuredTable, threat: str, control: str) -> Part:
    """The chip of a control, or of a threat, with what was measured of the pair."""
    said = told(table, threat, control)
    if not said:
        return part
    return msgspec.structs.replace(
        part, bar=bar_of(table, threat, control), tip=" ".join(filter(None, (part.tip, said)))
    )


def table_blocks(catalog: Catalog, table: MeasuredTable, pairs: Iterable[Pair]) -> Iterator[Block]:
    """Of these pairs the setting that helps most surely, and below it why others have no number."""
    known = tuple(dict.fromkeys(pairs))
    best = [(threat, one) for threat, control in known if (one := table.best(threat, control)) is not None]
    yield from _blocks(catalog, table, best, known, lambda t: catalog.threats[t].name)


def entry_blocks(catalog: Catalog, table: MeasuredTable, pairs: Iterable[Pair]) -> Iterator[Block]:
    """All that was measured of these pairs, every setting and model, and why others have no number."""
    known = tuple(dict.fromkeys(pairs))
    every = [(threat, one) for threat, control in known for one in table.of(threat, control)]
    yield from _blocks(catalog, table, every, known, lambda t: catalog.threats[t].name)


def _blocks(
    catalog: Catalog,
    table: MeasuredTable,
    effects: Sequence[tuple[ThreatId, MeasuredEffect]],
    pairs: Sequence[Pair],
    name: Callable[[ThreatId], str],
) -> Iterator[Block]:
    if effects:
        yield Heading("What was measured")
        yield Text(f"{_NOTE} {_made(table)}")
        rows = tuple(_row(catalog, name(threat), one) for threat, one in effects)
        yield Table(caption="What was measured", columns=_COLUMNS, rows=rows, widths=(15, 15, 16, 20, 12, 22))
    missing: dict[tuple[str, ThreatId], list[str]] = {}
    for threat, control in pairs:
        why = why_not(table, threat, control)
        if why:
            missing.setdefault((why, threat), []).append(catalog.controls[control].title)
    if missing:
        yield Heading("What has no number, and why", 3)
        whys = tuple((name(threat), ", ".join(titles), why) for (why, threat), titles in sorted(missing.items()))
        columns = ("Threat", "Controls", "Why")
        yield Table(caption="What has no number, and why", columns=columns, rows=whys, widths=(20, 40, 40))


def _made(table: MeasuredTable) -> str:
    with_ = ", ".join(f"{name} {version}" for name, version in table.versions.items())
    seeds = f"seeds {', '.join(map(str, table.seeds))}" if table.seeds else ""
    facts = (table.measured_on, f"{table.samples} inputs" if table.samples else "", seeds, with_)
    return f"Made by `bartizan lab table`: {'; '.join(filter(None, facts))}."


def _row(catalog: Catalog, threat: str, one: MeasuredEffect) -> tuple[Words, ...]:
    hides = f"; hides gradients: {one.masks_gradients}" if one.masks_gradients else ""
    bar = Bar(text="", low=one.low, value=one.reduction, high=one.high)
    return (
        threat,
        catalog.controls[one.control].title,
        Part(points(one.reduction, one.low, one.high) + hides, bar=bar),
        f"{spread_of(one.without)} to {spread_of(one.with_)} of {one.with_.trials}",
        "; ".join(filter(None, (_lost(one), _slower(one)))),
        _circumstances(one),
    )


def _slower(one: MeasuredEffect) -> str:
    if one.latency_without is None or one.latency_with is None:
        return ""
    more = one.latency_with - one.latency_without
    return "no time" if abs(more) < 0.005 else f"{abs(more):.2f} ms {'more' if more > 0 else 'less'} an answer"
