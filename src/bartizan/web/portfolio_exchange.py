"""The register out to a spreadsheet and back in: every system a person may see, then a look at what would change."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.report.exchange.canonical import TABLES
from bartizan.report.exchange.reading import read
from bartizan.report.wording import number
from bartizan.web.forms import TheForm
from bartizan.web.security import needs
from bartizan.web.system_frame import download
from bartizan.web.uploads import SHELF, chosen
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import exchange

_HERE = "/portfolio/exchange"
_PURPOSE = "exchange"
LARGEST = 20_000_000
"""Bytes of a file that comes back; the command line takes larger ones."""
MOST = 300
"""Systems that are written at once: each is assessed for it."""
_KINDS = {"csv": ".csv", "xlsx": ".xlsx", "json": ".json", "jira": ".jira.csv", "ciso-assistant": ".ciso-assistant.csv"}
_VIEWER = [needs("viewer", anywhere=True)]
_ASSESSOR = [needs("assessor", anywhere=True)]


@get(_HERE, guards=_VIEWER, sync_to_thread=True)
def both_ways(visit: TheVisit) -> Page:
    """What can be downloaded, and where it comes back in."""
    return _page(visit)


@get("/portfolio/export", guards=_VIEWER, sync_to_thread=True)
def out(visit: TheVisit) -> Page:
    """The page has both ways."""
    return visit.redirect(_HERE)


@get("/portfolio/import", guards=_VIEWER, sync_to_thread=True)
def back(visit: TheVisit) -> Page:
    """The page has both ways."""
    return visit.redirect(_HERE)


@get("/portfolio/export/{kind:str}", guards=_VIEWER, sync_to_thread=True)
def export(visit: TheVisit, kind: FromPath[str]) -> Response[bytes] | Page:
    """The register of every system that this person may see, as one file."""
    if kind not in _KINDS:
        raise NotFound(f"nothing is written as '{kind:.60}'")
    table = visit.query("table", "risks")
    names = _names(visit)
    if len(names) > MOST:
        said = f"{len(names)} systems are more than are written at once here; use: bartizan register export --all"
        return _page(visit, notice=said, status=422)
    (made,) = exchange.export(visit.desk, names, kind, table=table, bom=kind == "csv")
    what = f"register-{table}" if kind == "csv" else "register"
    return download(made.content, f"{what}-{visit.desk.today}{_KINDS[kind]}")


@post("/portfolio/import", guards=_ASSESSOR, sync_to_thread=True, request_max_body_size=LARGEST + 100_000)
def look(visit: TheVisit, form: TheForm) -> Page:
    """What a file that came back would change; nothing is changed yet."""
    try:
        upload = chosen(form)
        incoming = read(upload.content, upload.name)
    except InputError as error:
        return _page(visit, problems=error)
    found = exchange.preview(visit.desk, incoming, only=visit.person.systems("assessor"))
    word = SHELF.put(visit.person.id, _PURPOSE, upload) if found.changes and found.applies else ""
    return _page(visit, found=found, word=word)


@post("/portfolio/import/apply", guards=_ASSESSOR, sync_to_thread=True)
def apply(visit: TheVisit, form: TheForm) -> Page:
    """Do what was looked at, all or nothing; what changed meanwhile is told, and nothing is done."""
    person, word = visit.person, form.text("file")
    try:
        upload = SHELF.take(word, person.id, _PURPOSE)
    except Conflict as error:
        return _page(visit, notice=str(error), status=409)
    incoming, only = read(upload.content, upload.name), person.systems("assessor")
    try:
        done = exchange.apply(visit.desk, incoming, by=person.id, only=only, expected=form.text("digest") or "none")
    except InputError as error:
        return _page(visit, problems=error)
    except Conflict as error:
        now = exchange.preview(visit.desk, incoming, only=only)
        return _page(visit, found=now, word=word if now.applies and now.changes else "", notice=str(error), status=409)
    SHELF.let_go(word)
    told = f"{number(len(done.changes), 'change')} to {number(len(done.systems), 'system')} from {upload.name}."
    return visit.redirect("/portfolio", told)


def _names(visit: Visit) -> tuple[str, ...]:
    only = visit.person.systems("viewer")
    return tuple(name for name in exchange.described_systems(visit.desk) if only is None or name in only)


def _page(
    visit: Visit,
    *,
    found: exchange.Preview | None = None,
    problems: InputError | None = None,
    word: str = "",
    notice: str = "",
    status: int = 0,
) -> Page:
    return visit.page(
        "portfolio_exchange.html.j2",
        title="Export and import",
        crumbs=[("Portfolio", "/portfolio")],
        problems=problems,
        status=status,
        found=found,
        word=word,
        notice=notice,
        tables=[table.name for table in TABLES],
        many=len(_names(visit)),
        most=MOST,
        largest=LARGEST // 1_000_000,
        may_import=visit.person.may_somewhere("assessor"),
    )


HANDLERS = (both_ways, out, back, export, look, apply)
