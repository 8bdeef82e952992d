"""`bartizan consent open`, `declare`, `show` and `verify`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.consent_options import FILE, ledger_option, person_named, unlocked
from bartizan.cli.desks import by_option
from bartizan.cli.key_options import key_options
from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.consent.declared import read_declaration
from bartizan.consent.entries import Opening, Purpose
from bartizan.consent.ledger import Ledger, open_ledger
from bartizan.consent.verifying import verify
from bartizan.core.errors import InputError, Problem
from bartizan.core.moments import now
from bartizan.report.consent import (
    ledger_document,
    ledger_lines,
    outcome_lines,
    person_document,
    person_lines,
)
from bartizan.workflows.pseudonyms import key_for, pseudonyms_of


@click.command("open")
@ledger_option
@click.option("--controller", required=True, metavar="NAME", help="Who answers for the data.")
@click.option("--contact", required=True, metavar="TEXT", help="Where people reach them, to withdraw as well.")
@key_options()
def open_(place: Path, controller: str, contact: str, key_env: str, key_file: Path | None, key_command: str) -> int:
    """Begin a ledger. People will stand in it under pseudonyms that only this key can make: keep a copy of the key.

    Example: bartizan consent open --controller "Harbor Bank" --contact privacy@harbor.example --key-file consent.key
    """
    for name, text in (("--controller", controller), ("--contact", contact)):
        if not text.strip():
            raise InputError([Problem(file=name, finding="nobody is named")])
    key = key_for(key_env, key_file, key_command)
    opening = Opening(controller=controller, contact=contact, key=pseudonyms_of(key).key, opened_at=now())
    with open_ledger(place, opening):
        click.echo(f"wrote {shown(place)}; key {opening.key}: keep a copy of it, without it nobody is found again")
    for told in key.told:
        click.echo(f"note: {told}", err=True)
    return 0


@click.command()
@click.argument("file", type=FILE)
@ledger_option
@by_option
def declare(file: Path, place: Path, by: str) -> int:
    """Enter the purposes of a YAML file, and the words in which people are asked. What is there already stays.

    A purpose that changes is another purpose, and changed words are another version: people agreed to the old ones.

    Example: bartizan consent declare purposes.yaml
    """
    declaration = read_declaration(file)
    with Ledger(place) as ledger:
        with ledger.recording(by, now()) as batch:
            new = declaration.new_to(ledger.book)
            for entry in new:
                batch.add(entry)
        purposes = sum(isinstance(one, Purpose) for one in new)
        click.echo(f"entered {purposes} purposes and {len(new) - purposes} wordings")
    return 0


@click.command()
@click.argument("person", default="", callback=person_named)
@ledger_option
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@key_options()
@today_option
@out_option
def show(
    person: str,
    place: Path,
    form: Literal["terminal", "json"] | None,
    key_env: str,
    key_file: Path | None,
    key_command: str,
    today: str | None,
    out: Path | None,
) -> int:
    """Tell what stands in a ledger: purposes, words, data sets and models; or all that one person said.

    Example: bartizan consent show customer-1042 --key-file consent.key
    """
    day = today or datetime.date.today().isoformat()
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    with Ledger(place) as ledger:
        if not person:
            lines, document = ledger_lines(ledger), ledger_document(ledger)
        else:
            pseudonym = unlocked(ledger, key_env, key_file, key_command).of(person)
            standings = {name: ledger.standing(pseudonym, name) for name in ledger.book.purposes}
            said = ledger.said_by(pseudonym)
            lines = person_lines(pseudonym, said, standings, day)
            document = person_document(pseudonym, said, standings, day)
        deliver(document if wanted == "json" else "\n".join(lines) + "\n", out)
    return 0


@click.command("verify")
@ledger_option
@click.option("--head", default="", metavar="HASH", help="The newest hash that you noted: it must be in there.")
def verify_(place: Path, head: str) -> int:
    """Look at every entry: bound to the one before, and people's standing as it follows from what they did.

    Exits with 2, and says where, where something is not as it was written.

    Example: bartizan consent verify --head 5f0c...
    """
    with Ledger(place) as ledger:
        outcome = verify(ledger, noted=head, tell=lambda count: click.echo(f"  {count:,} entries", err=True))
        click.echo("\n".join(outcome_lines(place, outcome)))
    return 0
