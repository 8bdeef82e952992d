"""`bartizan consent filter` and `trained`: data sets that people allow, and the models that learn from them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.consent_options import FILE, ledger_option, unlocked
from bartizan.cli.desks import by_option
from bartizan.cli.key_options import key_options
from bartizan.cli.options import today_option
from bartizan.cli.output import shown
from bartizan.consent.entries import Trained
from bartizan.consent.ledger import Ledger
from bartizan.core.digest import sha256_of
from bartizan.core.moments import now
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.report.tables.consented import filtered_document, filtered_lines
from bartizan.tables.consented.asking import Question
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.consenting import Stops, Whose, filtered, looked_through, write_evidence


@click.command("filter")
@click.argument("file", type=FILE)
@ledger_option
@click.option(
    "--purpose", "purposes", multiple=True, required=True, metavar="NAME",
    help="What it shall be used for; repeatable: then for all of them.",
)  # fmt: skip
@click.option("--person", required=True, metavar="COLUMN", help="Whose row it is, as the ledger was told of them.")
@click.option("--since", default="", metavar="COLUMN", help="The day on which a row was collected.")
@click.option("--collected-for", default="", metavar="NAME", help="The purpose for which the table was collected.")
@click.option("--rights", type=FILE, metavar="FILE", help="The log of requests: who restricted its use is left out.")
@click.option("-o", "--out", type=FILE, metavar="FILE", help="Write the rows that may be used; record the data set.")
@click.option("--name", default="", metavar="NAME", help="What the ledger calls the data set; default: its file.")
@click.option("--manifest", type=FILE, metavar="FILE", help="Write what was left out, and why, as JSON.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option(
    "-f", "--format", "form", type=click.Choice(("terminal", "json")), default="terminal", help="Of the answer."
)
@click.option("--evidence", type=FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@by_option
@key_options()
@today_option
def filter_(
    file: Path,
    place: Path,
    purposes: tuple[str, ...],
    person: str,
    since: str,
    collected_for: str,
    rights: Path | None,
    out: Path | None,
    name: str,
    manifest: Path | None,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Literal["terminal", "json"],
    evidence: Path | None,
    component: str,
    by: str,
    key_env: str,
    key_file: Path | None,
    key_command: str,
    today: str | None,
) -> int:
    """Give only the rows whose people, purpose and age allow a use, and say why others were left out.

    Data that was collected for another purpose passes only where somebody declared both compatible, or with a consent
    of its own. With -o the data set and its people are recorded, so that a withdrawal names it.

    Exits with 0 where every row may be used, or those that may were written; else with 1.

    Example: bartizan consent filter loans.parquet --purpose training --person customer -o usable.parquet
    --key-file consent.key
    """
    for one in (out, manifest, evidence):
        if one is not None:
            refuse_existing(one)
    day = today or datetime.date.today().isoformat()
    question = Question(purposes=purposes, person=person, today=day, since=since, collected_for=collected_for)
    with Ledger(place) as ledger:
        whose = Whose(pseudonyms=unlocked(ledger, key_env, key_file, key_command), stops=Stops(rights))
        table = opened(file, Reading(missing=("", *missing), ragged=ragged))
        if out is None:
            found = looked_through(ledger, table, question, whose)
        else:
            called = name or out.name
            found = filtered(ledger, table, question, whose, out=out, name=called, by=by, now=now)
            click.echo(f"wrote {shown(out)}: {found.passed.allowed:,} rows", err=True)
        document = filtered_document(file, ledger, found)
        click.echo(document if form == "json" else "\n".join(filtered_lines(file, found)), nl=form != "json")
        if manifest is not None:
            write_atomic(manifest, document)
            click.echo(f"wrote {shown(manifest)}", err=True)
        if evidence is not None:
            count = write_evidence(found, evidence, table=file, component=component)
            click.echo(f"wrote {shown(evidence)}: {count} observation", err=True)
    return 0 if out is not None or found.passed.allowed == found.passed.rows else 1


@click.command()
@click.argument("model")
@click.option("--on", "data", multiple=True, required=True, metavar="NAME", help="A data set that it saw; repeatable.")
@click.option("--file", type=FILE, metavar="FILE", help="The model's file: its SHA-256 is kept.")
@ledger_option
@by_option
def trained(model: str, data: tuple[str, ...], file: Path | None, place: Path, by: str) -> int:
    """Enter that MODEL learned from data sets of the ledger, so that a withdrawal names it.

    Example: bartizan consent trained credit-score-2026-11 --on usable.parquet --file model.skops
    """
    digest = sha256_of(file) if file is not None else ""
    with Ledger(place) as ledger:
        with ledger.recording(by, now()) as batch:
            number = batch.add(Trained(model=model, data=tuple(dict.fromkeys(data)), digest=digest))
        click.echo(f"entered as entry {number}")
    return 0
