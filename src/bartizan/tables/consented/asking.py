"""What a table shall be used for, and what must be known for that."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bartizan.consent.book import Book
from bartizan.consent.entries import Purpose
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.span import span_of
from bartizan.tables.reading import Table


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A use of a table: for all of these purposes at once."""

    purposes: tuple[str, ...]
    person: str
    """The column that says whose row it is."""
    today: str
    since: str = ""
    """The column with the day on which a row was collected; empty: none says it."""
    collected_for: str = ""
    """The purpose for which the table was collected; empty: nobody said."""


def purposes_of(question: Question, book: Book) -> tuple[Purpose, ...]:
    """The purposes, each once. Raises NotFound."""
    return tuple(book.purpose(name) for name in dict.fromkeys(question.purposes))


def refuse_incomplete(question: Question, table: Table, book: Book) -> None:
    """Raise InputError for columns that are not there and for what is not said and decides: nothing is guessed."""
    problems = list(_missing_columns(question, table))
    for one in purposes_of(question, book):
        if one.basis != "consent" and not question.collected_for:
            finding = f"'{one.purpose}' rests on {one.basis}, and it is not said what the table was collected for"
            problems.append(Problem(file=str(table.path), finding=finding, fix="name the purpose: --collected-for"))
        if span_of(one.keep) is not None and not question.since:
            finding = f"data for '{one.purpose}' is kept for {one.keep}, and no column says since when"
            problems.append(Problem(file=str(table.path), finding=finding, fix="name the column: --since"))
    if question.collected_for:
        book.purpose(question.collected_for)
    if problems:
        raise InputError(problems)


def is_compatible(purpose: Purpose, collected_for: str) -> bool:
    """Whether data of one purpose may be used for another: by a consent of its own, as it is, or as was declared."""
    return purpose.basis == "consent" or collected_for in (purpose.purpose, *purpose.compatible_with)


def _missing_columns(question: Question, table: Table) -> Iterator[Problem]:
    for name in filter(None, (question.person, question.since)):
        if name not in table.columns:
            finding = f"the table has no column '{name}'"
            yield Problem(file=str(table.path), finding=finding, fix=nearest(name, table.columns))
