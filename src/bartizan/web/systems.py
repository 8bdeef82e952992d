"""The pages of one system: its risks, its threat map, its reports, its settings."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.records import Risk
from bartizan.report.exchange import csv_table, register_json, workbook
from bartizan.report.formats import FORMATS, Format, Render
from bartizan.report.pictures.flows import flow_words, flows_of
from bartizan.report.pictures.heat_map import heat_map
from bartizan.report.pictures.threat_map import threat_map
from bartizan.report.remarks import grave
from bartizan.report.wording import number
from bartizan.web import system_controls, system_parties, system_versions
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Column
from bartizan.web.security import needs
from bartizan.web.system_frame import Frame, download, frame, framed
from bartizan.web.system_list import choices, fits, in_order, lines_of
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import keeping, reviews

_COLUMNS = (
    Column(label="Risk", sort="number"),
    Column(label="Threat", sort="threat"),
    Column(label="Component", sort="component"),
    Column(label="Without controls", sort="inherent"),
    Column(label="Now", sort="current"),
    Column(label="After the plan", sort="residual"),
    Column(label="Owner", sort="owner"),
    Column(label="Treatment", sort="treatment"),
)
_FILTERS = ("q", "level", "component", "treatment", "owner", "likelihood", "impact")
_EXCHANGE: dict[str, tuple[str, Render, str]] = {
    "register-xlsx": (".xlsx", workbook.render, "workbook to edit: risks, decisions, controls, evidence, suppliers"),
    "register-csv": (".csv", csv_table.render, "risks as a table to edit"),
    "register-json": (".json", register_json.render, "all tables for programs"),
}
"""Ways out and back in: what the register holds, to be edited and imported again."""


@get("/systems/{system:str}", guards=[needs("viewer")], sync_to_thread=True)
def risks(visit: TheVisit, system: FromPath[str]) -> Page:
    """How the system stands, and its risks."""
    around = frame(visit, system)
    sorts = [column.sort for column in _COLUMNS]
    listing = visit.listing(filters=_FILTERS, sorts=sorts, sort="-current")
    lines = lines_of(around)
    found = in_order([line for line in lines if fits(line, listing)], listing)
    listing = listing.of(len(found))
    scales = around.shown.kept.dossier.catalog.scales
    shown = found[listing.offset : listing.offset + listing.per_page]

    def to(likelihood: int, impact: int) -> str:
        return f"{around.at}?{urlencode({'likelihood': likelihood, 'impact': impact})}#risks"

    return framed(
        visit,
        around,
        "system.html.j2",
        "",
        heat=heat_map(around.shown.kept.assessment.risks, scales, to),
        lines=shown,
        listing=listing,
        columns=_COLUMNS,
        options=choices(lines),
        others=[row for row in around.shown.kept.holding.risks if row.state != "open"],
        remarks=grave(around.shown.kept.dossier),
    )


@get("/systems/{system:str}/map", guards=[needs("viewer")], sync_to_thread=True)
def threats(visit: TheVisit, system: FromPath[str]) -> Page:
    """The threat map, its marks numbered as the register numbers the risks."""
    around = frame(visit, system)
    dossier = around.shown.kept.dossier
    numbers = around.shown.numbers
    known = [risk for risk in dossier.assessment.risks if risk.id in numbers]
    assessment = msgspec.structs.replace(dossier.assessment, risks=tuple(known))
    drawn = msgspec.structs.replace(dossier, assessment=assessment)
    marks = {risk.id: (str(numbers[risk.id]), around.risk(numbers[risk.id])) for risk in known}
    return framed(
        visit,
        around,
        "system_map.html.j2",
        "/map",
        map=threat_map(drawn, marks),
        said=_where(around, known),
        risks=sorted(known, key=lambda risk: numbers[risk.id]),
        numbers=numbers,
        flows=flows_of(dossier.system),
        flow_words=flow_words,
    )


def _where(around: Frame, risks: list[Risk]) -> str:
    """Where most risks hit, in a sentence."""
    if not risks:
        return "No threat of the catalogue becomes a risk here."
    places = Counter(risk.component for risk in risks)
    place, most = places.most_common(1)[0]
    name = around.words.component(place)
    if len(places) == 1:
        return f"All {number(len(risks), 'risk')} hit {name}." if len(risks) > 1 else f"The one risk hits {name}."
    return f"{name} is hit most: by {most} of {number(len(risks), 'risk')}."


# what leaves


@get("/systems/{system:str}/reports", guards=[needs("viewer")], sync_to_thread=True)
def reports(visit: TheVisit, system: FromPath[str]) -> Page:
    """What can be downloaded."""
    kinds = [(f.name, f.suffix, f.about) for f in FORMATS]
    back = [(name, suffix, about) for name, (suffix, _, about) in _EXCHANGE.items()]
    return framed(visit, frame(visit, system), "system_reports.html.j2", "/reports", kinds=kinds, back=back)


@get("/systems/{system:str}/reports/{kind:str}", guards=[needs("viewer")], sync_to_thread=True)
def report(visit: TheVisit, system: FromPath[str], kind: FromPath[str]) -> Response[bytes]:
    """One report of the system as it stands today."""
    dossier = keeping.look(visit.desk, system).dossier
    form: Format | None = next((f for f in FORMATS if f.name == kind), None)
    if form is not None:
        return download(form.render(dossier), f"{system}-{visit.desk.today}{form.suffix}")
    if kind not in _EXCHANGE:
        raise NotFound(f"there is no report '{kind:.60}'")
    suffix, render, _ = _EXCHANGE[kind]
    return download(render(dossier), f"{system}-register-{visit.desk.today}{suffix}")


# settings


@get("/systems/{system:str}/settings", guards=[needs("viewer")], sync_to_thread=True)
def settings(visit: TheVisit, system: FromPath[str]) -> Page:
    """When it is reviewed, and whether it is archived."""
    return _settings(visit, system)


@post("/systems/{system:str}/review", guards=[needs("assessor")], sync_to_thread=True)
def review(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Keep that somebody reviewed it, and what came of it."""
    try:
        reviews.done(visit.desk, system, form.text("outcome"), by=visit.person.id, next_on=form.text("next"))
    except InputError as error:
        return _settings(visit, system, form, error, "review")
    return visit.redirect(f"/systems/{system}/settings", "The review is kept, and the system assessed anew.")


@post("/systems/{system:str}/review-date", guards=[needs("assessor")], sync_to_thread=True)
def review_date(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Set the day of the next review."""
    who = form.text("owner") or visit.person.id
    try:
        reviews.plan(visit.desk, system, form.text("due"), by=visit.person.id, why=form.text("why"), owner=who)
    except InputError as error:
        return _settings(visit, system, form, error, "plan")
    return visit.redirect(f"/systems/{system}/settings", "The day is set.")


@post("/systems/{system:str}/refresh", guards=[needs("assessor")], sync_to_thread=True)
def refresh(visit: TheVisit, system: FromPath[str]) -> Page:
    """Assess it anew as of today."""
    keeping.refresh(visit.desk, system, by=visit.person.id)
    return visit.redirect(f"/systems/{system}", "The system is assessed as of today.")


@post("/systems/{system:str}/archive", guards=[needs("assessor")], sync_to_thread=True)
def archive(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Put it away, or take it out again."""
    away = form.text("archived") == "yes"
    here = f"/systems/{system}/settings"
    try:
        keeping.archive(visit.desk, system, away, by=visit.person.id, revision=form.revision)
    except Conflict:
        now = frame(visit, system).shown.system
        fields = [
            Differs(
                name="archived",
                label="Archived",
                saved="yes" if now.archived else "no",
                typed=form.text("archived"),
            )
        ]
        return visit.conflict(
            title="Archive",
            action=f"/systems/{system}/archive",
            back=here,
            fields=fields,
            revision=now.revision,
            form=form,
        )
    return visit.redirect(here, "The system is archived." if away else "The system is back among the others.")


def _settings(
    visit: Visit, system: str, typed: Form = EMPTY, problems: InputError | None = None, failed: str = ""
) -> Page:
    around = frame(visit, system)
    planned = [one for one in around.shown.kept.holding.reviews if one.risk_number is None]
    return framed(
        visit,
        around,
        "system_settings.html.j2",
        "/settings",
        typed=typed,
        problems=problems,
        failed=failed,
        planned=planned,
    )


HANDLERS = (
    risks,
    threats,
    reports,
    report,
    settings,
    review,
    review_date,
    refresh,
    archive,
    *system_controls.HANDLERS,
    *system_parties.HANDLERS,
    *system_versions.HANDLERS,
)
