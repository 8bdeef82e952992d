"""Reviews: what is due, most urgent first, with the place where to do it; what waits for approval; what was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode

import msgspec
from litestar import get, post
from litestar.params import FromPath

from bartizan.core.dates import day_after
from bartizan.core.due import Due
from bartizan.core.errors import InputError
from bartizan.register.outbox import Waiting
from bartizan.report.wording import capital, plain
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Listing
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import events
from bartizan.workflows import reviews as work
from bartizan.workflows.agenda import Looked, agenda, looked, messages

HERE = "/reviews"
_AHEAD = 90
_MONTH = 30
_STANDING = {"catalogue", "edition", "unknown"}
"""What has no day of its own."""
KINDS: Mapping[str, str] = {
    "lapsed": "Acceptance lapsed",
    "request": "Approval",
    "acceptance": "Acceptance ends",
    "treatment": "Treatment",
    "control": "Control",
    "risk": "Risk to look at",
    "evidence": "Evidence",
    "supplier": "Supplier",
    "event": "Event",
    "review": "Review",
    "catalogue": "Catalogue",
    "edition": "Edition",
    "unknown": "Open questions",
}
_DO: Mapping[str, str] = {
    "review": "look at the system, and record what came of it",
    "catalogue": "assess all systems anew",
    "edition": "see what it changes",
    "unknown": "answer what is asked of the system",
    "supplier": "ask them, keep their answer, or say what is done meanwhile",
    "event": "look at it; where it concerns a risk, add it as evidence there",
    "acceptance": "treat it, or ask for it to be accepted anew",
}
"""What to do about it here, where the command line says it in commands."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is due, as a row shows it."""

    due: Due
    kind: str
    what: str
    do: str
    href: str
    has_day: bool


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Things of one urgency."""

    key: str
    title: str
    items: tuple[Item, ...]
    total: int


@get(HERE, guards=[needs("viewer", anywhere=True)], sync_to_thread=True)
def reviews(visit: TheVisit) -> Page:
    """What is due of all systems that this person may see."""
    listing = msgspec.structs.replace(visit.listing(filters=("system", "kind", "owner")), per_page=100)
    found = agenda(visit.desk, visit.person, within=_AHEAD, system=listing.filters["system"])
    mine = [one.due for one in found.requests]
    every = [one for one in found.due if one not in mine]
    shown = [one for one in every if _fits(one, listing)]
    page = shown[listing.offset : listing.offset + listing.per_page]
    today = visit.desk.today
    return visit.page(
        "reviews.html.j2",
        title="Reviews",
        listing=listing.of(len(shown)),
        overdue=sum(_urgency(one, today) == 0 for one in every),
        month=sum(_urgency(one, today) == 1 for one in every),
        groups=tuple(_groups(page, shown, today)),
        requests=[(one, item_of(one.due)) for one in found.requests],
        names=found.names,
        kinds={kind: KINDS[kind] for kind in KINDS if kind in {one.kind for one in every}},
        owners=sorted({plain(one.owner) for one in every if one.owner}, key=str.casefold),
        told=[_told(one) for one in messages(visit.desk, visit.person)],
        may_refresh=visit.person.may("assessor"),
        today=today,
    )


def _fits(one: Due, listing: Listing) -> bool:
    asked = listing.filters
    return (not asked["kind"] or one.kind == asked["kind"]) and (
        not asked["owner"] or plain(one.owner).casefold() == asked["owner"].casefold()
    )


_TITLES = ("Now", "Within 30 days", "Later, within 90 days", "Without a day")


def _urgency(one: Due, today: str) -> int:
    if one.kind in _STANDING:
        return 3
    if one.due < today or one.kind in {"lapsed", "request", "event"}:
        return 0
    return 1 if one.due <= day_after(today, _MONTH) else 2


def _groups(page: Iterable[Due], whole: Iterable[Due], today: str) -> Iterator[Group]:
    """The things of a page by their urgency; each group says how many there are on all pages."""
    shown = [(_urgency(one, today), one) for one in page]
    every = [_urgency(one, today) for one in whole]
    for number, title in enumerate(_TITLES):
        items = tuple(item_of(one) for urgency, one in shown if urgency == number)
        if items:
            yield Group(key=f"g{number}", title=title, items=items, total=every.count(number))


def item_of(one: Due) -> Item:
    """A thing that is due, with where to do it and what."""
    do = _DO.get(one.kind, one.do)
    return Item(
        due=one,
        kind=KINDS[one.kind],
        what=capital(plain(one.what)),
        do=capital(plain(do)),
        href=_place(one),
        has_day=one.kind not in _STANDING,
    )


def _place(one: Due) -> str:
    system = f"/systems/{quote(one.system, safe='')}"
    own = f"{HERE}/{quote(one.system, safe='')}"
    places = {
        "control": f"{system}/controls",
        "unknown": f"{system}/questions",
        "supplier": f"/suppliers/{quote(one.about, safe='')}?{urlencode({'system': one.system})}",
        "event": own,
        "review": own,
        "catalogue": "/work",
        "edition": f"/portfolio/upgrade?{urlencode({'edition': one.about})}",
    }
    if one.kind in places:
        return places[one.kind]
    if one.risk_number is None:
        return f"/evidence?{urlencode({'system': one.system})}" if one.kind == "evidence" else system
    return f"{system}/risks/{one.risk_number}" + ("#evidence" if one.kind == "evidence" else "")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was put out for this person."""

    at: str
    sent_at: str
    subject: str
    what: str
    href: str
    error: str


def _told(one: Waiting) -> Told:
    try:
        said = msgspec.json.decode(one.body, type=dict[str, str])
    except msgspec.MsgspecError:
        said = {}
    system = said.get("system", "")
    href = f"/systems/{quote(system, safe='')}" if system else ""
    what = capital(plain(said.get("what", "")))
    said_as = plain(one.subject)
    return Told(at=one.created_at, sent_at=one.sent_at, subject=said_as, what=what, href=href, error=one.error)


# one system


@get(HERE + "/{system:str}", guards=[needs("viewer")], sync_to_thread=True)
def of_system(visit: TheVisit, system: FromPath[str]) -> Page:
    """The reviews of one system, and what happened to it since."""
    return _of_system(visit, system)


@post(HERE + "/{system:str}/done", guards=[needs("assessor")], sync_to_thread=True)
def done(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Record that somebody looked at the system, and what came of it."""
    try:
        work.done(visit.desk, system, form.text("outcome"), by=visit.person.id, next_on=form.text("next"))
    except InputError as error:
        return _of_system(visit, system, form, error)
    return visit.redirect(f"{HERE}/{quote(system, safe='')}", "The review is recorded, and the system assessed anew.")


@post(HERE + "/{system:str}/plan", guards=[needs("assessor")], sync_to_thread=True)
def plan(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Set a day on which to look at the system."""
    day, why, owner = form.text("due"), form.text("why"), form.text("owner")
    try:
        work.plan(visit.desk, system, day, by=visit.person.id, why=why, owner=owner)
    except InputError as error:
        return _of_system(visit, system, form, error, part="plan")
    return visit.redirect(f"{HERE}/{quote(system, safe='')}", "The day is set.")


@post(HERE + "/{system:str}/events", guards=[needs("assessor")], sync_to_thread=True)
def seen(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Say that somebody looked at what happened: at one event, or at all."""
    number = form.number("event")
    numbers = (number,) if number else None
    count = events.see(visit.desk, system, numbers, by=visit.person.id)
    told = "That is noted." if count else "Somebody has looked at that already."
    return visit.redirect(f"{HERE}/{quote(system, safe='')}", told)


def _of_system(
    visit: Visit, system: str, typed: Form = EMPTY, problems: InputError | None = None, part: str = "done"
) -> Page:
    found: Looked = looked(visit.desk, system)
    due = agenda(visit.desk, visit.person, within=_AHEAD, system=system)
    name = plain(found.system.name)
    return visit.page(
        "reviews_system.html.j2",
        title=f"Reviews of {name}",
        crumbs=[("Reviews", HERE)],
        typed=typed,
        problems=problems,
        part=part,
        looked=found,
        name=name,
        items=[item_of(one) for one in due.due],
        may_edit=visit.person.may("assessor", system),
        today=visit.desk.today,
    )


HANDLERS = (reviews, of_system, done, plan, seen)
