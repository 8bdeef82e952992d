"""`bartizan rights access`, `correct` and `erase`: what is done with somebody's data where it lies."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bartizan.cli.consent_options import FILE, person_named
from bartizan.cli.desks import by_option
from bartizan.cli.key_options import key_options
from bartizan.cli.output import shown
from bartizan.cli.rights_options import (
    identifiers_option,
    log_option,
    number_argument,
    places_option,
    pseudonym,
    told,
)
from bartizan.core.errors import InputError, Problem
from bartizan.core.moments import now
from bartizan.report.rights import gathered_lines, steps_lines
from bartizan.rights.book import Book, read_book, writing
from bartizan.rights.correcting import changes_of
from bartizan.rights.entries import Right
from bartizan.rights.places import read_places
from bartizan.rights.requests import Requests
from bartizan.rights.steps import LEFT, Step
from bartizan.workflows import rights as doing
from bartizan.workflows.rights import Asked

_person = click.argument("person", callback=person_named)
_do = click.option("--do", "is_doing", is_flag=True, help="Do it; without it, nothing is changed.")


def _told(line: str) -> None:
    click.echo(line, err=True)


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


@click.command()
@number_argument
@_person
@log_option
@places_option()
@identifiers_option
@click.option("-o", "--out", type=FILE, required=True, metavar="FILE", help="Where it is written, as JSON.")
@by_option
@key_options()
def access(
    number: int,
    person: str,
    log: Path,
    places_file: Path,
    identifiers: tuple[str, ...],
    out: Path,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Write out all data of PERSON with what they must be told of it; of a request for portability, what they provided.

    Look through it before it is sent: rows and lines may name other people too.

    Exits with 1 where a source could not be read: then the request stays open.

    Example: bartizan rights access 1 customer-1042 -o customer-1042.json --key-file consent.key
    """
    key = key_env, key_file, key_command
    with writing(log, by=by, clock=now) as book:
        question = _asked(places_file, book.requests, number, person, identifiers, key, "access", "portability")
        found = doing.give(question, book, out=out, at=now())
    click.echo("\n".join(gathered_lines(found)))
    click.echo(f"wrote {shown(out)}", err=True)
    return 1 if any(one.is_unknown for one in found) else 0


@click.command()
@number_argument
@_person
@log_option
@places_option()
@identifiers_option
@click.option(
    "--set", "texts", multiple=True, required=True, metavar="SOURCE.COLUMN=VALUE",
    help="What is right; repeatable. An empty value: none.",
)  # fmt: skip
@_do
@by_option
@key_options()
def correct(
    number: int,
    person: str,
    log: Path,
    places_file: Path,
    identifiers: tuple[str, ...],
    texts: tuple[str, ...],
    is_doing: bool,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Tell which rows of PERSON are wrong, and what was made from them; with --do, put them right.

    What was made from them is made anew by who made it, and noted with `bartizan rights confirm`. The log holds which
    columns were corrected, and no values.

    Exits with 1 while something is left to do.

    Example: bartizan rights correct 2 customer-1042 --set customers.income=42000 --do --key-file consent.key
    """
    key = key_env, key_file, key_command
    with _opened(log, is_doing, by) as (book, requests):
        question = _asked(places_file, requests, number, person, identifiers, key, "correction")
        changes = changes_of(texts, question.places)
        if book is not None:
            return _shown(doing.correct(question, book, changes, _told))
        return _shown(doing.corrections(question, requests.of(number), changes))


@click.command()
@number_argument
@_person
@log_option
@places_option()
@identifiers_option
@_do
@click.option("-o", "--out", type=FILE, metavar="FILE", help="Where the proof is written, with --do.")
@by_option
@key_options()
def erase(
    number: int,
    person: str,
    log: Path,
    places_file: Path,
    identifiers: tuple[str, ...],
    is_doing: bool,
    out: Path | None,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Tell where data of PERSON lies and what would become of it; with --do, erase it. There is no way back.

    Sources go in the order in which people are found in them, models that learned in shards are trained anew, and all
    is looked at again. What failed, or was cut off, is done by running it again. The proof is written when nothing is
    left to do.

    Exits with 1 while something is left to do.

    Example: bartizan rights erase 1 customer-1042 --do -o erased.json --key-file consent.key
    """
    if is_doing != (out is not None):
        finding = "--do and -o go together"
        raise InputError([Problem(file="-o", finding=finding, fix="give both, or neither to look only")])
    key = key_env, key_file, key_command
    with _opened(log, is_doing, by) as (book, requests):
        question = _asked(places_file, requests, number, person, identifiers, key, "erasure")
        if book is None or out is None:
            return _shown(doing.plan(question, requests.of(number), _today()))
        code = _shown(doing.erase(question, book, _today(), out=out, at=now(), tell=_told))
    click.echo("no proof yet: see to what is left, and run it again" if code else f"wrote {shown(out)}", err=True)
    return code


@contextmanager
def _opened(log: Path, is_doing: bool, by: str) -> Iterator[tuple[Book | None, Requests]]:
    """The log to be written, or its requests only."""
    if not is_doing:
        yield None, read_book(log).requests
        return
    with writing(log, by=by, clock=now) as book:
        yield book, book.requests


def _asked(
    file: Path,
    requests: Requests,
    number: int,
    person: str,
    identifiers: tuple[str, ...],
    key: tuple[str, Path | None, str],
    *rights: Right,
) -> Asked:
    places = read_places(file)
    name, _ = pseudonym(person, *key)
    return doing.asked(places, requests, number, person, name, told(identifiers), *rights)


def _shown(steps: tuple[Step, ...]) -> int:
    click.echo("\n".join(steps_lines(steps)))
    return 1 if any(step.doing in LEFT for step in steps) else 0
