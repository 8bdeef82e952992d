"""`bartizan consent give`, `withdraw`, `object`, `import` and `receipt`: what people do."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

import click

from bartizan.cli.consent_options import FILE, ledger_option, moment, person_named, unlocked
from bartizan.cli.desks import by_option
from bartizan.cli.key_options import key_options
from bartizan.cli.options import out_option
from bartizan.cli.output import deliver
from bartizan.consent.ledger import Ledger
from bartizan.consent.receipts import receipt as receipt_of
from bartizan.consent.telling import act_of, read_acts
from bartizan.core.errors import Conflict, InputError, NotFound, Problem
from bartizan.core.moments import now
from bartizan.report.consent import concerned_lines, json_text, standing_in_words

_at = click.option("--at", callback=moment, metavar="MOMENT", help="When, in UTC: 2026-11-22T09:00:00Z; default: now.")
_how = click.option("--how", required=True, metavar="TEXT", help="By what: the form, the call, the letter.")
_person = click.argument("person", callback=person_named)


@click.command()
@_person
@click.argument("purpose")
@ledger_option
@click.option("--wording", required=True, metavar="VERSION", help="The version of the words that they saw.")
@click.option("--until", default="", metavar="DAY", help="The last day on which it holds; default: until withdrawn.")
@_at
@_how
@by_option
@key_options()
def give(
    person: str,
    purpose: str,
    place: Path,
    wording: str,
    until: str,
    at: str,
    how: str,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Enter that PERSON agrees to one PURPOSE, in words that they saw. PERSON '-' is read from standard input.

    Exits with 1 where it does not hold, such as behind a later withdrawal.

    Example: bartizan consent give customer-1042 training --wording 2 --how "app, settings" --key-file consent.key
    """
    cells = {"purpose": purpose, "at": at, "how": how, "wording": wording, "until": until}
    return _enter("given", person, cells, place, by, (key_env, key_file, key_command))


@click.command()
@_person
@click.argument("purpose")
@ledger_option
@_at
@_how
@by_option
@key_options()
def withdraw(
    person: str,
    purpose: str,
    place: Path,
    at: str,
    how: str,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Enter that PERSON takes consent back for one PURPOSE, and name the data sets and models that hold their data.

    Example: bartizan consent withdraw customer-1042 training --how "app, settings" --key-file consent.key
    """
    cells = {"purpose": purpose, "at": at, "how": how}
    return _enter("withdrawn", person, cells, place, by, (key_env, key_file, key_command))


@click.command("object")
@_person
@click.argument("purpose")
@ledger_option
@_at
@_how
@by_option
@key_options()
def object_(
    person: str,
    purpose: str,
    place: Path,
    at: str,
    how: str,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
) -> int:
    """Enter that PERSON objects to a PURPOSE that rests on legitimate interests or a public task (GDPR Art. 21).

    Example: bartizan consent object customer-1042 fraud-detection --how letter --key-file consent.key
    """
    cells = {"purpose": purpose, "at": at, "how": how}
    return _enter("objected", person, cells, place, by, (key_env, key_file, key_command))


def _enter(
    kind: str, person: str, cells: dict[str, str], place: Path, by: str, key: tuple[str, Path | None, str]
) -> int:
    with Ledger(place) as ledger:
        try:
            act = act_of(kind, person, unlocked(ledger, *key), cells)
        except ValueError as error:
            finding, _, fix = str(error).partition("; ")
            raise InputError([Problem(file="command", finding=finding, fix=fix)]) from None
        with ledger.recording(by, now()) as batch:
            before = batch.number
            number = batch.add(act)
        pseudonym = bytes.fromhex(act.person)
        standing = ledger.standing(pseudonym, act.purpose)
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        words = standing_in_words(standing, today)
        click.echo(f"{'entered' if number > before else 'was there already'} as entry {number}; {act.purpose}: {words}")
        if kind == "given":
            return 0 if standing.on(today) == "agreed" else 1
        click.echo("\n".join(concerned_lines(ledger.concerned(pseudonym, [act.purpose]))))
    return 0


@click.command("import")
@click.argument("file", type=FILE)
@ledger_option
@by_option
@key_options()
def import_(file: Path, place: Path, by: str, key_env: str, key_file: Path | None, key_command: str) -> int:
    """Enter what many people did: a CSV file with person, purpose, act, at, how, and wording and until where given.

    All of it or nothing. What the ledger holds already is counted and not entered again, so a file may be sent twice.

    Example: bartizan consent import export-of-the-app.csv --key-file consent.key
    """
    counted: Counter[str] = Counter()
    with Ledger(place) as ledger:
        pseudonyms = unlocked(ledger, key_env, key_file, key_command)
        with ledger.recording(by, now()) as batch:
            for told in read_acts(file, pseudonyms):
                before = batch.number
                try:
                    number = batch.add(told.act)
                except (NotFound, Conflict) as error:
                    raise InputError([Problem(file=str(file), line=told.line, finding=str(error))]) from None
                counted[type(told.act).__name__.lower() if number > before else "there already"] += 1
                if counted.total() % 50_000 == 0:
                    click.echo(f"  {counted.total():,} acts", err=True)
    click.echo("entered " + (", ".join(f"{count:,} {what}" for what, count in sorted(counted.items())) or "nothing"))
    return 0


@click.command()
@_person
@click.argument("purpose")
@ledger_option
@key_options()
@out_option
def receipt(
    person: str,
    purpose: str,
    place: Path,
    key_env: str,
    key_file: Path | None,
    key_command: str,
    out: Path | None,
) -> int:
    """Write what PERSON gave for a PURPOSE, in which words, and how to withdraw: JSON by ISO/IEC TS 27560.

    Example: bartizan consent receipt customer-1042 training -o receipt.json --key-file consent.key
    """
    with Ledger(place) as ledger:
        ledger.book.purpose(purpose)
        pseudonym = unlocked(ledger, key_env, key_file, key_command).of(person)
        acts = [one for one in ledger.said_by(pseudonym) if getattr(one.entry, "purpose", "") == purpose]
        hashes = [ledger.store.hash_of(one.number) for one in acts]
        deliver(json_text(receipt_of(ledger.opening, ledger.book, acts, hashes)), out)
    return 0
