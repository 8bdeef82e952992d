"""A threat or a control of the catalogue: what it is, when it counts, what helps, and which systems it concerns now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from litestar import get
from litestar.params import FromPath
from markupsafe import Markup

from bartizan.catalog.entries import Catalog
from bartizan.catalog.relations import Relations
from bartizan.core.terms import ControlId, Edition, ThreatId
from bartizan.report.catalog_entry import control_page, threat_page
from bartizan.report.catalog_page import Bar, Block, Facts, Heading, Part
from bartizan.report.catalog_page import Page as Written
from bartizan.report.catalog_page import parts as parts_of
from bartizan.report.pictures.effect_bar import effect_bar
from bartizan.report.wording import first_sentence
from bartizan.web.catalogue_frame import HOME, control_at, edition_of, found_by, shown, threat_at
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows.catalogue_desk import Concerned, concerned

_PARTICULAR = frozenset({"listed", "mentioned", "emphasis", "group", "parent", "imported", "supplier"})


@get(f"{HOME}/threats/{{name:str}}", sync_to_thread=True)
def threat(visit: TheVisit, name: FromPath[str]) -> Page:
    """A threat."""
    catalog, edition = visit.desk.catalog, edition_of(visit)
    entry = catalog.threats.get(ThreatId(name))
    if entry is None:
        return _elsewhere(visit, name, edition)
    written = threat_page(catalog, Relations(catalog), entry, edition, measured=visit.desk.measured)
    rated = entry if entry.rated or entry.parent is None else catalog.threats[entry.parent]
    found = concerned(visit.desk, (rated.id,), visit.person.systems("viewer"))
    return _shown(visit, edition, written, found, name=name, rated=rated.id, known=edition in entry.names)


@get(f"{HOME}/controls/{{name:str}}", sync_to_thread=True)
def control(visit: TheVisit, name: FromPath[str]) -> Page:
    """A control."""
    catalog, edition = visit.desk.catalog, edition_of(visit)
    entry = catalog.controls.get(ControlId(name))
    if entry is None:
        return _elsewhere(visit, name, edition)
    relations = Relations(catalog)
    written = control_page(catalog, relations, entry, edition, measured=visit.desk.measured)
    threats = [r.threat for r in relations.of_control(name, edition) if r.how in _PARTICULAR]
    found = concerned(visit.desk, threats, visit.person.systems("viewer"))
    return _shown(visit, edition, written, found, name=name, rated="", known=edition in entry.names or not entry.names)


def _shown(
    visit: Visit,
    edition: Edition,
    written: Written,
    found: tuple[Concerned, ...],
    *,
    name: str,
    rated: str,
    known: bool,
) -> Page:
    catalog = visit.desk.catalog
    facts, sections = _arranged(written)
    first, more = _split(written.lead)
    is_threat = name in catalog.threats
    return shown(
        visit,
        "catalogue_entry.html.j2",
        "/threats" if is_threat else "/controls",
        written.title,
        edition,
        at=(threat_at if is_threat else control_at)(name),
        written=written,
        facts=facts,
        first=first,
        more=more,
        blocks=[(type(block).__name__, block) for block in sections],
        concerned=found,
        name=name,
        is_threat=is_threat,
        rated=rated,
        known=known,
        parts_of=parts_of,
        leads=Leads(catalog, edition),
        scales=catalog.scales,
    )


_FIRST = ("When it applies", "Controls", "Threats it works against", "What was measured")
"""Parts that a reader looks for before all others."""


def _arranged(written: Written) -> tuple[list[Facts], list[Block]]:
    """The facts that stand beside the text, and the text with the parts that are looked for first in front."""
    facts = [block for block in written.blocks if isinstance(block, Facts)][:1]
    parts: list[list[Block]] = [[]]
    for block in written.blocks:
        if isinstance(block, Heading) and block.level == _PART:
            parts.append([])
        if block not in facts:
            parts[-1].append(block)
    parts.sort(key=_place)
    return facts, [block for part in parts for block in part]


def _place(part: Sequence[Block]) -> int:
    head = part[0] if part else None
    return _FIRST.index(head.text) if isinstance(head, Heading) and head.text in _FIRST else len(_FIRST)


_PART = 2


def _split(text: str) -> tuple[str, str]:
    """The first sentence, and the others."""
    first = first_sentence(text)
    return first, text[len(first) :].strip() if text.startswith(first) else ""


def _elsewhere(visit: Visit, name: str, edition: Edition) -> Page:
    """On to the page of what the name certainly means; else a 404 that offers the nearest names."""
    place, _, near = found_by(visit.desk.catalog, name)
    if place:
        return visit.redirect(place)
    offered = [(word, found_by(visit.desk.catalog, word)[0]) for word in near]
    return shown(
        visit,
        "catalogue_missing.html.j2",
        "/missing",
        "No edition has this name",
        edition,
        status=404,
        word=name[:100],
        near=[(word, place) for word, place in offered if place],
    )


class Leads:
    """Where the parts of a written page lead here, instead of to the framework's own text."""

    def __init__(self, catalog: Catalog, edition: Edition) -> None:
        self._by_address: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for entry in catalog.controls.values():
            self._add(control_at(entry.id), entry.permalink, (entry.id, *entry.names.values(), entry.title))
        for one in catalog.threats.values():
            self._add(threat_at(one.id), one.permalink, (one.id, *one.names.values(), one.name_in(edition)))

    @staticmethod
    def bar(bar: Bar) -> Markup:
        """What was measured, drawn."""
        return effect_bar(bar.low, bar.value, bar.high)

    def _add(self, place: str, address: str, names: Iterable[str]) -> None:
        if address:
            self._by_address[address] = place
        self._by_name |= dict.fromkeys(names, place)

    def to(self, part: Part) -> str:
        """An address of ours for a part that names a threat or control; the framework's where it shows that itself."""
        if part.text == part.to or part.to.startswith("#"):
            return part.to
        if part.style == "chip" or part.to:
            return self._by_address.get(part.to) or self._by_name.get(part.text) or part.to
        return ""


HANDLERS = (threat, control)
