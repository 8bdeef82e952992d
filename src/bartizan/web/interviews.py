"""The interview in the browser: one question at a time, every answer saved at once, held by whoever opens it."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import BartizanError, Conflict, InputError
from bartizan.core.terms import Outcome
from bartizan.system.interview import UNKNOWN, Reply
from bartizan.system.questions import Question, in_interview
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.security import needs
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows.interviewing import Interviews, Sitting

_GUARDS = [needs("assessor")]
"""Who describes a new system may describe any."""
_DECIDED = (Outcome.APPLIES, Outcome.THEORETICAL, Outcome.DOES_NOT_APPLY, Outcome.UNKNOWN)


@get("/interviews", guards=_GUARDS, sync_to_thread=True)
def interviews(visit: TheVisit) -> Page:
    """Interviews under way, and where a new one starts."""
    under_way = Interviews(visit.desk).under_way()
    return visit.page("interviews.html.j2", title="Interview", under_way=under_way)


@post("/interviews", guards=_GUARDS, sync_to_thread=True)
def start(visit: TheVisit) -> Page:
    """Start one."""
    sitting = Interviews(visit.desk).start(by=visit.person.id)
    return visit.redirect(f"/interviews/{sitting.kept.id}")


@get("/interviews/{name:str}", guards=_GUARDS, sync_to_thread=True)
def interview(visit: TheVisit, name: FromPath[str]) -> Page:
    """One interview as it stands."""
    sitting = Interviews(visit.desk).sitting(name)
    if sitting.kept.finished:
        return visit.redirect(f"/systems/{sitting.kept.system}")
    return _shown(visit, sitting)


@post("/interviews/{name:str}/answer", guards=_GUARDS, sync_to_thread=True)
def answer(visit: TheVisit, form: TheForm, name: FromPath[str]) -> Page:
    """Save an answer and ask the next question."""
    held = Interviews(visit.desk)
    question = form.text("question")
    try:
        sitting = held.answer(name, question, _reply(question, form), by=visit.person.id, revision=form.revision or 0)
    except (InputError, Conflict) as error:
        return _shown(visit, held.sitting(name), error, form)
    return _go_on(visit, sitting)


@post("/interviews/{name:str}/undo", guards=_GUARDS, sync_to_thread=True)
def undo(visit: TheVisit, form: TheForm, name: FromPath[str]) -> Page:
    """Take the last answer back."""
    held = Interviews(visit.desk)
    try:
        sitting = held.undo(name, by=visit.person.id, revision=form.revision or 0)
    except Conflict as error:
        return _shown(visit, held.sitting(name), error)
    return _go_on(visit, sitting)


@post("/interviews/{name:str}/finish", guards=_GUARDS, sync_to_thread=True)
def finish(visit: TheVisit, name: FromPath[str]) -> Page:
    """Keep what was described, assessed, and go there."""
    made = Interviews(visit.desk).finish(name, by=visit.person.id)
    return visit.redirect(f"/systems/{made.system.id}", f"{made.system.name} is described, and its risks are rated.")


def _reply(question: str, form: Form) -> Reply:
    """What the form answers: a button's choice, ticked boxes with those that are doubtful, a text, or unknown."""
    if form.ticked("unknown"):
        return UNKNOWN
    try:
        kind = in_interview(question).form
    except KeyError:
        return ""
    if kind != "many":
        return form.text("reply")
    doubtful = set(form.many("doubt"))
    sure = [word for word in form.many("reply") if word not in doubtful]
    return (*sure, *(f"{word}?" for word in sorted(doubtful)))


def _go_on(visit: Visit, sitting: Sitting) -> Page:
    return _shown(visit, sitting) if visit.is_htmx else visit.redirect(f"/interviews/{sitting.kept.id}")


def _shown(visit: Visit, sitting: Sitting, error: BartizanError | None = None, form: Form = EMPTY) -> Page:
    counts = [(outcome.value, sitting.progress.counts.get(outcome, 0)) for outcome in _DECIDED]
    new = [(outcome.value, names) for outcome, names in sitting.progress.new.items()]
    asked = [(in_interview(given.question), given) for given in reversed(sitting.kept.answers)]
    answers = [(question.ask, _said(question, given.reply), given) for question, given in asked]
    wrong = error if isinstance(error, InputError) else None
    context = {
        "sitting": sitting,
        "counts": counts,
        "new": new,
        "answers": answers,
        "conflict": str(error) if isinstance(error, Conflict) else "",
    }
    if visit.is_htmx:
        return visit.part("parts/sitting.html.j2", problems=wrong, typed=form, status=200, **context)
    title = sitting.kept.name or "A new system"
    crumbs = [("Interview", "/interviews")]
    status = 409 if isinstance(error, Conflict) else 0
    return visit.page(
        "interview.html.j2", title=title, crumbs=crumbs, problems=wrong, typed=form, status=status, **context
    )


def _said(question: Question, reply: Reply) -> str:
    """An answer in the words of its question."""
    if reply == UNKNOWN:
        return "not known"
    says = {choice.id: choice.say for choice in question.choices}
    says |= {f"{word}?": f"perhaps {text}" for word, text in says.items()}
    words = (reply,) if isinstance(reply, str) else reply
    return "; ".join(says.get(word, word) for word in words) or "none of them"


HANDLERS = (interviews, start, interview, answer, undo, finish)
