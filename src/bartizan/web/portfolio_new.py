"""A new system: by interview, from its `system.yaml`, or prefilled from a bill of materials or a threat model."""

from __future__ import annotations

from litestar import get, post

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.kept import KeptSystem
from bartizan.system.importers.prefill import Imported
from bartizan.web.forms import EMPTY, LONGEST, Form, TheForm
from bartizan.web.security import needs
from bartizan.web.uploads import as_file, chosen, text_of
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import importing, keeping

_HERE = "/portfolio/new"
_GUARDS = [needs("assessor")]
"""Who adds a system may describe any: its name may be that of one that is kept."""
_SPARE = 1000
"""A field is cut, then rid of spaces around it; a text that ends this near to the cut may have been."""


@get(_HERE, guards=_GUARDS, sync_to_thread=True)
def new(visit: TheVisit) -> Page:
    """The ways to add a system."""
    return _page(visit)


@post(_HERE, guards=_GUARDS, sync_to_thread=True)
def add(visit: TheVisit, form: TheForm) -> Page:
    """Keep a description; one that bears the name of a kept system asks first whether it is that."""
    try:
        text, file = _text(form)
        said = visit.desk.read_system(text, file).described.name
        known = _known(visit, said)
        if known is not None and form.text("system") != known.id:
            return _page(visit, _with_text(form, text), known=known, status=409)
        wanted = known.id if known else ""
        made = keeping.keep(visit.desk, text, file=file, by=visit.person.id, system=wanted, note=form.text("note"))
    except InputError as error:
        return _page(visit, form, error)
    except Conflict as error:
        return _page(visit, form, InputError([Problem(file="text", finding=str(error))]), status=409)
    name = made.system.name
    told = f"{name} is described, and its risks are rated." if made.created else f"{name} has a new description."
    return visit.redirect(f"/systems/{made.system.id}", told)


@post(f"{_HERE}/import", guards=_GUARDS, sync_to_thread=True)
def prefill(visit: TheVisit, form: TheForm) -> Page:
    """What a bill of materials or a threat model gives, to be looked at before it is kept."""
    try:
        upload = chosen(form, "foreign")
        with as_file(upload) as path:
            found = importing.import_file(path)
            text = importing.description_text(found)
    except InputError as error:
        return _page(visit, form, error, part="foreign")
    return _page(visit, Form(fields={"text": (text,)}), found=found, status=200, name=upload.name)


def _text(form: Form) -> tuple[str, str]:
    """The description: the file that was chosen, else what was pasted."""
    if "file" in form.uploads:
        upload = chosen(form)
        return text_of(upload), upload.name
    if not form.text("text"):
        finding, fix = "there is no description", "choose a file, or paste its text"
        raise InputError([Problem(file="text", finding=finding, fix=fix)])
    if len(form.text("text")) > LONGEST - _SPARE:
        finding, fix = "the text is too long to be pasted and would be cut", "save it as a file, and choose that"
        raise InputError([Problem(file="text", finding=finding, fix=fix)])
    return form.text("text") + "\n", "system.yaml"


def _with_text(form: Form, text: str) -> Form:
    return Form(fields={**form.fields, "text": (text,)})


def _known(visit: Visit, name: str) -> KeptSystem | None:
    """The system that is kept under this name."""
    try:
        with visit.register.read() as connection:
            found = keeping.find_system(connection, name)
    except NotFound:
        return None
    return found if found.name == name else None


def _page(
    visit: Visit,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    *,
    part: str = "text",
    known: KeptSystem | None = None,
    found: Imported | None = None,
    name: str = "",
    status: int = 0,
) -> Page:
    return visit.page(
        "portfolio_new.html.j2",
        title="Add a system",
        crumbs=[("Portfolio", "/portfolio")],
        typed=typed,
        problems=problems,
        status=status,
        part=part,
        known=known,
        found=found,
        name=name,
    )


HANDLERS = (new, add, prefill)
