"""A threat map as a page: the drawing with its numbered list, and the same in a table for who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bartizan.catalog.entries import Catalog
from bartizan.catalog.maps import LANES, MapBox, MapView
from bartizan.catalog.tables import ThreatMap
from bartizan.core.terms import Edition
from bartizan.report.catalog_map_drawing import drawing
from bartizan.report.catalog_page import Block, Bullets, Heading, Page, Part, Picture, Table, Text, Words
from bartizan.report.catalog_views import counted, threat_part

_SOURCE = "Source: threat maps of the OWASP AI Exchange (owaspai.org), CC0; drawn anew."


def map_page(catalog: Catalog, view: MapView) -> Page:
    """The threat map as a page."""
    marks = list(view.marks())
    us = len(view.our_controls)
    theirs = f", {len(view.supplier_controls)} are the {view.supplier}'s" if view.supplier_controls else ""
    blocks: list[Block] = [Picture(svg=drawing(view), beside=_listed(catalog, view))]
    blocks += [Heading("Where each strikes"), _table(catalog, view), Heading("Who applies which controls")]
    blocks += [Heading("You", 3), Bullets(view.our_controls)]
    if view.supplier_controls:
        blocks += [Heading(f"The {view.supplier}", 3), Bullets(view.supplier_controls)]
    if view.note:
        blocks.append(Text(view.note))
    groups = f"{us} groups of controls are yours{theirs}"
    lead = f"{counted(len(marks), 'threat')} on the way from development to use; {groups}."
    return Page(title=view.title, lead=lead, blocks=tuple(blocks), foot=_SOURCE)


def _listed(catalog: Catalog, view: MapView) -> tuple[Heading | Text | Bullets, ...]:
    blocks: list[Heading | Text | Bullets] = []
    struck = [box for box in view.boxes if box.marks]
    for lane, boxes in groupby(struck, key=lambda box: box.lane):
        marks = [mark for box in boxes for mark in box.marks]
        items: tuple[Words, ...] = tuple(threat_part(catalog, mark.threat, mark.name) for mark in marks)
        anchors = tuple(f"threat-{mark.number}" for mark in marks)
        blocks += [Heading(LANES[lane], 3), Bullets(items, start=marks[0].number, anchors=anchors)]
    return tuple(blocks)


def _table(catalog: Catalog, view: MapView) -> Table:
    rows = tuple(_row(catalog, box, view.supplier) for box in view.boxes)
    return Table(caption="Where each threat strikes", columns=("Lane", "What", "Whose", "Threats"), rows=rows)


def _row(catalog: Catalog, box: MapBox, supplier: str) -> tuple[Words, ...]:
    whose = {"us": "yours", "supplier": f"the {supplier}'s", "outside": "comes in or goes out"}[box.whose]
    threats = tuple(
        Part(
            f"{mark.number} {mark.name}", "chip", to=catalog.threats[mark.threat].permalink, tip=f"Loses {mark.loses}."
        )
        for mark in box.marks
    )
    return LANES[box.lane], Part(box.title, "strong"), whose, threats or Part("none on this map", "quiet")


def maps_page(maps: Sequence[ThreatMap], edition: Edition | None) -> Page:
    """The threat maps that there are."""
    if not maps:
        lead = f"The edition of {edition} has no threat maps; those of 2025 are the first."
        return Page(title="Threat maps", lead=lead, blocks=())
    rows = tuple((Part(m.id, "code"), m.title, str(len(m.threats)), m.note) for m in maps)
    table = Table(caption="Threat maps", columns=("Id", "Title", "Threats", "Note"), rows=rows)
    foot = "To see one: bartizan catalog map ID, or as a picture: bartizan catalog map ID -o map.html"
    return Page(title="Threat maps", lead=f"{counted(len(maps), 'map')}.", blocks=(table,), foot=foot)
