"""The catalogue: periodic table, matrix, controls and threat maps of each edition, beside the register's systems."""

from __future__ import annotations

from itertools import groupby

from litestar import get
from litestar.params import FromPath

from bartizan.catalog.maps import UnknownMap, threat_map
from bartizan.catalog.relations import Relations
from bartizan.catalog.search import search
from bartizan.catalog.views import controls_overview, matrix
from bartizan.core.errors import NotFound
from bartizan.core.terms import ControlId, Edition
from bartizan.report.catalog_map_drawing import drawing
from bartizan.report.wording import STATUSES
from bartizan.web import catalogue_entries, catalogue_navigator
from bartizan.web.catalogue_frame import HOME, control_at, edition_of, shown, threat_at, words_of
from bartizan.web.periodic import SIGNS, controls_in, table
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows.catalogue_desk import Standing, choices, standing

_ELSEWHERE = 8


@get(HOME, sync_to_thread=True)
def periodic(visit: TheVisit) -> Page:
    """The periodic table."""
    catalog, edition, words = visit.desk.catalog, edition_of(visit), words_of(visit)
    offered = controls_in(catalog, edition)
    control = visit.query("control")
    control = control if control in dict(offered) else ""
    beside = _standing(visit, edition)
    found = table(catalog, edition, words=words, control=control, standing=beside)
    general = Relations(catalog).of_control(control, edition) if control else ()
    more = {r.threat for r in general} - {row.line.threat for row in found.rows}
    seen = {row.line.threat for row in found.rows}
    hits = [hit for hit in search(catalog, [words], 40) if hit.kind in {"threat", "control"} and hit.id not in seen]
    return shown(
        visit,
        "catalogue.html.j2",
        "",
        f"Periodic table of AI security, {edition}",
        edition,
        table=found,
        words=words,
        control=control,
        control_name=dict(offered).get(ControlId(control), ""),
        controls=offered,
        more=len(more),
        beside=beside,
        systems=choices(visit.desk, visit.person.systems("viewer")),
        signs=SIGNS,
        statuses=STATUSES,
        hits=[(hit, (threat_at if hit.kind == "threat" else control_at)(hit.id)) for hit in hits[:_ELSEWHERE]],
    )


def _standing(visit: Visit, edition: Edition) -> Standing | None:
    """How the chosen system stands; Refused where the person may not see it."""
    name = visit.query("system")
    if not name:
        return None
    visit.require("viewer", name, "the catalogue beside it")
    return standing(visit.desk, name, edition)


@get(f"{HOME}/matrix", sync_to_thread=True)
def the_matrix(visit: TheVisit) -> Page:
    """The AI security matrix as printed."""
    edition, short = edition_of(visit), bool(visit.query("short"))
    view = matrix(visit.desk.catalog, edition, clickable=short)
    words = words_of(visit)
    wanted = words.casefold().split()
    rows = [row for row in view.rows if all(word in " ".join(row.cells).casefold() for word in wanted)]
    return shown(
        visit,
        "catalogue_matrix.html.j2",
        "/matrix",
        "AI security matrix",
        edition,
        view=view,
        rows=rows,
        words=words,
        short=short,
        named=view.columns.index("Threat"),
    )


@get(f"{HOME}/controls", sync_to_thread=True)
def controls(visit: TheVisit) -> Page:
    """How an edition sums up its controls."""
    edition = edition_of(visit)
    view = controls_overview(visit.desk.catalog, edition)
    parts = [(heading, list(found)) for heading, found in groupby(view.parts, key=lambda part: part.heading)]
    known = {c.id for part in view.parts for c in part.controls}
    return shown(
        visit, "catalogue_controls.html.j2", "/controls", view.title, edition, view=view, parts=parts, known=len(known)
    )


@get(f"{HOME}/maps", sync_to_thread=True)
def first_map(visit: TheVisit) -> Page:
    """The threat map of the current edition in general, with links to the others."""
    newest = max(visit.desk.catalog.maps, key=lambda one: one.edition, default=None)
    return _map(visit, newest.id if newest else "")


@get(f"{HOME}/maps/{{name:str}}", sync_to_thread=True)
def one_map(visit: TheVisit, name: FromPath[str]) -> Page:
    """A threat map."""
    return _map(visit, name)


def _map(visit: Visit, name: str) -> Page:
    catalog = visit.desk.catalog
    try:
        view = threat_map(catalog, name)
    except UnknownMap as error:
        raise NotFound(str(error)) from None
    others = [(one.title, f"{HOME}/maps/{one.id}") for one in catalog.maps]
    return shown(
        visit,
        "catalogue_map.html.j2",
        "/maps",
        view.title,
        view.edition,
        view=view,
        drawing=drawing(view),
        maps=others,
        current=f"{HOME}/maps/{view.id}",
    )


HANDLERS = (
    periodic,
    the_matrix,
    controls,
    first_map,
    one_map,
    *catalogue_navigator.HANDLERS,
    *catalogue_entries.HANDLERS,
)
