"""The framework's own tables of what it knows, as data: matrix, controls overview, periodic table.

Rows and words are as printed in the edition, gaps included. An edition that has no such table says in ``instead`` what
it has, and has no rows. All views are pure values; how they look is the business of the reports. The navigator and the
threat maps have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from bartizan.catalog.entries import Catalog, Control, ControlGroup, MatrixRow
from bartizan.catalog.relations import printed_controls
from bartizan.core.terms import ControlId, Edition, ThreatId


class ControlName(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A control as a view names it: plain title, and the framework's capital form in that edition."""

    id: ControlId
    title: str
    name: str


class MatrixLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the matrix: its number, its threat, and the cells in the order of the columns."""

    row: int
    threat: ThreatId
    cells: tuple[str, ...]


class Matrix(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The AI security matrix of one edition as printed."""

    edition: Edition
    title: str
    columns: tuple[str, ...]
    rows: tuple[MatrixLine, ...]
    not_printed: tuple[ThreatId, ...] = ()
    """Threats that this edition describes and that become risks of their own, but that the matrix leaves out."""
    note: str = ""
    instead: str = ""


class OverviewPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group of controls in an overview, under the heading that holds it."""

    heading: str
    id: str
    title: str
    about: str
    controls: tuple[ControlName, ...]


class ControlsOverview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one edition sums up its controls, and which of them its summary leaves out."""

    edition: Edition
    title: str
    parts: tuple[OverviewPart, ...]
    in_none: tuple[ControlName, ...] = ()
    unnamed: tuple[ControlName, ...] = ()
    """Measures that the edition describes without giving them a name of their own."""
    note: str = ""
    instead: str = ""


class PeriodicCell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A block of controls in a row: through a group or by themselves, for the supplier or the producer where split."""

    controls: tuple[ControlName, ...]
    group: str = ""
    role: str = ""


class PeriodicLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the periodic table."""

    row: int
    threat: ThreatId
    label: str
    asset_impact: str
    attack_surface: str
    cells: tuple[PeriodicCell, ...]


class PeriodicView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The periodic table of AI security of one edition as printed."""

    edition: Edition
    title: str
    rows: tuple[PeriodicLine, ...]
    not_printed: tuple[ThreatId, ...] = ()
    note: str = ""
    instead: str = ""


_GOVERNANCE_NOTE = "General governance controls apply to every threat and are not repeated in the rows."


def control_names(catalog: Catalog, controls: tuple[ControlId, ...], edition: Edition) -> tuple[ControlName, ...]:
    """The controls with the names that the edition gives them, or the newest before or after it."""
    return tuple(control_name(catalog.controls[control], edition) for control in controls)


def control_name(control: Control, edition: Edition) -> ControlName:
    """The control with the name that the edition gives it."""
    newest = control.names[max(control.names)] if control.names else control.title
    return ControlName(id=control.id, title=control.title, name=control.names.get(edition, newest))


# The matrix

_PICTURE = ("AI-specific", "Lifecycle", "Attack surface", "Threat", "Impacted asset", "Impact")
_CLICKABLE = ("Asset and impact", "Attack surface with lifecycle", "Threat")


def matrix(catalog: Catalog, edition: Edition, *, clickable: bool = False) -> Matrix:
    """The AI security matrix of an edition; ``clickable`` the shorter table beside the picture of 2026."""
    key = f"{edition}_clickable" if clickable else str(edition)
    printed = sorted(
        ((row, threat.id) for threat in catalog.threats.values() for row in threat.matrix.get(key, ())),
        key=lambda pair: pair[0].row,
    )
    title = f"AI security matrix, {edition}" + (" (clickable table)" if clickable else "")
    columns = _CLICKABLE if clickable else _PICTURE
    if not printed:
        instead = (
            f"The edition of {edition} prints no such matrix. "
            + _what_2023_has(edition)
            + (" The clickable table came with 2026." if clickable else "")
        )
        return Matrix(edition=edition, title=title, columns=columns, rows=(), instead=instead)
    rows = tuple(
        MatrixLine(row=row.row, threat=threat, cells=_cells(row, clickable=clickable)) for row, threat in printed
    )
    return Matrix(
        edition=edition,
        title=title,
        columns=columns,
        rows=rows,
        not_printed=_not_printed(catalog, edition, {row.threat for row in rows}),
    )


def _what_2023_has(edition: Edition) -> str:
    if edition != 2023:
        return f"See it without the option, as printed in {edition}."
    return (
        "It lists its threats in sections of text, and the controls under each threat in its navigator: "
        "bartizan catalog navigator --edition 2023."
    )


def _cells(row: MatrixRow, *, clickable: bool) -> tuple[str, ...]:
    if clickable:
        return row.asset, row.surface, row.label
    return row.ai_specific, row.lifecycle, row.surface, row.label, row.asset, row.impacted


def _not_printed(catalog: Catalog, edition: Edition, printed: set[ThreatId]) -> tuple[ThreatId, ...]:
    rated = (t for t in catalog.threats.values() if t.rated and edition in t.rules)
    return tuple(sorted(t.id for t in rated if t.id not in printed))


# The controls overview


def controls_overview(catalog: Catalog, edition: Edition) -> ControlsOverview:
    """The nine groups of 2025, the essentials of 2026, or for 2023 the groups of its sections."""
    parts = tuple(_PARTS[edition](catalog))
    inside = {control.id for part in parts for control in part.controls}
    outside = [c for c in catalog.controls.values() if edition in c.names and c.id not in inside]
    title, note = _OVERVIEWS[edition]
    return ControlsOverview(
        edition=edition,
        title=title,
        parts=parts,
        in_none=tuple(control_name(c, edition) for c in outside if c.status != "unnamed"),
        unnamed=tuple(control_name(c, edition) for c in outside if c.status == "unnamed"),
        note=note,
        instead=_NO_OVERVIEW if edition == 2023 else "",
    )


_NO_OVERVIEW = (
    "The edition of 2023 has no overview of controls. It names groups of controls in its sections; these are shown, "
    "and the controls that stand with one threat only are listed at the end."
)
_OVERVIEWS: Mapping[Edition, tuple[str, str]] = {
    2023: ("Groups of controls, 2023", ""),
    2025: ("Overview of controls, 2025", "A control may stand in two groups: two of 3a stand in 5 as well."),
    2026: ("Essentials: overview of controls, 2026", "A control may stand in two places."),
}


def _groups_2023(catalog: Catalog) -> Iterator[OverviewPart]:
    for group in catalog.groups.values():
        if group.id != "general_controls":
            controls = control_names(catalog, _known_in(catalog, group, 2023), 2023)
            yield OverviewPart(heading="", id=group.section, title=group.name, about=group.purpose, controls=controls)


def _known_in(catalog: Catalog, group: ControlGroup, edition: Edition) -> tuple[ControlId, ...]:
    return tuple(c for c in group.members.get(edition, ()) if edition in catalog.controls[c].names)


def _groups_2025(catalog: Catalog) -> Iterator[OverviewPart]:
    for group in catalog.overview.groups_2025:
        members = tuple(c.id for c in catalog.controls.values() if group.id in c.groups_2025)
        yield OverviewPart(
            heading=group.part,
            id=group.id,
            title=group.title,
            about=group.about,
            controls=control_names(catalog, members, 2025),
        )


def _essentials_2026(catalog: Catalog) -> Iterator[OverviewPart]:
    for category in catalog.overview.essentials_2026:
        for part in category.subs:
            members = tuple(
                control.id
                for control in catalog.controls.values()
                if any((m.category, m.sub) == (category.category, part.name) for m in control.essentials)
            )
            yield OverviewPart(
                heading=category.category,
                id="",
                title=part.name,
                about=part.about,
                controls=control_names(catalog, members, 2026),
            )


_PARTS = {2023: _groups_2023, 2025: _groups_2025, 2026: _essentials_2026}


# The periodic table


def periodic_table(catalog: Catalog, edition: Edition) -> PeriodicView:
    """The periodic table of an edition, row by row as printed."""
    title = f"Periodic table of AI security, {edition}"
    table = catalog.tables.get(edition)
    if table is None:
        instead = f"The edition of {edition} prints no periodic table. {_what_2023_has(edition)}"
        return PeriodicView(edition=edition, title=title, rows=(), instead=instead)
    rows = tuple(
        PeriodicLine(
            row=row.row,
            threat=row.threat,
            label=row.label,
            asset_impact=row.asset_impact,
            attack_surface=row.attack_surface,
            cells=tuple(
                PeriodicCell(
                    controls=control_names(catalog, printed_controls(catalog, cell, edition), edition),
                    group=catalog.groups[cell.group].name if cell.group else "",
                    role=cell.role or "",
                )
                for cell in row.cells
            ),
        )
        for row in table.rows
    )
    return PeriodicView(
        edition=edition,
        title=title,
        rows=rows,
        not_printed=_not_printed(catalog, edition, {row.threat for row in rows}),
        note=_GOVERNANCE_NOTE,
    )
