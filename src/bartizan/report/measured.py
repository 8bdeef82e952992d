"""What controls were measured to do, beside what the catalogue estimates: in a chip, in its hint, in a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.measured import MeasuredEffect, MeasuredTable
from bartizan.core.measurement import Rate
from bartizan.core.terms import ControlId, ThreatId
from bartizan.report.catalog_page import Bar, Block, Heading, Part, Table, Text, Words
from bartizan.report.lab.wording import number, points

Pair = tuple[ThreatId, ControlId]
_COLUMNS = ("Success of the attacks", "Without and with", "Price", "Setting, model and attacks")
_WIDTHS = {1: (19, 25, 16, 25), 2: (16, 20, 13, 21)}
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
    rows = [(_threat(catalog, threat), _control(catalog, one.control), *_row(one)) for threat, one in best]
    yield from _effects(table, ("Threat", "Control"), rows)
    missing = [(_threat(catalog, t), _control(catalog, c), why) for t, c in known if (why := why_not(table, t, c))]
    yield from _missing(("Threat", "Controls"), missing, alone=not rows)


def threat_blocks(catalog: Catalog, table: MeasuredTable, threat: ThreatId) -> Iterator[Block]:
    """All that was measured of a threat: every control, setting and model, and why others have no number."""
    rows = [(_control(catalog, c), *_row(one)) for c in catalog.controls for one in table.of(threat, c)]
    yield from _effects(table, ("Control",), rows)
    missing = [("", _control(catalog, c), why) for c in catalog.controls if (why := table.why_not(threat, c))]
    yield from _missing(("Controls",), missing, alone=not rows)


def control_blocks(catalog: Catalog, table: MeasuredTable, control: ControlId) -> Iterator[Block]:
    """All that was measured of a control: every threat, setting and model, and why others have no number."""
    rows = [(_threat(catalog, t), *_row(one)) for t in catalog.threats for one in table.of(t, control)]
    yield from _effects(table, ("Threat",), rows)
    missing = [("", _threat(catalog, t), why) for t in catalog.threats if (why := table.why_not(t, control))]
    yield from _missing(("Threats",), missing, alone=not rows)


def _threat(catalog: Catalog, threat: ThreatId) -> str:
    return catalog.threats[threat].name


def _control(catalog: Catalog, control: ControlId) -> str:
    return catalog.controls[control].title


def _effects(table: MeasuredTable, first: tuple[str, ...], rows: Sequence[tuple[Words, ...]]) -> Iterator[Block]:
    if rows:
        yield Heading("What was measured")
        yield Text(f"{_NOTE} {_made(table)}")
        widths = (*(15 for _ in first), *_WIDTHS[len(first)])
        yield Table(caption="What was measured", columns=(*first, *_COLUMNS), rows=tuple(rows), widths=widths)


def _missing(first: tuple[str, ...], pairs: Sequence[tuple[str, str, str]], *, alone: bool) -> Iterator[Block]:
    """Pairs with the same reason share a row."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for name, other, why in pairs:
        by_reason.setdefault((name, why), []).append(other)
    if by_reason:
        heading = "What has no number, and why"
        yield Heading(heading, 2 if alone else 3)
        columns = (*first, "Why")
        rows = tuple(((name,) if name else ()) + (", ".join(o), why) for (name, why), o in by_reason.items())
        yield Table(caption=heading, columns=columns, rows=rows)


def _made(table: MeasuredTable) -> str:
    with_ = ", ".join(f"{name} {version}" for name, version in table.versions.items())
    seeds = f"seeds {', '.join(map(str, table.seeds))}" if table.seeds else ""
    facts = (table.measured_on, f"{table.samples} inputs" if table.samples else "", seeds, with_)
    return f"Made by bartizan lab table: {'; '.join(filter(None, facts))}."


def _row(one: MeasuredEffect) -> tuple[Words, ...]:
    words = points(one.reduction, one.low, one.high)
    if one.masks_gradients:
        success = Part(f"{words}, but it hides gradients: {one.masks_gradients}")
    else:
        success = Part(words, bar=Bar(text="", low=one.low, value=one.reduction, high=one.high))
    return (
        success,
        f"{one.without} without, {one.with_} with",
        "; ".join(filter(None, (_lost(one), _slower(one)))),
        _circumstances(one),
    )


def _slower(one: MeasuredEffect) -> str:
    if one.latency_without is None or one.latency_with is None:
        return ""
    more = one.latency_with - one.latency_without
    return "no time" if abs(more) < 0.005 else f"{abs(more):.2f} ms {'more' if more > 0 else 'less'} an answer"
