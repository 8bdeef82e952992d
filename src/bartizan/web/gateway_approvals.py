"""What the gateway asks people before it lets something happen: each question whole, to be approved or refused."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import BartizanError, Unreachable, printable
from bartizan.web.forms import TheForm
from bartizan.web.gateway import connected, missing, tabs
from bartizan.web.gateway_words import asked_of, past_of
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit

_MOST_PAST = 20


@get("/gateway/approvals", guards=[needs("approver")], sync_to_thread=True)
def approvals(visit: TheVisit) -> Page:
    """What waits, and what was answered."""
    if visit.site.gateway is None:
        return missing(visit)
    return _page(visit)


@get("/gateway/approvals/live", guards=[needs("approver")], sync_to_thread=True)
def live(visit: TheVisit) -> Page:
    """What waits, where that is not what the page shows already; else nothing."""
    context = _context(visit)
    if context["state"] == visit.query("state"):
        return visit.html("", status=204)
    return visit.part("gateway_questions.html.j2", **context)


@post("/gateway/approvals/{question:str}", guards=[needs("approver")], sync_to_thread=True)
def answer(visit: TheVisit, form: TheForm, question: FromPath[str]) -> Page:
    """Approve or refuse, as who is logged in."""
    granted, why = form.text("granted") == "yes", form.text("why")
    if not why:
        return _page(visit, trouble="Nothing was done: give a reason, for the log.", status=422)
    try:
        said = connected(visit).answer(question, granted=granted, by=visit.person.id, why=why)
    except Unreachable as error:
        return _page(visit, trouble=f"Nothing was done: {printable(str(error))}", status=502)
    except BartizanError as error:
        return _page(visit, trouble=f"Nothing was done: {printable(str(error))}", status=409)
    if said.ending is None:
        told = f"Your yes is noted; {said.missing} more must say yes."
    else:
        told = "Approved: it goes on." if said.ending == "granted" else "Refused: it does not happen."
    return visit.redirect("/gateway/approvals", told)


def _page(visit: Visit, trouble: str = "", status: int = 0) -> Page:
    context = _context(visit)
    over = connected(visit).history().over[:_MOST_PAST] if not context["why"] else ()
    past = tuple(past_of(one) for one in over)
    crumbs = [("Gateway", "/gateway")]
    return visit.page(
        "gateway_approvals.html.j2",
        title="Approvals",
        crumbs=crumbs,
        here="/gateway",
        trouble=trouble,
        status=status,
        past=past,
        **context,
    )


def _context(visit: Visit) -> dict[str, Any]:
    gateway = connected(visit)
    try:
        found = gateway.questions()
        stopped = len(gateway.switches())
    except BartizanError as error:
        why = printable(str(error))
        return {"questions": (), "why": why, "tabs": tabs(0, 0), "state": "lost", "address": gateway.address}
    questions = tuple(asked_of(one, found.at, visit.person.id) for one in found.open)
    state = ",".join(f"{one.id}-{one.yes}" for one in questions) or "none"
    return {
        "questions": questions,
        "why": "",
        "tabs": tabs(len(questions), stopped),
        "state": state,
        "address": gateway.address,
    }


HANDLERS = (approvals, live, answer)
