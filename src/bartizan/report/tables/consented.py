"""Tables that went through the gate of a ledger of consent, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bartizan import __version__
from bartizan.consent.ledger import Ledger
from bartizan.core.dates import in_words
from bartizan.core.errors import printable
from bartizan.report.consent import json_text, names
from bartizan.tables.consented.gate import Filtered, Reason

WHY: Final[dict[Reason, str]] = {
    "nobody": "nobody is named",
    "nothing": "they never agreed",
    "expired": "the last day of their consent is over",
    "withdrawn": "they withdrew",
    "objected": "they objected",
    "restricted": "they asked for no use of it",
    "other purpose": "collected for a purpose that is not declared compatible",
    "too old": "kept longer than was said",
    "day unknown": "no day since when it is kept",
}


def filtered_lines(path: Path, one: Filtered) -> Iterator[str]:
    """How many rows pass, and why the others do not."""
    passed, question = one.passed, one.question
    yield (
        f"{printable(str(path))} for {names(question.purposes)} on {in_words(question.today)}: "
        f"{passed.allowed:,} of {passed.rows:,} rows may be used"
    )
    for left in passed.left:
        yield f"  {left.rows:>10,}  {left.purpose}: {WHY[left.reason]}"
    if one.written is not None:
        yield f"  recorded as data set {printable(one.written.data, 100)}, of {one.written.people:,} people"
    if one.rights:
        yield f"  and by the log of requests as of {one.rights[:16]}"
    yield f"  by the ledger as of entry {one.number:,}, which was not verified now: bartizan consent verify"


def filtered_document(path: Path, ledger: Ledger, one: Filtered) -> str:
    """The manifest: what passed and what was left out, why, and by which state of which ledger."""
    question, passed = one.question, one.passed
    made = {
        "bartizan_consent_filter": 1,
        "version": __version__,
        "path": str(path).encode("utf-8", "replace").decode(),
        "sha256": one.source,
        "controller": ledger.opening.controller,
        "purposes": [ledger.book.purpose(name) for name in question.purposes],
        "collected_for": question.collected_for,
        "person_column": question.person,
        "since_column": question.since,
        "day": question.today,
        "rows": passed.rows,
        "allowed": passed.allowed,
        "left_out": passed.rows - passed.allowed,
        "reasons": [{"purpose": left.purpose, "reason": WHY[left.reason], "rows": left.rows} for left in passed.left],
        "ledger": {"entry": one.number, "hash": one.head},
        "rights": one.rights,
        "written": one.written,
    }
    return json_text(made)
