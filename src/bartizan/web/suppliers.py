"""Suppliers across systems: what they were asked, how far their answers are, and what is done meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.kept import SupplierAnswer
from bartizan.core.terms import ControlId
from bartizan.report.questionnaire import render_markdown, render_xlsx
from bartizan.report.wording import listing as listed
from bartizan.report.wording import number, plain
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Column
from bartizan.web.security import needs
from bartizan.web.supplier_words import do_as_said
from bartizan.web.system_frame import download
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import suppliers as work
from bartizan.workflows.answering import Asked, asked_of

HERE = "/suppliers"
_VIEWER = [needs("viewer", anywhere=True)]
_ASSESSOR = [needs("assessor", anywhere=True)]
_STATES = ("open", "sent", "answered", "verified", "expired", "refused")
_COLUMNS = (
    Column(label="Supplier", sort="name"),
    Column(label="Systems", sort="systems", number=True),
    Column(label="Unanswered", sort="waits", number=True),
    *(Column(label=state.capitalize(), number=True) for state in _STATES),
)
_MEANWHILE = (
    ("", "Nothing is said yet"),
    ("accept", "Accept the risk"),
    ("mitigate", "Mitigate it ourselves"),
    ("avoid", "Avoid the supplier"),
)
_WAITING = ("open", "sent", "expired", "refused")


@get(HERE, guards=_VIEWER, sync_to_thread=True)
def suppliers(visit: TheVisit) -> Page:
    """Every supplier of the systems that this person may see."""
    place = visit.listing(filters=("q", "state"), sorts=("name", "systems", "waits"), sort="-waits")
    every = work.overview(visit.desk, only=visit.person.systems("viewer"))
    word, state = place.filters["q"].casefold(), place.filters["state"]
    found = [
        one
        for one in every
        if word in f"{one.supplier.name} {one.supplier.contact}".casefold() and (not state or one.states.get(state))
    ]
    found.sort(key=lambda one: one.supplier.name.casefold())
    if place.sort == "name":
        found.sort(key=lambda one: one.supplier.name.casefold(), reverse=place.descending)
    elif place.sort == "systems":
        found.sort(key=lambda one: len(one.systems), reverse=place.descending)
    else:
        found.sort(key=_waits, reverse=place.descending)
    place = place.of(len(found))
    return visit.page(
        "suppliers.html.j2",
        title="Suppliers",
        listing=place,
        columns=_COLUMNS,
        states=_STATES,
        found=found[place.offset : place.offset + place.per_page],
        every=len(every),
        waiting=sum(_waits(one) for one in every),
        owing=sum(_waits(one) > 0 for one in every),
        waits=_waits,
    )


def _waits(one: work.Overview) -> int:
    return sum(one.states.get(state, 0) for state in _WAITING)


@get(HERE + "/{supplier:str}", guards=_VIEWER, sync_to_thread=True)
def of_supplier(visit: TheVisit, supplier: FromPath[str]) -> Page:
    """What one supplier was asked, for all systems or for one."""
    return _page(visit, supplier)


@get(HERE + "/{supplier:str}/questions/{system:str}", guards=[needs("viewer")], sync_to_thread=True)
def questionnaire(visit: TheVisit, supplier: FromPath[str], system: FromPath[str]) -> Response[bytes] | Page:
    """The questions that are open for one system, to send."""
    try:
        letter = work.letter(visit.desk, system, supplier)
    except Conflict as error:
        return _page(visit, supplier, notice=str(error))
    name = f"questions-{supplier}-{system}-{visit.desk.today}"
    if visit.query("form") == "xlsx":
        return download(render_xlsx(letter), f"{name}.xlsx")
    return download(render_markdown(letter), f"{name}.md")


@post(HERE + "/{supplier:str}/send/{system:str}", guards=[needs("assessor")], sync_to_thread=True)
def send(visit: TheVisit, supplier: FromPath[str], system: FromPath[str]) -> Page:
    """Say that the open questions for one system were sent."""
    try:
        sent = work.send(visit.desk, system, supplier, by=visit.person.id)
    except Conflict as error:
        return _page(visit, supplier, notice=str(error))
    return visit.redirect(_at(supplier, system), f"{number(len(sent), 'question')} marked as sent today.")


@post(HERE + "/{supplier:str}/answers/{control:str}", guards=_ASSESSOR, sync_to_thread=True)
def answer(visit: TheVisit, form: TheForm, supplier: FromPath[str], control: FromPath[str]) -> Page:
    """Keep an answer, that it was checked or refused, or what is done meanwhile; for each system that was ticked."""
    names = tuple(dict.fromkeys(form.many("system")))
    for name in names:
        visit.require("assessor", name, f"answer of {supplier}")
    failed = f"{form.text('act')}-{control}"
    if not names:
        wrong = Problem(file="system", finding="no system is chosen", fix="tick those that it is for")
        return _page(visit, supplier, form, InputError([wrong]), failed=failed)
    done: list[str] = []
    try:
        for name in names:
            do_as_said(visit, _given(form, name, supplier, control), form)
            done.append(name)
    except InputError as error:
        return _page(visit, supplier, form, error, failed=failed)
    except Conflict as error:
        return _page(visit, supplier, notice=_not_all(names, done, error))
    chosen = form.text("back") if form.text("back") in names else ""
    told = "Saved." if len(done) == 1 else f"Saved for {len(done)} systems."
    return visit.redirect(f"{_at(supplier, chosen)}#{quote(control)}", told)


def _given(form: Form, system: str, supplier: str, control: str) -> work.Given:
    text = form.text(f"revision-{system}")
    revision = int(text) if text.isdecimal() and len(text) < 10 else -1
    return work.Given(system=system, supplier=supplier, control=control, revision=revision)


def _not_all(names: Iterable[str], done: list[str], error: Conflict) -> str:
    """What was done before somebody else's change stood in the way, and what was not."""
    left = [name for name in names if name not in done]
    saved = f"Saved for {listed(done)}, but not" if done else "Not saved"
    return f"{saved} for {listed(left)}: {error}"


@post(HERE + "/{supplier:str}/contact", guards=[needs("assessor")], sync_to_thread=True)
def contact(visit: TheVisit, form: TheForm, supplier: FromPath[str]) -> Page:
    """Say what a supplier is called, and whom to ask; it holds for every system."""
    said = {"name": form.text("name"), "contact": form.text("contact"), "note": form.text("note")}
    try:
        work.rename(visit.desk, supplier, **said, by=visit.person.id)
    except InputError as error:
        return _page(visit, supplier, form, error, failed="contact")
    except Conflict as error:
        wrong = InputError([Problem(file="name", finding=str(error), fix="give another name")])
        return _page(visit, supplier, form, wrong, failed="contact")
    return visit.redirect(_at(supplier), "Saved.")


def _at(supplier: str, system: str = "") -> str:
    place = f"{HERE}/{quote(supplier, safe='')}"
    return f"{place}?{urlencode({'system': system})}" if system else place


def _page(
    visit: Visit,
    supplier: str,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    *,
    failed: str = "",
    notice: str = "",
) -> Page:
    found = asked_of(visit.desk, supplier, visit.person.systems("viewer"))
    if not found.questions and visit.person.systems("viewer") is not None:
        raise NotFound(f"there is no supplier '{supplier:.100}' of the systems that you may see")
    chosen = visit.query("system") or typed.text("back")
    chosen = chosen if chosen in found.systems else ""
    editable = visit.person.systems("assessor")
    controls = visit.desk.catalog.controls
    today = visit.desk.today

    def title(control: str) -> str:
        known = controls.get(ControlId(control))
        return known.title if known else control.replace("_", " ")

    def may(system: str) -> bool:
        return editable is None or system in editable

    return visit.page(
        "suppliers_one.html.j2",
        title=plain(found.supplier.name),
        crumbs=[("Suppliers", HERE)],
        typed=typed,
        problems=problems,
        status=409 if notice else 0,
        failed=failed,
        notice=notice,
        asked=found,
        chosen=chosen,
        questions=_of(found, chosen),
        waits=found.count(today, chosen),
        to_send=_to_send(found, today),
        title_of=title,
        may=may,
        may_rename=editable is None,
        meanwhile=_MEANWHILE,
        at=_at(found.supplier.id),
        today=today,
    )


def _of(found: Asked, chosen: str) -> list[tuple[str, list[SupplierAnswer]]]:
    """Control and answers, of one system where it is chosen; what is settled everywhere comes last."""
    pairs = [
        (question.control, [one for one in question.answers if chosen in {"", one.system}])
        for question in found.questions
    ]
    kept = [(control, answers) for control, answers in pairs if answers]
    return sorted(kept, key=lambda pair: all(one.state == "settled" for one in pair[1]))


def _to_send(found: Asked, today: str) -> list[tuple[str, str, int]]:
    """Systems for which questions are to be sent: id, name, and how many."""
    counts: dict[str, int] = {}
    for question in found.questions:
        for one in question.answers:
            if one.state == "open" or one.expired(today):
                counts[one.system] = counts.get(one.system, 0) + 1
    return [(name, found.names.get(name, name), counts[name]) for name in found.systems if name in counts]


HANDLERS = (suppliers, of_supplier, questionnaire, send, answer, contact)
