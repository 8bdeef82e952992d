"""The periodic table as a page shows it: its rows as printed, narrowed by what was asked for, beside a system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.navigator import navigator
from bartizan.catalog.views import PeriodicCell, PeriodicLine, periodic_table
from bartizan.catalog.wording import impact_in_words
from bartizan.core.terms import ControlId, ControlStatus, Edition, Outcome
from bartizan.report.wording import capital
from bartizan.workflows.catalogue_desk import Standing

_NEVER = frozenset({None, Outcome.DOES_NOT_APPLY})


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A threat of the table with its controls. A span is 0 where the row above says the same."""

    line: PeriodicLine
    assets: int = 1
    """Rows over which the asset and impact of this one go."""
    surfaces: int = 1
    outcome: Outcome | None = None
    """The verdict at the chosen system; None where none is chosen, or where the threat is not judged there."""
    away: bool = False
    """Whether it does not apply to the chosen system."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that fit, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
    instead: str = ""
    """What is shown where the edition prints no such table."""
    note: str = ""
    not_printed: tuple[str, ...] = ()


def table(
    catalog: Catalog, edition: Edition, *, words: str = "", control: str = "", standing: Standing | None = None
) -> Table:
    """The table of an edition: rows that have the words and the control, each with its verdict at a system."""
    view = periodic_table(catalog, edition)
    lines = view.rows or tuple(_drawn(catalog, edition))
    kept = [line for line in lines if _has(line, control) and _fits(catalog, line, words)]
    return Table(
        rows=tuple(_rows(kept, standing)),
        total=len(lines),
        instead="" if view.rows else _INSTEAD.format(edition),
        note=view.note,
        not_printed=tuple(catalog.threats[t].name_in(edition) for t in view.not_printed),
    )


_INSTEAD = (
    "The edition of {} prints no periodic table. Shown are the threats of its navigator, with the controls that are "
    "drawn under each, in the form of the later tables."
)


def _drawn(catalog: Catalog, edition: Edition) -> Iterator[PeriodicLine]:
    """The threats of the navigator as rows."""
    number = 0
    for section in navigator(catalog, edition).sections:
        for threat in section.threats:
            number += 1
            impact = capital(impact_in_words(catalog.threats[threat.threat].impact)) or "Any asset"
            yield PeriodicLine(
                row=number,
                threat=threat.threat,
                label=threat.name,
                asset_impact=impact,
                attack_surface=section.title,
                cells=(PeriodicCell(controls=threat.drawn),),
            )


def _has(line: PeriodicLine, control: str) -> bool:
    return not control or any(c.id == control for cell in line.cells for c in cell.controls)


def _fits(catalog: Catalog, line: PeriodicLine, words: str) -> bool:
    """Whether every word begins some word of the row, its threat's names or its controls' names."""
    wanted = re.findall(r"\w+", words.casefold().replace("_", " "))
    if not wanted:
        return True
    threat = catalog.threats[line.threat]
    texts = [line.label, line.asset_impact, line.attack_surface, threat.what, *threat.names.values()]
    texts += [alias.name for alias in threat.aliases]
    for cell in line.cells:
        texts += [cell.group, *(f"{c.name} {c.title}" for c in cell.controls)]
    held = set(re.findall(r"\w+", f"{' '.join(texts)} {line.threat.replace('_', ' ')}".casefold()))
    return all(any(one.startswith(word) for one in held) for word in wanted)


def _rows(lines: Sequence[PeriodicLine], standing: Standing | None) -> Iterator[Row]:
    for n, line in enumerate(lines):
        before = lines[n - 1] if n else None
        same_asset = before is not None and before.asset_impact == line.asset_impact
        same_surface = same_asset and before is not None and before.attack_surface == line.attack_surface
        outcome = standing.outcomes.get(line.threat) if standing else None
        yield Row(
            line=line,
            assets=0 if same_asset else _run([x.asset_impact for x in lines[n:]]),
            surfaces=0 if same_surface else _run([(x.asset_impact, x.attack_surface) for x in lines[n:]]),
            outcome=outcome,
            away=standing is not None and outcome in _NEVER,
        )


def _run(values: Sequence[object]) -> int:
    """How many values from the first on are equal to it."""
    return next((n for n, value in enumerate(values) if value != values[0]), len(values))


def controls_in(catalog: Catalog, edition: Edition) -> tuple[tuple[ControlId, str], ...]:
    """The controls that the table of an edition names, by name, for a choice among them."""
    lines = table(catalog, edition).rows
    found = {c.id: c.name for row in lines for cell in row.line.cells for c in cell.controls}
    return tuple(sorted(found.items(), key=lambda pair: pair[1].casefold()))


SIGNS = {
    ControlStatus.NOT_STARTED: "○",
    ControlStatus.PLANNED: "◔",
    ControlStatus.IMPLEMENTED: "◑",
    ControlStatus.VERIFIED: "●",
    ControlStatus.NOT_APPLICABLE: "–",
}
"""How far a control is, by shape: as the marks of all pages have it."""
