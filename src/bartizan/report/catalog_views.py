"""The views of the catalogue as pages: matrix, controls overview, periodic table, navigator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from bartizan.catalog.entries import Catalog
from bartizan.catalog.measured import EMPTY, MeasuredTable
from bartizan.catalog.navigator import NavigatorSection, NavigatorThreat, NavigatorView
from bartizan.catalog.relations import HOW_IN_WORDS, How
from bartizan.catalog.views import ControlName, ControlsOverview, Matrix, OverviewPart, PeriodicCell, PeriodicView
from bartizan.core.terms import ControlId, ThreatId
from bartizan.report.catalog_page import BREAK, Block, Heading, Page, Part, Table, Text, Words
from bartizan.report.measured import bar_of, table_blocks, with_measured

_THREE = (20, 30, 50)
_FOUR = (19, 34, 26, 21)
SOURCE = "Source: OWASP AI Exchange (owaspai.org), CC0; rows and words as printed in the edition."


def threat_part(catalog: Catalog, threat: ThreatId, name: str = "") -> Part:
    """A threat by name, leading to the framework's own text, with what it is as a hint."""
    entry = catalog.threats[threat]
    return Part(name or entry.name, to=entry.permalink, tip=_first_sentence(entry.what))


def control_part(catalog: Catalog, control: ControlId, name: str) -> Part:
    """A control as a chip, leading to the framework's own text, with its purpose as a hint."""
    entry = catalog.controls[control]
    return Part(name, "chip", to=entry.permalink, tip=f"{entry.title}. {_first_sentence(entry.purpose)}")


def _chips(catalog: Catalog, controls: Iterable[ControlName]) -> tuple[Part, ...]:
    return tuple(control_part(catalog, control.id, control.name) for control in controls)


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".") + "."


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 threat", "22 threats"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _left_out(catalog: Catalog, threats: tuple[ThreatId, ...], table: str) -> Iterator[Block]:
    if threats:
        names = ", ".join(catalog.threats[t].name for t in threats)
        yield Text(f"Described in the edition, but not in this {table}: {names}.")


def matrix_page(catalog: Catalog, view: Matrix) -> Page:
    """The AI security matrix as a page."""
    if view.instead:
        return Page(title=view.title, lead=view.instead, blocks=())
    named = view.columns.index("Threat")
    rows = tuple(
        (
            str(line.row),
            *(threat_part(catalog, line.threat, cell) if i == named else cell for i, cell in enumerate(line.cells)),
        )
        for line in view.rows
    )
    lead = f"{counted(len(rows), 'row')}: what can happen, where it happens, and what is lost."
    return Page(
        title=view.title,
        lead=lead,
        blocks=(
            Table(caption=view.title, columns=("Row", *view.columns), rows=rows),
            *_left_out(catalog, view.not_printed, "matrix"),
        ),
        foot=SOURCE,
    )


def overview_page(catalog: Catalog, view: ControlsOverview) -> Page:
    """The controls overview as a page."""
    blocks: list[Block] = []
    for heading, parts in groupby(view.parts, key=lambda part: part.heading):
        if heading:
            blocks.append(Heading(heading))
        blocks.append(_groups(catalog, heading or view.title, parts))
    for heading, names in (("In no group", view.in_none), ("Described without a name of their own", view.unnamed)):
        if names:
            blocks += [Heading(heading), _outside(catalog, heading, names)]
    if view.note:
        blocks.append(Text(view.note))
    known = {c.id for part in view.parts for c in part.controls}
    lead = view.instead or (
        f"{counted(len(known), 'control')} in {counted(len(view.parts), 'group')}; {len(view.in_none)} in none."
    )
    return Page(title=view.title, lead=lead, blocks=tuple(blocks), foot=SOURCE)


def _groups(catalog: Catalog, caption: str, groups: Iterable[OverviewPart]) -> Table:
    rows = tuple(
        (
            Part(f"{group.id} {group.title}" if group.id else group.title, "strong"),
            group.about,
            _chips(catalog, group.controls),
        )
        for group in groups
    )
    return Table(caption=caption, columns=("Group", "What it is for", "Controls"), rows=rows, widths=_THREE)


def _outside(catalog: Catalog, caption: str, names: Iterable[ControlName]) -> Table:
    rows = tuple((Part(c.title, "strong"), catalog.controls[c.id].purpose, _chips(catalog, (c,))) for c in names)
    return Table(caption=caption, columns=("Control", "Purpose", "Printed as"), rows=rows, widths=_THREE)


def periodic_page(catalog: Catalog, view: PeriodicView, measured: MeasuredTable = EMPTY) -> Page:
    """The periodic table as a page, each control with what was measured of it against the threat of its row."""
    if view.instead:
        return Page(title=view.title, lead=view.instead, blocks=())
    rows = tuple(
        (
            str(line.row),
            line.asset_impact,
            line.attack_surface,
            threat_part(catalog, line.threat, line.label),
            tuple(part for i, cell in enumerate(line.cells) for part in _cell(catalog, cell, i, line.threat, measured)),
        )
        for line in view.rows
    )
    pairs = {(line.row, control.id) for line in view.rows for cell in line.cells for control in cell.controls}
    printed = [(line.threat, control.id) for line in view.rows for cell in line.cells for control in cell.controls]
    columns = ("Row", "Asset and impact", "Attack surface", "Threat", "Controls")
    count = sum(bar_of(measured, threat, control) is not None for threat, control in set(printed))
    told = f" Of these, {counted(count, 'pair is', 'pairs are')} measured: the bar beside a name." if count else ""
    return Page(
        title=view.title,
        lead=f"{counted(len(rows), 'threat')} and the controls against each, {len(pairs)} pairs in all."
        f"{told} {view.note}",
        blocks=(
            Table(caption=view.title, columns=columns, rows=rows, widths=(5, 13, 15, 20, 47)),
            *_left_out(catalog, view.not_printed, "table"),
            *table_blocks(catalog, measured, printed),
        ),
        foot=SOURCE,
    )


def _cell(
    catalog: Catalog, cell: PeriodicCell, number: int, threat: ThreatId, measured: MeasuredTable
) -> Iterator[Part]:
    if number:
        yield BREAK
    if cell.role:
        yield Part(f"{cell.role.capitalize()}: ", "quiet")
    if cell.group:
        yield Part(f"{cell.group}: ", "quiet")
    for chip, control in zip(_chips(catalog, cell.controls), cell.controls, strict=True):
        yield with_measured(chip, measured, threat, control.id)


def navigator_page(catalog: Catalog, view: NavigatorView) -> Page:
    """The navigator as a page: what the picture draws, and below it how threats and controls relate in all sources."""
    blocks: list[Block] = []
    for section in view.sections:
        blocks += _section(catalog, section)
    drawn = [threat for section in view.sections for threat in section.threats]
    related = [threat for threat in drawn if set(threat.related) - {"listed"}]
    if related:
        blocks += [Heading("How they relate"), Text(_RELATED)]
        blocks.append(_relations(catalog, related))
    controls = {c.id for s in view.sections for group in s.always.values() for c in group}
    controls |= {c.id for threat in drawn for c in threat.drawn}
    lead = f"{counted(len(drawn), 'threat')} and {counted(len(controls), 'control')}. {view.note}"
    return Page(title=view.title, lead=lead, blocks=tuple(blocks), foot=SOURCE)


_RELATED = (
    "All controls that the edition relates to a threat, in its periodic table, its sections and its navigator, by the "
    "strongest way in which it says so. General controls that hold for whatever threat are left out."
)


def _section(catalog: Catalog, section: NavigatorSection) -> Iterator[Block]:
    yield Heading(section.title)
    rows: list[tuple[Words, ...]] = [
        (Part(name, "strong"), _chips(catalog, controls)) for name, controls in section.always.items()
    ]
    for t in section.threats:
        name = (Part(f"{t.number} " if t.number else ""), threat_part(catalog, t.threat, t.name))
        rows.append((name, _chips(catalog, t.drawn) or Part("none but those that always apply", "quiet")))
    columns = ("Threat" if section.threats else "Group", "Controls drawn under it")
    yield Table(caption=section.title, columns=columns, rows=tuple(rows), widths=(28, 72))


_COLUMNS: tuple[tuple[str, tuple[How, ...]], ...] = (
    ("Named for it", ("listed", "mentioned")),
    ("Through a group", ("emphasis", "group")),
    ("From other sections", ("parent", "imported", "supplier")),
)


def _relations(catalog: Catalog, threats: list[NavigatorThreat]) -> Table:
    rows: list[tuple[Words, ...]] = []
    for threat in threats:
        cells: list[Words] = [
            tuple(
                Part(c.name, "chip", to=catalog.controls[c.id].permalink, tip=f"{c.title}: {HOW_IN_WORDS[how]}.")
                for how in ways
                for c in threat.related.get(how, ())
            )
            for _, ways in _COLUMNS
        ]
        rows.append((threat_part(catalog, threat.threat, threat.name), *cells))
    caption = "How they relate"
    return Table(caption=caption, columns=("Threat", *(n for n, _ in _COLUMNS)), rows=tuple(rows), widths=_FOUR)
