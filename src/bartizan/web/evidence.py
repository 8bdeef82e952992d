"""Evidence across systems, and the results of testing tools on their way in: looked at first, then kept."""

from __future__ import annotations

from typing import cast, get_args
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError
from bartizan.register.observed import EvidenceFilters, Standing
from bartizan.register.portfolio import Filters
from bartizan.report.wording import number, plain
from bartizan.web.forms import EMPTY, Form, TheForm, Upload
from bartizan.web.listing import Column
from bartizan.web.security import needs
from bartizan.web.uploads import SHELF, as_file, chosen
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import observing as work
from bartizan.workflows import portfolio
from bartizan.workflows.keeping import look as look_at

HERE = "/evidence"
LARGEST = 32_000_000
"""Bytes of a file of results; the command line takes larger ones."""
_COLUMNS = (
    Column(label="Evidence"),
    Column(label="System"),
    Column(label="About"),
    Column(label="Result"),
    Column(label="State"),
    Column(label="Held on"),
    Column(label="Tool"),
)
_STANDINGS = {"": "All", "counts": "In date", "stale": "Stale", "withdrawn": "Withdrawn"}
_FRESH = {"fresh": "good", "stale": "due", "outdated": "bad", "future": ""}
_MOST_SYSTEMS = 200
_PURPOSE = "results of "


@get(HERE, guards=[needs("viewer", anywhere=True)], sync_to_thread=True)
def evidence(visit: TheVisit) -> Page:
    """What was observed of the systems that this person may see, the newest first."""
    listing = visit.listing(filters=("q", "system", "about", "tool", "standing"))
    only, asked = visit.person.systems("viewer"), listing.filters
    standing = asked["standing"] if asked["standing"] in get_args(Standing) else ""
    wanted = EvidenceFilters(
        text=asked["q"],
        system=asked["system"],
        about=asked["about"],
        tool=asked["tool"],
        standing=cast(Standing, standing),
        only=only,
    )
    found = work.search(visit.desk, wanted, offset=listing.offset, limit=listing.per_page)
    stale = work.search(visit.desk, EvidenceFilters(only=only, standing="stale"), limit=1).total
    counting = work.search(visit.desk, EvidenceFilters(only=only, standing="counts"), limit=1).total
    return visit.page(
        "evidence.html.j2",
        title="Evidence",
        listing=listing.of(found.total),
        columns=_COLUMNS,
        items=[(one, one.evidence, one.freshness(visit.desk.today)) for one in found.items],
        stale=stale,
        counting=counting,
        names=portfolio.names(visit.desk, Filters(only=only), limit=_MOST_SYSTEMS),
        standings=_STANDINGS,
        kinds=_FRESH,
        may_add=visit.person.may_somewhere("assessor"),
    )


@get(f"{HERE}/import", guards=[needs("assessor", anywhere=True)], sync_to_thread=True)
def choose(visit: TheVisit) -> Page:
    """Of which system the results are."""
    word = visit.query("q")
    wanted = Filters(text=word, only=visit.person.systems("assessor"))
    return visit.page(
        "evidence_choose.html.j2",
        title="Import results",
        crumbs=[("Evidence", HERE)],
        word=word,
        names=portfolio.names(visit.desk, wanted, limit=_MOST_SYSTEMS),
        most=_MOST_SYSTEMS,
    )


@get(HERE + "/import/{system:str}", guards=[needs("assessor")], sync_to_thread=True)
def results(visit: TheVisit, system: FromPath[str]) -> Page:
    """Which file, and what was tested."""
    return _page(visit, system)


@post(
    HERE + "/import/{system:str}",
    guards=[needs("assessor")],
    sync_to_thread=True,
    request_max_body_size=LARGEST + 100_000,
)
def look(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """What a file of results would add; nothing is kept yet."""
    try:
        upload = chosen(form)
        found = _read(visit, system, upload, form)
    except InputError as error:
        return _page(visit, system, form, error)
    word = SHELF.put(visit.person.id, _PURPOSE + system, upload) if found.evidence else ""
    return _page(visit, system, form, found=found, word=word, name=upload.name)


@post(HERE + "/import/{system:str}/apply", guards=[needs("assessor")], sync_to_thread=True)
def apply(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Keep what was looked at, and rate the risks by it."""
    try:
        upload = SHELF.take(form.text("held"), visit.person.id, _PURPOSE + system)
        found = _read(visit, system, upload, form)
        kept = work.keep(visit.desk, system, found, by=visit.person.id)
    except InputError as error:
        return _page(visit, system, form, error)
    except Conflict as error:
        return _page(visit, system, form, notice=str(error))
    SHELF.let_go(form.text("held"))
    told = f"{number(len(kept), 'piece')} of evidence from {upload.name} kept, and the risks rated anew."
    return visit.redirect(f"{HERE}?system={quote(system, safe='')}", told)


def _read(visit: Visit, system: str, upload: Upload, form: Form) -> work.Results:
    component, day, by = form.text("component"), form.text("held_on"), visit.person.id
    with as_file(upload) as path:
        return work.read(visit.desk, system, path, component=component, held_on=day, by=by)


def _page(
    visit: Visit,
    system: str,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    *,
    found: work.Results | None = None,
    word: str = "",
    name: str = "",
    notice: str = "",
) -> Page:
    kept = look_at(visit.desk, system)
    numbers = {row.risk: row for row in kept.holding.risks}
    called = plain(kept.holding.system.name)
    return visit.page(
        "evidence_import.html.j2",
        title=f"Import results for {called}",
        crumbs=[("Evidence", HERE), ("Import results", f"{HERE}/import")],
        typed=typed,
        problems=problems,
        status=409 if notice else 0,
        notice=notice,
        system=system,
        called=called,
        places=[(place, plain(label)) for place, label in work.places(kept)],
        found=found,
        word=word,
        name=name,
        rows=numbers,
        largest=LARGEST // 1_000_000,
    )


HANDLERS = (evidence, choose, results, look, apply)
