"""`bartizan data allowed`: whether a table may be used for a purpose, and what of it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.options import today_option
from bartizan.cli.output import shown
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.report.tables.allowed import allowed_document, allowed_lines
from bartizan.tables.allowed.asking import asked
from bartizan.tables.allowed.filtering import write_allowed
from bartizan.tables.allowed.rules import read_allowed
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.allowing import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--rules", "rules_file", type=_FILE, required=True, metavar="FILE", help="What was declared of it.")
@click.option("--purpose", required=True, metavar="NAME", help="What it shall be used for.")
@click.option("-o", "--out", type=_FILE, metavar="FILE", help="Write the columns and rows that may be used.")
@click.option("--manifest", type=_FILE, metavar="FILE", help="Write what was left out, and why, as JSON.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option(
    "-f", "--format", "form", type=click.Choice(("terminal", "json")), default="terminal", help="Of the answer."
)
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@today_option
def allowed(
    file: Path,
    rules_file: Path,
    purpose: str,
    out: Path | None,
    manifest: Path | None,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Literal["terminal", "json"],
    evidence: Path | None,
    component: str,
    today: str | None,
) -> int:
    """Tell whether a table may be used for a purpose, by what was declared of it: basis, days, columns, rows, licence.

    What is not declared is unknown, and unknown is not used. With -o the columns and rows that are allowed go to a
    file. Nothing here is legal advice.

    Exits with 0 where all of it is allowed, or what is allowed was written; else with 1.

    Example: bartizan data allowed customers.parquet --rules allowed.yaml --purpose fraud-detection -o usable.parquet
    """
    for one in (manifest, out):
        if one is not None:
            refuse_existing(one)
    day = today or datetime.date.today().isoformat()
    rules = read_allowed(rules_file)
    table = opened(file, Reading(missing=("", *missing), ragged=ragged))
    answer = asked(table, rules, purpose, day)
    text = allowed_document(file, answer) if form == "json" else "\n".join(allowed_lines(file, answer)) + "\n"
    click.echo(text, nl=False)
    if manifest is not None:
        write_atomic(manifest, allowed_document(file, answer))
        click.echo(f"wrote {shown(manifest)}", err=True)
    written = out if out is not None and answer.is_usable else None
    if written is not None:
        rows = write_allowed(table, rules, answer, written)
        click.echo(f"wrote {shown(written)}: {rows:,} rows", err=True)
    if evidence is not None:
        count = write_evidence(answer, rules, evidence, table=file, written=written, component=component, today=day)
        told = f"{count} observation" if count else "no observation: it is unknown whether it may be used"
        click.echo(f"wrote {shown(evidence)}: {told}", err=True)
    return 0 if answer.verdict == "allowed" or written is not None else 1
