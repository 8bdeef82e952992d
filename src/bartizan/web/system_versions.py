"""A system's description and its versions: read, edited, previewed before it is kept, compared, and its history."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.core.terms import EDITIONS, Edition
from bartizan.report.comparison import Compared, answer, sections
from bartizan.web.forms import EMPTY, LONGEST, Form, TheForm
from bartizan.web.security import needs
from bartizan.web.system_frame import frame, framed
from bartizan.web.system_pictures import trend
from bartizan.web.system_words import moments
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import keeping, viewing

_ENTRIES = 50


@get("/systems/{system:str}/description", guards=[needs("viewer")], sync_to_thread=True)
def description(visit: TheVisit, system: FromPath[str]) -> Page:
    """A version as text with the numbers of its lines, the newest unless another is asked for."""
    found = viewing.version(visit.desk, system, _number(visit.query("version")))
    around = frame(visit, system)
    newest = found.number == around.shown.kept.version
    lines = found.description.rstrip("\n").split("\n")
    return framed(visit, around, "system_description.html.j2", "/description", found=found, newest=newest, lines=lines)


@get("/systems/{system:str}/description/edit", guards=[needs("assessor")], sync_to_thread=True)
def edit(visit: TheVisit, system: FromPath[str]) -> Page:
    """The description to be edited, from the newest version or the one that is asked for."""
    found = viewing.version(visit.desk, system, _number(visit.query("version")))
    return _edited(visit, system, text=found.description)


@post("/systems/{system:str}/description/preview", guards=[needs("assessor")], sync_to_thread=True)
def preview(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """What keeping it would change; or all that is wrong with it."""
    try:
        text = _text(form)
        compared = viewing.preview(visit.desk, system, text)
    except InputError as error:
        return _edited(visit, system, form, error)
    return _edited(visit, system, form, text=text, compared=compared)


@post("/systems/{system:str}/description", guards=[needs("assessor")], sync_to_thread=True)
def keep(visit: TheVisit, form: TheForm, system: FromPath[str]) -> Page:
    """Keep it as the newest version."""
    here = f"/systems/{system}/description"
    viewing.version(visit.desk, system)  # or a system without a description would be made one
    try:
        made = keeping.keep(
            visit.desk,
            _text(form),
            file=f"{system}.yaml",
            by=visit.person.id,
            system=system,
            note=form.text("note")[:500],
            onto=-1 if form.revision is None else form.revision,
        )
    except Conflict:
        now = viewing.version(visit.desk, system)
        fields = [Differs(name="text", label="Description", saved=now.description, typed=form.text("text"))]
        return visit.conflict(
            title="Description", action=here, back=here, fields=fields, revision=now.number, form=form
        )
    except InputError as error:
        return _edited(visit, system, form, error)
    if not made.changed:
        return visit.redirect(here, "It says what the newest version says already, so there is no new one.")
    return visit.redirect(f"/systems/{system}", f"Version {made.kept.version} is kept, and the system assessed anew.")


def _text(form: Form) -> str:
    """What was typed or handed in. Raises InputError where it cannot be read whole."""
    upload = form.uploads.get("file")
    if upload is None:
        text = form.text("text")
    else:
        try:
            text = upload.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            fix = "save it as UTF-8"
            raise InputError([Problem(file="file", finding="this is no text in UTF-8", fix=fix)]) from None
    if len(text) >= LONGEST:
        finding = f"it is longer than {LONGEST:,} characters"
        raise InputError([Problem(file="text", finding=finding, fix="hand it in with: bartizan register add")])
    return f"{text.rstrip()}\n"


def _edited(
    visit: Visit,
    system: str,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    *,
    text: str = "",
    compared: Compared | None = None,
) -> Page:
    around = frame(visit, system)
    shown = text or _shown(typed)
    lines = shown.split("\n")
    wrong = [
        (problem, lines[problem.line - 1] if problem.line and problem.line <= len(lines) else "")
        for problem in (problems.problems if problems else ())
    ]
    return framed(
        visit,
        around,
        "system_edit.html.j2",
        "/description",
        typed=typed,
        problems=problems,
        text=shown,
        wrong=wrong,
        revision=typed.revision or around.shown.kept.version,
        note=typed.text("note"),
        compared=compared,
        said=answer(compared) if compared else "",
        sections=sections(compared) if compared else (),
    )


def _shown(typed: Form) -> str:
    upload = typed.uploads.get("file")
    return upload.content[:LONGEST].decode("utf-8", "replace") if upload else typed.text("text")


@get("/systems/{system:str}/history", guards=[needs("viewer")], sync_to_thread=True)
def history(visit: TheVisit, system: FromPath[str]) -> Page:
    """Versions, assessments, and who did what."""
    around = frame(visit, system)
    found = viewing.past(visit.desk, system, before=_number(visit.query("before")) or 0, limit=_ENTRIES + 1)
    older = ""
    if len(found.entries) > _ENTRIES:
        older = f"{around.at}/history?{urlencode({'before': found.entries[_ENTRIES - 1].seq})}#entries"
    return framed(
        visit,
        around,
        "system_history.html.j2",
        "/history",
        past=found,
        trend=trend(found.assessments),
        entries=moments(found.entries[:_ENTRIES]),
        older=older,
    )


@get("/systems/{system:str}/compare", guards=[needs("viewer")], sync_to_thread=True)
def compare(visit: TheVisit, system: FromPath[str]) -> Page:
    """Any two versions, each by any edition: what changed and why."""
    around = frame(visit, system)
    newest = around.shown.kept.version
    before = _number(visit.query("before")) or max(1, newest - 1)
    after = _number(visit.query("after")) or newest
    first, second = (_edition(visit.query(name)) for name in ("edition_before", "edition_after"))
    error = None
    compared = None
    try:
        compared = viewing.compare(
            visit.desk,
            system,
            viewing.Chosen(version=before, edition=first),
            viewing.Chosen(version=after, edition=second),
        )
    except InputError as found:
        error = found
    return framed(
        visit,
        around,
        "system_compare.html.j2",
        "/compare",
        versions=viewing.past(visit.desk, system, limit=1).versions,
        before=before,
        after=after,
        edition_before=first or around.shown.kept.assessment.edition,
        edition_after=second or around.shown.kept.assessment.edition,
        editions=EDITIONS,
        problems=error,
        said=answer(compared) if compared else "",
        sections=sections(compared) if compared else (),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _edition(text: str) -> Edition | None:
    return next((edition for edition in EDITIONS if str(edition) == text), None)


HANDLERS = (description, edit, preview, keep, history, compare)
