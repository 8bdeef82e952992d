"""A data set of rows whose people allow its use: written, recorded in the ledger, and proof of a control."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bartizan import __version__
from bartizan.consent.entries import Released
from bartizan.consent.ledger import Ledger
from bartizan.consent.people import LENGTH, Pseudonyms
from bartizan.core.digest import sha256_of
from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.rights.book import read_book
from bartizan.tables.consented.asking import Question, refuse_incomplete
from bartizan.tables.consented.gate import Filtered, Gate, Stopped
from bartizan.tables.reading import Table
from bartizan.tables.writing import refuse_place, write_table
from bartizan.workflows.allowing import CONTROL

TOOL: Final = "bartizan consent filter"
_TRIES: Final = 5


class Stops:
    """Who restricted the use of their data, by a log of requests; nobody where there is none."""

    def __init__(self, log: Path | None = None) -> None:
        self._log = log

    def now(self) -> tuple[Stopped, str]:
        """The people, and the newest hash of the log. Raises InputError."""
        if self._log is None:
            return {}, ""
        read = read_book(self._log)
        return read.requests.stopped(), read.head


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """What rows are held against, to tell whose they are and who may not be used."""

    pseudonyms: Pseudonyms
    stops: Stops = Stops()


def looked_through(ledger: Ledger, table: Table, question: Question, whose: Whose) -> Filtered:
    """What would pass; nothing is written. Raises InputError, NotFound."""
    refuse_incomplete(question, table, ledger.book)
    stopped, rights = whose.stops.now()
    gate = Gate(ledger, question, whose.pseudonyms, stopped)
    for _ in gate.batches(table):
        pass
    return Filtered(
        question=question,
        passed=gate.passed(),
        source=sha256_of(table.path),
        number=gate.number,
        head=gate.head,
        rights=rights,
    )


def filtered(
    ledger: Ledger,
    table: Table,
    question: Question,
    whose: Whose,
    *,
    out: Path,
    name: str,
    by: str,
    now: Callable[[], str],
) -> Filtered:
    """Write the rows that pass, and record the data set under its name with the people in it.

    Who withdraws, or restricts its use, while it is written is not in it: then it is written anew. Nothing is left
    where this raises. Raises InputError, NotFound, Conflict for a name that is taken.
    """
    refuse_existing(out)
    refuse_place(out)
    refuse_incomplete(question, table, ledger.book)
    if name in ledger.book.data:
        raise Conflict(f"the data set '{name:.70}' is in the ledger already: give this one another name with --name")
    schema = dict(table.frame.collect_schema())
    source = sha256_of(table.path)
    for _ in range(_TRIES):
        stopped, rights = whose.stops.now()
        gate = Gate(ledger, question, whose.pseudonyms, stopped)
        write_table(gate.batches(table), schema, out)
        try:
            passed = gate.passed()
            made = Released(
                data=name,
                digest=sha256_of(out),
                purposes=tuple(dict.fromkeys(question.purposes)),
                rows=passed.allowed,
                people=len(passed.people) // LENGTH,
                list=hashlib.sha256(passed.people).hexdigest(),
                source=source,
            )
            if sha256_of(table.path) != source:
                raise InputError([Problem(file=str(table.path), finding="it changed while it was read")])
            is_same = whose.stops.now()[0] == stopped
            if is_same and _recorded(ledger, made, passed.people, gate.number, by, now()):
                return Filtered(
                    question=question,
                    passed=passed,
                    source=source,
                    number=gate.number,
                    head=gate.head,
                    rights=rights,
                    written=made,
                )
        except BaseException:
            out.unlink(missing_ok=True)
            raise
        out.unlink()
    raise Conflict("people withdraw faster than the data set can be written: try again, with fewer rows at a time")


def _recorded(ledger: Ledger, made: Released, people: bytes, number: int, by: str, now: str) -> bool:
    """Record it, unless somebody in it withdrew since the gate was made."""
    with ledger.recording(by, now) as batch:
        gone = batch.ended_since(number, made.purposes)
        held = {people[at : at + LENGTH] for at in range(0, len(people), LENGTH)} if gone else set()
        if not held.isdisjoint(gone):
            return False
        batch.add(made, people)
    return True


def write_evidence(found: Filtered, out: Path, *, table: Path, component: str) -> int:
    """Write what the data set proves of the control that a model learns from nothing that it may not.

    The written data set passes. A table that was only looked through passes where all of it is allowed, and fails
    where something is not. Returns how many observations that makes.
    """
    question, passed, made = found.question, found.passed, found.written
    purposes = " and ".join(question.purposes)
    left = passed.rows - passed.allowed
    what, digest = (made.data, made.digest) if made is not None else (table.name, found.source)
    rows = passed.allowed if made is not None else passed.rows
    seen = Observation(
        what=f"{what} for {purposes}: {rows:,} rows",
        control=CONTROL,
        component=component,
        passed=made is not None or not left,
        note=f"by the ledger as of entry {found.number}; {left:,} of {passed.rows:,} rows are not allowed"
        + (", and left out" if made is not None else ""),
        digests={"data": digest, "source": found.source, "ledger": found.head},
    )
    file = EvidenceFile(
        bartizan_evidence=1, tool=TOOL, version=__version__, held_on=question.today, observations=(seen,)
    )
    write_atomic(out, document_of(file))
    return 1
