"""One risk: read, decided on, accepted by two people, owned, looked at again, talked about."""

from __future__ import annotations

from collections.abc import Callable

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.kept import KeptDecision
from bartizan.core.terms import Treatment
from bartizan.web import risk_evidence
from bartizan.web.forms import Form, TheForm
from bartizan.web.risk_page import show_discussion, show_risk
from bartizan.web.security import needs
from bartizan.web.system_frame import frame
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice
from bartizan.workflows.viewing import look_again

_AT = "/systems/{system:str}/risks/{number:int}"


@get(_AT, guards=[needs("viewer")], sync_to_thread=True)
def risk(visit: TheVisit, system: FromPath[str], number: FromPath[int]) -> Page:
    """All of one risk; also of one that is gone."""
    return show_risk(visit, system, number)


@post(f"{_AT}/decide", guards=[needs("assessor")], sync_to_thread=True)
def decide(visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int]) -> Page:
    """Treat it, or ask for it to be accepted."""
    try:
        choice = Choice(
            treatment=_treatment(form.text("treatment")),
            reason=form.text("reason"),
            owner=form.text("owner"),
            due=form.text("due"),
            until=form.text("until"),
        )
        made = keeping.decide(visit.desk, system, number, choice, by=visit.person.id)
    except InputError as error:
        return show_risk(visit, system, number, typed=form, problems=error, failed="decide")
    except Conflict as error:
        return show_risk(visit, system, number, typed=form, failed="decide", notice=str(error))
    said = "is asked for; somebody else must approve it" if made.state == "requested" else "is kept"
    return visit.redirect(f"/systems/{system}/risks/{number}#decision", f"D-{made.number} {said}.")


def _treatment(word: str) -> Treatment:
    try:
        return Treatment(word)
    except ValueError:
        fix = "choose mitigate, transfer, avoid, or acceptance"
        raise InputError([Problem(file="treatment", finding="nothing is chosen", fix=fix)]) from None


@post(f"{_AT}/decisions/{{decision:int}}/approve", guards=[needs("approver")], sync_to_thread=True)
def approve(
    visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int], decision: FromPath[int]
) -> Page:
    """Approve an acceptance that somebody else asked for."""
    _own(visit, system, number, decision)
    try:
        keeping.approve(visit.desk, system, decision, by=visit.person.id, revision=form.revision)
    except Conflict as error:
        return show_risk(visit, system, number, notice=str(error))
    return visit.redirect(f"/systems/{system}/risks/{number}#decision", f"D-{decision} is approved and holds.")


@post(f"{_AT}/decisions/{{decision:int}}/reject", guards=[needs("approver")], sync_to_thread=True)
def reject(
    visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int], decision: FromPath[int]
) -> Page:
    """Refuse one, with the reason."""
    return _end(visit, form, (system, number, decision), keeping.reject, "reject", "rejected")


@post(f"{_AT}/decisions/{{decision:int}}/withdraw", guards=[needs("assessor")], sync_to_thread=True)
def withdraw(
    visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int], decision: FromPath[int]
) -> Page:
    """Take a decision or a request back, with the reason."""
    return _end(visit, form, (system, number, decision), keeping.withdraw, "withdraw", "withdrawn")


def _end(
    visit: Visit, form: Form, which: tuple[str, int, int], end: Callable[..., KeptDecision], act: str, done: str
) -> Page:
    """End a decision (of this system and risk, by its number) with a reason, and say so on the risk's page."""
    system, number, decision = which
    _own(visit, system, number, decision)
    try:
        end(visit.desk, system, decision, by=visit.person.id, why=form.text("why"), revision=form.revision)
    except InputError as error:
        return show_risk(visit, system, number, typed=form, problems=error, failed=f"{act}-{decision}")
    except Conflict as error:
        return show_risk(visit, system, number, notice=str(error))
    return visit.redirect(f"/systems/{system}/risks/{number}#decision", f"D-{decision} is {done}.")


def _own(visit: Visit, system: str, number: int, decision: int) -> None:
    """That a decision is about this risk. Raises NotFound."""
    held = frame(visit, system).shown.kept.holding.decisions
    if not any(one.number == decision and one.risk_number == number for one in held):
        raise NotFound(f"R-{number} has no decision D-{decision}")


@post(f"{_AT}/owner", guards=[needs("assessor")], sync_to_thread=True)
def owner(visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int]) -> Page:
    """Say who answers for it, and when to look at it again."""
    here = f"/systems/{system}/risks/{number}"
    before = frame(visit, system).shown.row(number)
    if form.revision is not None and form.revision != before.revision:
        return _quicker(visit, form, system, number)
    who, day, revision = form.text("owner")[:200], form.text("review_due"), form.revision
    try:
        if day != before.review_due:
            kept = look_again(visit.desk, system, number, day, by=visit.person.id, revision=revision)
            revision = kept.revision if revision is not None else None
        if who != before.owner:
            keeping.own(visit.desk, system, number, who, by=visit.person.id, revision=revision)
    except InputError as error:
        return show_risk(visit, system, number, typed=form, problems=error, failed="owner")
    except Conflict:
        return _quicker(visit, form, system, number)
    return visit.redirect(here, "Saved.")


def _quicker(visit: Visit, form: TheForm, system: str, number: int) -> Page:
    now = frame(visit, system).shown.row(number)
    here = f"/systems/{system}/risks/{number}"
    fields = [
        Differs(name="owner", label="Owner", saved=now.owner, typed=form.text("owner")),
        Differs(name="review_due", label="Look at it again on", saved=now.review_due, typed=form.text("review_due")),
    ]
    return visit.conflict(
        title=f"R-{number}", action=f"{here}/owner", back=here, fields=fields, revision=now.revision, form=form
    )


@post(f"{_AT}/comments", guards=[needs("assessor")], sync_to_thread=True)
def comment(visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int]) -> Page:
    """Say something about it."""
    try:
        keeping.comment(visit.desk, system, form.text("comment")[:10_000], by=visit.person.id, risk=number)
    except InputError as error:
        if visit.is_htmx:
            return show_discussion(visit, system, number, form, error)
        return show_risk(visit, system, number, typed=form, problems=error, failed="comment")
    if visit.is_htmx:
        return show_discussion(visit, system, number)
    return visit.redirect(f"/systems/{system}/risks/{number}#discussion", "Your comment is there.")


HANDLERS = (risk, decide, approve, reject, withdraw, owner, comment, *risk_evidence.HANDLERS)
