"""Evidence on a risk and its controls: added, withdrawn, with files that are kept and given out again."""

from __future__ import annotations

import re

from litestar import Response, get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.evidence import Evidence, EvidenceKind
from bartizan.core.kept import KeptEvidence
from bartizan.core.terms import ControlId
from bartizan.web.forms import Form, TheForm, Upload
from bartizan.web.risk_page import risk_page, show_risk
from bartizan.web.security import needs
from bartizan.web.system_frame import download, frame
from bartizan.web.visit import Page, TheVisit, Visit
from bartizan.workflows import keeping
from bartizan.workflows.viewing import attachment

_AT = "/systems/{system:str}/risks/{number:int}/evidence"
_MOST = 21_000_000
"""Bytes of a request with a file; the register keeps files of up to 20 million."""
_KINDS: dict[str, EvidenceKind] = {
    "test": "test",
    "review": "review",
    "document": "document",
    "attestation": "attestation",
    "event": "event",
}
_DIGEST = re.compile(r"([A-Za-z0-9_.-]{1,60})\s*[:=]\s*([0-9a-fA-F]{64})")
_PASSED = {"yes": True, "no": False}


@post(_AT, guards=[needs("assessor")], sync_to_thread=True, request_max_body_size=_MOST)
def add(visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int]) -> Page:
    """Keep an observation, with a file where one came along, and rate the risk by it."""
    row = frame(visit, system).shown.row(number)
    try:
        observed = _observed(form, row.risk, row.component)
        kept = keeping.add_evidence(visit.desk, system, observed, by=visit.person.id)
    except InputError as error:
        return show_risk(visit, system, number, typed=form, problems=error, failed="evidence")
    upload = form.uploads.get("file")
    if upload is not None:
        try:
            _attach(visit, system, kept.number, upload)
        except InputError as error:
            said = f"E-{kept.number} is kept, but not its file: {error.problems[0].finding}"
            return show_risk(visit, system, number, notice=said)
    here = f"/systems/{system}/risks/{number}#evidence"
    return visit.redirect(here, f"E-{kept.number} is kept, and the risk rated anew.")


def _observed(form: Form, risk: str, component: str) -> Evidence:
    """What the form says. Raises InputError with all that cannot be read."""
    problems: list[Problem] = []
    counts: dict[str, int | None] = {}
    for name in ("hits", "trials", "seed"):
        try:
            counts[name] = form.number(name) if form.text(name) else None
        except InputError as error:
            problems += error.problems
    kind = _KINDS.get(form.text("kind"))
    if kind is None:
        problems.append(Problem(file="kind", finding="nothing is chosen", fix="choose how it came to be"))
    digests, wrong = _digests(form.text("digests"))
    problems += [Problem(file="digests", finding=f"'{line:.80}' is no digest", fix=_FIX) for line in wrong]
    if problems or kind is None:
        raise InputError(problems)
    control = form.text("about")
    return Evidence(
        risk="" if control else risk,
        control=ControlId(control),
        component=component if control else "",
        what=form.text("what")[:500],
        kind=kind,
        target=form.text("target")[:200],
        digests=digests,
        held_on=form.text("held_on"),
        valid_until=form.text("valid_until"),
        hits=counts["hits"],
        trials=counts["trials"],
        seed=counts["seed"],
        strong=form.ticked("strong"),
        with_controls=tuple(ControlId(name) for name in form.many("with")) if not control else (),
        passed=_PASSED.get(form.text("passed")) if control else None,
        tool=form.text("tool")[:200],
        version=form.text("version")[:200],
        by=(form.text("who"))[:200],
        note=form.text("note")[:5000],
    )


_FIX = "write lines such as: model: and the 64 digits of its SHA-256"


def _digests(text: str) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    wrong = []
    for line in filter(None, map(str.strip, text.splitlines())):
        read = _DIGEST.fullmatch(line)
        if read is None:
            wrong.append(line)
        else:
            found[read[1]] = read[2].lower()
    return found, wrong


@post(f"{_AT}/{{piece:int}}/withdraw", guards=[needs("assessor")], sync_to_thread=True)
def withdraw(
    visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int], piece: FromPath[int]
) -> Page:
    """Say that it was wrong, and why; it stays to be seen."""
    _own(visit, system, number, piece)
    try:
        keeping.withdraw_evidence(
            visit.desk, system, piece, by=visit.person.id, why=form.text("why"), revision=form.revision
        )
    except InputError as error:
        return show_risk(visit, system, number, typed=form, problems=error, failed=f"withdraw-E-{piece}")
    except Conflict as error:
        return show_risk(visit, system, number, notice=str(error))
    return visit.redirect(f"/systems/{system}/risks/{number}#evidence", f"E-{piece} counts no more.")


@post(f"{_AT}/{{piece:int}}/files", guards=[needs("assessor")], sync_to_thread=True, request_max_body_size=_MOST)
def attach(visit: TheVisit, form: TheForm, system: FromPath[str], number: FromPath[int], piece: FromPath[int]) -> Page:
    """Keep a file with it."""
    _own(visit, system, number, piece)
    upload = form.uploads.get("file")
    try:
        if upload is None:
            raise InputError([Problem(file="file", finding="no file is chosen", fix="choose one")])
        _attach(visit, system, piece, upload)
    except InputError as error:
        return show_risk(visit, system, number, typed=form, problems=error, failed=f"file-E-{piece}")
    return visit.redirect(f"/systems/{system}/risks/{number}#evidence", f"The file is kept with E-{piece}.")


def _attach(visit: Visit, system: str, piece: int, upload: Upload) -> None:
    media = upload.media_type[:100]
    try:
        keeping.attach(visit.desk, system, piece, upload.name, upload.content, by=visit.person.id, media=media)
    except InputError as error:
        raise InputError(
            [Problem(file="file", finding=problem.finding, fix=problem.fix) for problem in error.problems]
        ) from None


@get(f"{_AT}/{{piece:int}}/files/{{digest:str}}", guards=[needs("viewer")], sync_to_thread=True)
def file(
    visit: TheVisit, system: FromPath[str], number: FromPath[int], piece: FromPath[int], digest: FromPath[str]
) -> Response[bytes]:
    """A file that is kept, to save; the browser never opens it."""
    _own(visit, system, number, piece)
    found, content = attachment(visit.desk, system, piece, digest)
    return download(content, found.name)


def _own(visit: Visit, system: str, number: int, piece: int) -> KeptEvidence:
    """That a piece of evidence is on the page of this risk. Raises NotFound."""
    page = risk_page(frame(visit, system), number)
    for seen in page.evidence:
        if seen.kept.number == piece:
            return seen.kept
    raise NotFound(f"R-{number} has no evidence E-{piece}")


HANDLERS = (add, withdraw, attach, file)
