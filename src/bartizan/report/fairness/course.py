"""How decisions fare over time: on a screen, as a document, as JSON, and alerts as one line of JSON each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.report.prose.model import Bullets, Prose, Section, Strong, Table, cell, paragraph
from bartizan.tables.fairness.metrics import RATES
from bartizan.tables.fairness.watching import EVERYBODY, Course, Move, Watch, Watched

_SHOWN = 50
_POISON = "A group that moves alone can be the trace of poisoned data: bartizan catalog show data_poison"


def course_headline(found: Course, watch: Watch) -> str:
    """What was seen, in a sentence."""
    alone = sum(one.alone for one in found.alerts)
    told = f", {alone} of them of one group alone" if alone else ""
    few = "" if found.is_looked_at else " In some periods too few people were there to see a change."
    what = f"{len(found.alerts):,} alert{'s' * (len(found.alerts) != 1)}{told}" if found.alerts else "No alert"
    return f"{what} in {len(found.moves):,} comparisons, beyond a margin of {watch.margin:g}.{few}"


def rate_title(rate: Watched) -> str:
    """A rate in words."""
    return "mean score less share of favourable truths" if rate == "calibration" else RATES[rate].title


def alert(one: Move) -> str:
    """A change that is beyond the margin, in a sentence."""
    alone = "; everybody else is not" if one.alone else ""
    return (
        f"{one.period} {one.segment}: {rate_title(one.rate)} {one.now:.3f}, before {one.before:.3f}; moved by "
        f"{one.low:+.3f} to {one.high:+.3f}{alone}"
    )


def course_lines(path: Path, found: Course, watch: Watch) -> Iterator[str]:
    """The answer first, alerts, then everybody's rates by period."""
    yield f"{printable(str(path))}: {course_headline(found, watch)}"
    yield f"  {_parts(found, watch)}"
    if found.alerts:
        yield ""
        yield from (f"  ! {printable(alert(one), 300)}" for one in found.alerts[:_SHOWN])
        if len(found.alerts) > _SHOWN:
            yield f"  ... and {len(found.alerts) - _SHOWN:,} more: -f json tells all"
        if any(one.alone for one in found.alerts):
            yield f"  {_POISON}"
    for rate, moves in _everybody(found):
        yield ""
        yield f"  {rate_title(rate)}, everybody: {moves[0].before:.3f} before"
        yield from (f"    {one.period}   {one.now:.3f}   {_told(one)}" for one in moves)


def _parts(found: Course, watch: Watch) -> str:
    left = "".join(f"; {count:,} left out: {reason}" for reason, count in found.left.items())
    return (
        f"{found.rows:,} rows{left}; {len(found.periods)} periods of a {watch.every}, held against the "
        f"{len(found.reference)} from {found.reference[0]}; all intervals together are of 95 %"
    )


def _everybody(found: Course) -> Iterator[tuple[Watched, list[Move]]]:
    rates: dict[Watched, list[Move]] = {}
    for one in found.moves:
        if one.segment == EVERYBODY:
            rates.setdefault(one.rate, []).append(one)
    yield from rates.items()


def _told(one: Move) -> str:
    if one.outcome == "few":
        return f"too few people: {one.of:,}"
    words = {"within": "within the margin", "beyond": "BEYOND the margin", "unknown": "not sure"}
    return f"moved by {one.low:+.3f} to {one.high:+.3f}: {words[one.outcome]}"


def course_prose(path: Path, found: Course, watch: Watch, digest: str) -> Prose:
    """All of it, the answer first. Pure."""
    sections = []
    if found.alerts:
        rows = tuple(
            (
                cell(Strong(one.segment), one.period),
                cell(rate_title(one.rate)),
                cell(f"{one.before:.3f}"),
                cell(f"{one.now:.3f}"),
                cell(f"{one.low:+.3f} to {one.high:+.3f}", "this group alone" if one.alone else ""),
            )
            for one in found.alerts
        )
        blocks = (Table("Alerts", ("Who and when", "What", "Before", "Now", "Moved by"), rows),)
        notes = (paragraph(_POISON + "."),) if any(one.alone for one in found.alerts) else ()
        sections.append(Section("Alerts", (*blocks, *notes)))
    for rate, moves in _everybody(found):
        told = tuple(f"{one.period}: {one.now:.3f}, {_told(one)}" for one in moves)
        lead = paragraph(f"{moves[0].before:.3f} before.")
        sections.append(Section(f"Everybody: {rate_title(rate)}", (lead, Bullets(told))))
    return Prose(
        title=f"{path.name} by {watch.every}: do decisions stay as they were?",
        lead=course_headline(found, watch),
        sections=tuple(sections),
        foot=(f"{_parts(found, watch)}.", f"Table {digest} (SHA-256). Bartizan {__version__}."),
    )


def course_document(path: Path, found: Course, watch: Watch, digest: str) -> str:
    """All of it as JSON."""
    made = {
        "bartizan_watch": 1,
        "version": __version__,
        "path": str(path).encode("utf-8", "replace").decode(),
        "sha256": digest,
        "watch": watch,
        "found": found,
        "alerts": len(found.alerts),
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def alert_events(path: Path, found: Course, digest: str) -> str:
    """Each alert as a line of JSON."""
    table = {"table": path.name.encode("utf-8", "replace").decode(), "sha256": digest}
    kind = {"event": "fairness.alert", **table}
    lines = ({**kind, **msgspec.to_builtins(one), "told": alert(one)} for one in found.alerts)
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)
