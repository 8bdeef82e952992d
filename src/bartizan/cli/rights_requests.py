"""`bartizan rights open`, `list`, `identified`, `extend`, `decline`, `restrict`, `lift`, `confirm` and `verify`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.consent_options import FILE, person_named
from bartizan.cli.desks import by_option
from bartizan.cli.key_options import key_options
from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.cli.rights_options import log_option, number_argument, places_option, pseudonym
from bartizan.core.dates import in_words
from bartizan.core.errors import InputError, Problem
from bartizan.core.moments import now
from bartizan.core.source import read_bytes
from bartizan.report.rights import request_lines, requests_document, requests_lines
from bartizan.rights.book import is_in, read_book, writing
from bartizan.rights.entries import (
    RIGHTS,
    Confirmed,
    Declined,
    Entry,
    Extended,
    Identified,
    Lifted,
    Opened,
    Right,
)
from bartizan.rights.places import read_places
from bartizan.workflows.rights import is_proof_of
from bartizan.workflows.rights import restrict as restricted

_LARGEST = 1 << 30


def _day(_: click.Context, option: click.Parameter, value: str | None) -> str:
    """The day that was named, else this one. Raises InputError for one that is none, or is to come."""
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        day = datetime.date.fromisoformat(value) if value else today
    except ValueError:
        raise InputError([Problem(file=f"--{option.name}", finding=f"'{value}' is no day", fix="2026-11-22")]) from None
    if day > today + datetime.timedelta(days=1):
        raise InputError([Problem(file=f"--{option.name}", finding=f"it is not {day.isoformat()} yet")])
    return day.isoformat()


def _said(_: click.Context, option: click.Parameter, value: str) -> str:
    if not value.strip():
        raise InputError([Problem(file=f"--{option.name}", finding="nothing is said")])
    return " ".join(value.split())


_how = click.option("--how", required=True, callback=_said, metavar="TEXT", help="By what: the letter, the form.")
_why = click.option("--why", required=True, callback=_said, metavar="TEXT", help="The reason that the person is told.")


@click.command("open")
@click.argument("person", callback=person_named)
@click.argument("right", type=click.Choice(RIGHTS))
@log_option
@click.option("--received", callback=_day, metavar="DAY", help="When it came; default: today. Deadlines count from it.")
@click.option("--purpose", default="", metavar="NAME", help="What an objection is to.")
@_how
@by_option
@key_options()
def open_(
    person: str,
    right: Right,
    log: Path,
    received: str,
    purpose: str,
    how: str,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Enter that PERSON asks for something. PERSON '-' is read from standard input.

    Example: bartizan rights open customer-1042 erasure --received 2026-11-20 --how letter --key-file consent.key
    """
    if bool(purpose) != (right == "objection"):
        finding = "an objection names a purpose, and nothing else does"
        raise InputError([Problem(file="--purpose", finding=finding, fix="--purpose training")])
    name, key = pseudonym(person, key_env, key_file, key_command)
    with writing(log, by=by, clock=now, create=True) as book:
        number = book.requests.next
        entry = Opened(
            request=number, right=right, person=name.hex(), received=received, how=how, key=key, purpose=purpose
        )
        book.add(entry)
        deadline = book.requests.of(number).deadline
    click.echo(f"request {number}: {right}, to be answered by {in_words(deadline)}")
    return 0


@click.command("list")
@click.argument("number", type=click.IntRange(1), metavar="[REQUEST]", required=False)
@log_option
@click.option("--open", "is_open", is_flag=True, help="Only those that are not answered.")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@today_option
@out_option
def list_(
    number: int | None,
    log: Path,
    is_open: bool,
    form: Literal["terminal", "json"] | None,
    today: str | None,
    out: Path | None,
) -> int:
    """Tell how far requests are, and how long there is time; of one, all that was done.

    Exits with 1 where one is late.

    Example: bartizan rights list --open
    """
    day = today or datetime.date.today().isoformat()
    requests = read_book(log).requests
    found = (requests.of(number),) if number else tuple(one for one in requests.all if one.is_open or not is_open)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    if wanted == "json":
        deliver(requests_document(found, day), out)
    else:
        lines = request_lines(found[0], day) if number else requests_lines(found, day)
        deliver("\n".join(lines) + "\n", out)
    return 1 if any(one.is_late(day) for one in found) else 0


@click.command()
@number_argument
@log_option
@_how
@by_option
def identified(number: int, log: Path, how: str, by: str) -> int:
    """Note how somebody made sure that it is the person who asks. Nothing is done before.

    Example: bartizan rights identified 1 --how "passport seen at the counter"
    """
    return _add(log, Identified(request=number, how=how), by, "noted")


@click.command()
@number_argument
@log_option
@_why
@by_option
def extend(number: int, log: Path, why: str, by: str) -> int:
    """Move a deadline by two months, once, where it is complex; tell the person within the first (GDPR Art. 12(3)).

    Example: bartizan rights extend 1 --why "data in forty branches"
    """
    code = _add(log, Extended(request=number, why=why), by, "extended")
    click.echo(f"to be answered by {in_words(read_book(log).requests.of(number).deadline)}")
    return code


@click.command()
@number_argument
@log_option
@_why
@by_option
def decline(number: int, log: Path, why: str, by: str) -> int:
    """Note why nothing is done; the person is told that, and where to complain (GDPR Art. 12(4)).

    Example: bartizan rights decline 3 --why "we hold no data of them"
    """
    return _add(log, Declined(request=number, why=why), by, "declined")


@click.command()
@number_argument
@click.argument("place")
@log_option
@_how
@by_option
def confirm(number: int, place: str, log: Path, how: str, by: str) -> int:
    """Note that something was done by hand at a PLACE: a source, a data set, a model.

    Example: bartizan rights confirm 1 score-1 --how "retrained without them, pipeline run 42"
    """
    return _add(log, Confirmed(request=number, place=place, how=how), by, "confirmed")


@click.command()
@number_argument
@log_option
@places_option(needed=False)
@by_option
def restrict(number: int, log: Path, places_file: Path | None, by: str) -> int:
    """Let the data of who asks not be used from now on: at all, or for the purpose that they object to.

    With --places an objection is entered in the ledger of consent too, where the purpose can be objected to.
    `bartizan consent filter --rights` leaves their rows out.

    Example: bartizan rights restrict 2 --places places.yaml
    """
    places = read_places(places_file) if places_file is not None else None
    with writing(log, by=by, clock=now) as book:
        is_entered = restricted(book, number, places, at=now(), by=by)
    click.echo("restricted" + (", and entered as an objection in the ledger of consent" if is_entered else ""))
    return 0


@click.command()
@number_argument
@log_option
@_why
@by_option
def lift(number: int, log: Path, why: str, by: str) -> int:
    """Let data be used again that a request restricted; the person is told before (GDPR Art. 18(3)).

    Example: bartizan rights lift 2 --why "the data was corrected"
    """
    return _add(log, Lifted(request=number, why=why), by, "lifted")


def _add(log: Path, entry: Entry, by: str, told: str) -> int:
    with writing(log, by=by, clock=now) as book:
        book.add(entry)
    click.echo(f"{told} at request {entry.request}")
    return 0


@click.command("verify")
@log_option
@click.option("--head", default="", metavar="HASH", help="A hash that you noted: it must be in there.")
@click.option("--proof", type=FILE, metavar="FILE", help="A proof, or data that was written out: it must be unchanged.")
def verify_(log: Path, head: str, proof: Path | None) -> int:
    """Look at every entry of a log, each bound to the one before, and at a proof.

    Exits with 2 where something is not as it was written.

    Example: bartizan rights verify --proof erased.json
    """
    read = read_book(log)
    if head and not is_in(read, head):
        finding = "the noted hash is not in it: entries were taken out, or it is another log"
        raise InputError([Problem(file=str(log), finding=finding)])
    if proof is not None:
        request = is_proof_of(read.requests, proof, read_bytes(proof, _LARGEST))
        click.echo(f"{shown(proof)}: of request {request.number}, {request.opened.right}, unchanged")
    click.echo(f"{shown(log)}: sound, {read.entries:,} entries, newest hash {read.head}")
    return 0
