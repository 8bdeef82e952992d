"""What somebody asked for by their rights: looked up, done place by place, and proven."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.report.rights import gathered_document, proof_document
from bartizan.rights import correcting, steps
from bartizan.rights.book import Book
from bartizan.rights.consented import concerned, object_to
from bartizan.rights.correcting import Change
from bartizan.rights.entries import Closed, Disclosed, Restricted, Right
from bartizan.rights.erasing import Erasure
from bartizan.rights.gathering import Gathered, gathered
from bartizan.rights.places import Places
from bartizan.rights.requests import Request, Requests
from bartizan.rights.sources.reaching import Known, known_of
from bartizan.rights.steps import LEFT, Step


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, whose it is, and where their data may lie."""

    places: Places
    number: int
    known: Known


def asked(
    places: Places,
    requests: Requests,
    number: int,
    person: str,
    pseudonym: bytes,
    told: Mapping[str, tuple[str, ...]],
    *rights: Right,
) -> Asked:
    """A request of this person and of one of these rights. Raises NotFound, Conflict, InputError."""
    request = requests.of(number)
    if request.opened.person != pseudonym.hex():
        raise Conflict(f"request {number} is not of this person, or was opened with another key")
    if request.opened.right not in rights:
        raise Conflict(f"request {number} is about {request.opened.right}, not {' or '.join(rights)}")
    return Asked(places=places, number=number, known=known_of(person, places, told))


def plan(question: Asked, request: Request, day: str) -> tuple[Step, ...]:
    """What an erasure has to do now; nothing is changed."""
    return steps.planned(question.places, request, question.known, day, concerned(question.places, request))


def erase(
    question: Asked, book: Book, day: str, *, out: Path, at: str, tell: Callable[[str], None]
) -> tuple[Step, ...]:
    """Erase, look again everywhere, and write the proof where nothing is left to do; gives the last look.

    Raises Conflict where nobody made sure who asks, InputError where the proof cannot be written.
    """
    refuse_existing(out)
    _refuse_stranger(book, question.number)
    Erasure(question.places, question.number, question.known, book, tell).run(day)
    request = book.requests.of(question.number)
    last = plan(question, request, day)
    if not any(step.doing in LEFT for step in last):
        nameless = [msgspec.structs.replace(one, why=question.known.without_names(one.why)) for one in last]
        _close(book, question.number, proof_document(request, question.places, nameless, book.head, at), out)
    return last


def give(question: Asked, book: Book, *, out: Path, at: str) -> tuple[Gathered, ...]:
    """Write what the person gets, and close the request where every source could be read.

    Raises Conflict where nobody made sure who asks, InputError where it cannot be written.
    """
    refuse_existing(out)
    _refuse_stranger(book, question.number)
    request = book.requests.of(question.number)
    found = gathered(question.places, question.known, only_provided=request.opened.right == "portability")
    document = gathered_document(request, question.places, found, at)
    _write_for_owner(out, document)
    missing = tuple(one.source for one in found if one.is_unknown)
    rows = sum(len(one.rows) for one in found)
    book.add(Disclosed(request=question.number, digest=_digest(document), rows=rows, missing=missing))
    if not missing:
        book.add(Closed(request=question.number))
    return found


def corrections(question: Asked, request: Request, changes: tuple[Change, ...]) -> tuple[Step, ...]:
    """What a correction has to do now; nothing is changed."""
    return tuple(correcting.planned(question.places, request, question.known, changes))


def correct(question: Asked, book: Book, changes: tuple[Change, ...], tell: Callable[[str], None]) -> tuple[Step, ...]:
    """Correct, and close the request where nothing is left to do; gives the last look. Raises Conflict, InputError."""
    _refuse_stranger(book, question.number)
    correcting.correct(question.places, question.number, question.known, changes, book, tell)
    last = corrections(question, book.requests.of(question.number), changes)
    if not any(step.doing in LEFT for step in last):
        book.add(Closed(request=question.number))
    return last


def restrict(book: Book, number: int, places: Places | None, *, at: str, by: str) -> bool:
    """Let the person's data not be used from now on, for a purpose or at all, and close the request.

    True where an objection was entered in the ledger of consent too. Raises Conflict, NotFound, InputError.
    """
    request = book.requests.of(number)
    if request.opened.right not in ("restriction", "objection"):
        raise Conflict(f"request {number} is about {request.opened.right}, not restriction or objection")
    _refuse_stranger(book, number)
    is_objection = request.opened.right == "objection"
    is_entered = is_objection and places is not None and object_to(places, request, at=at, by=by)
    book.add(Restricted(request=number, purpose=request.opened.purpose))
    book.add(Closed(request=number))
    return is_entered


def _write_for_owner(out: Path, document: str) -> None:
    """Write a file that nobody else on this machine can read at any moment. Raises InputError."""
    try:
        out.touch(0o600, exist_ok=False)
    except OSError as error:
        raise InputError([Problem(file=str(out), finding=f"it cannot be written: {error.strerror}")]) from None
    try:
        write_atomic(out, document)
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def _refuse_stranger(book: Book, number: int) -> None:
    """Raise Conflict where nothing may be done for a request: nobody made sure who asks, or it was answered."""
    request = book.requests.of(number)
    if not request.is_open:
        raise Conflict(f"request {number} is {request.stage}: nothing more is done for it")
    if request.stage == "identity":
        fix = f"note how with: bartizan rights identified {number} --how ..."
        raise Conflict(f"nobody made sure that it is the person who asks in request {number}: {fix}")


def _close(book: Book, number: int, document: str, out: Path) -> None:
    write_atomic(out, document)
    book.add(Closed(request=number, proof=_digest(document)))


def is_proof_of(requests: Requests, file: Path, raw: bytes) -> Request:
    """The request whose proof, or data, a file is. Raises InputError for a file that is none of this log."""
    digest = hashlib.sha256(raw).hexdigest()
    for request in requests.all:
        for one in request.entries:
            if digest in (getattr(one.entry, "proof", ""), getattr(one.entry, "digest", "")):
                return request
    finding = "the log knows no such proof"
    raise InputError([Problem(file=str(file), finding=finding, fix="it was changed, or belongs to another log")])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
