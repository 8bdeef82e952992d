"""What a system still waits for: answers of its suppliers, and answers about itself."""

from __future__ import annotations

from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError
from bartizan.core.terms import ComponentId
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.security import needs
from bartizan.web.supplier_words import do_as_said
from bartizan.web.system_frame import frame, framed
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import suppliers as work
from bartizan.workflows.interviewing import describe_on
from bartizan.workflows.questions import Questioner

_MEANWHILE = (
    ("", "Nothing is said yet"),
    ("accept", "Accept the risk"),
    ("mitigate", "Mitigate it ourselves"),
    ("avoid", "Avoid the supplier"),
)


@get("/systems/{system:str}/suppliers", guards=[needs("viewer")], sync_to_thread=True)
def suppliers(visit: TheVisit, system: FromPath[str]) -> Page:
    """What the suppliers of this system must answer."""
    return _suppliers(visit, system)


@post("/systems/{system:str}/suppliers/{supplier:str}/send", guards=[needs("assessor")], sync_to_thread=True)
def send(visit: TheVisit, system: FromPath[str], supplier: FromPath[str]) -> Page:
    """Say that the open questions were sent."""
    try:
        sent = work.send(visit.desk, system, supplier, by=visit.person.id)
    except Conflict as error:
        return _suppliers(visit, system, notice=str(error))
    said = "question" if len(sent) == 1 else "questions"
    return visit.redirect(f"/systems/{system}/suppliers", f"{len(sent)} {said} marked as sent today.")


@post("/systems/{system:str}/suppliers/{supplier:str}/{control:str}", guards=[needs("assessor")], sync_to_thread=True)
def answer(
    visit: TheVisit, form: TheForm, system: FromPath[str], supplier: FromPath[str], control: FromPath[str]
) -> Page:
    """Keep an answer, that it was checked or refused, or what is done meanwhile."""
    given = work.Given(system=system, supplier=supplier, control=control, revision=form.revision)
    here = f"/systems/{system}/suppliers"
    try:
        do_as_said(visit, given, form)
    except InputError as error:
        return _suppliers(visit, system, form, error, f"{form.text('act')}-{supplier}-{control}")
    except Conflict as error:
        return _conflict(visit, given, form, error)
    return visit.redirect(f"{here}#{quote(supplier)}-{quote(control)}", "Saved.")


def _conflict(visit: Visit, given: work.Given, form: Form, error: Conflict) -> Page:
    around = frame(visit, given.system)
    held = around.shown.kept.holding
    ids = {one.name.casefold(): one.id for one in held.suppliers} | {one.id: one.id for one in held.suppliers}
    supplier = ids.get(given.supplier, ids.get(given.supplier.casefold(), ""))
    now = next((a for a in held.answers if (a.supplier, a.control) == (supplier, given.control)), None)
    if now is None or now.revision == given.revision:
        return _suppliers(visit, given.system, notice=str(error))
    saved = {"answer": now.answer, "why": now.meanwhile_why, "until": now.valid_until, "choice": now.meanwhile}
    labels = {"answer": "Answer", "why": "Why", "until": "Valid until", "choice": "Meanwhile"}
    fields = [
        Differs(name=name, label=labels[name], saved=text, typed=form.text(name))
        for name, text in saved.items()
        if name in form.fields
    ]
    return visit.conflict(
        title="Supplier",
        action=f"/systems/{given.system}/suppliers/{quote(given.supplier)}/{quote(given.control)}",
        back=f"{around.at}/suppliers",
        fields=fields,
        revision=now.revision,
        form=form,
    )


def _suppliers(
    visit: Visit,
    system: str,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    failed: str = "",
    notice: str = "",
) -> Page:
    around = frame(visit, system)
    asked = work.asked(visit.desk, system)
    waits = sum(line.answer.waits(visit.desk.today) for one in asked for line in one.answers)
    return framed(
        visit,
        around,
        "system_suppliers.html.j2",
        "/suppliers",
        typed=typed,
        problems=problems,
        failed=failed,
        status=409 if notice else 0,
        notice=notice,
        asked=asked,
        waits=waits,
        meanwhile=_MEANWHILE,
    )


# questions about the system itself


@get("/systems/{system:str}/questions", guards=[needs("viewer")], sync_to_thread=True)
def questions(visit: TheVisit, system: FromPath[str]) -> Page:
    """The answers worth giving, the one that decides most first."""
    return _questions(visit, system)


@post("/systems/{system:str}/questions", guards=[needs("assessor")], sync_to_thread=True)
def answered(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Answer one: a new version of the description."""
    try:
        kept = describe_on(
            visit.desk,
            system,
            form.text("component"),
            form.text("field"),
            form.number("choice", -1),
            by=visit.person.id,
            version=form.revision or 0,
        )
    except Conflict as error:
        return _questions(visit, system, notice=str(error), status=409)
    except InputError as error:
        said = "; ".join(problem.finding for problem in error.problems)
        return _questions(visit, system, notice=said, status=422)
    left = len({(s.component, s.field) for s in kept.assessment.suggestions})
    told = f"{left} questions are left" if left > 1 else "one question is left" if left else "nothing is left to answer"
    return visit.redirect(f"/systems/{system}/questions", f"Answered: version {kept.version} is kept; {told}.")


def _questions(visit: Visit, system: str, notice: str = "", status: int = 0) -> Page:
    around = frame(visit, system)
    kept = around.shown.kept
    questioner = Questioner(visit.desk.catalog, kept.assessment.edition)
    verdicts = {v.id: v for v in kept.assessment.verdicts}
    found = questioner.worthwhile(kept.dossier.system)
    return framed(
        visit,
        around,
        "system_questions.html.j2",
        "/questions",
        status=status,
        notice=notice,
        questions=[
            (one, [o.say for o in questioner.choices(ComponentId(one.component), one.field, kept.dossier.system)])
            for one in found
        ],
        verdicts=verdicts,
    )


HANDLERS = (suppliers, send, answer, questions, answered)
