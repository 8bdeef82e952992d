"""`bartizan data check`: whether a table is fit to learn from, and which rows are doubted."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.report.tables.quality import quality_document, quality_lines, quality_summary
from bartizan.tables.quality.checking import Asked, Checked
from bartizan.tables.quality.sample import MOST
from bartizan.tables.reading import Ragged, Reading
from bartizan.workflows.checking_data import check as run_checks
from bartizan.workflows.checking_data import quarantine as put_aside
from bartizan.workflows.checking_data import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--label", default="", metavar="COLUMN", help="What a model shall learn.")
@click.option("--source", default="", metavar="COLUMN", help="Where each row came from.")
@click.option("--schema", type=_FILE, metavar="FILE", help="What each column must be, in YAML.")
@click.option("--against", type=_FILE, metavar="FILE", help="A table to compare with.")
@click.option("--quarantine", type=_FILE, metavar="FILE", help="Write doubted rows there.")
@click.option("--keep", type=_FILE, metavar="FILE", help="Write all other rows there.")
@click.option("--rows", "most", type=click.IntRange(100), default=MOST, show_default=True, help="Rows held in memory.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of what is drawn.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def check(
    file: Path,
    label: str,
    source: str,
    schema: Path | None,
    against: Path | None,
    quarantine: Path | None,
    keep: Path | None,
    most: int,
    seed: int,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Literal["terminal", "json"] | None,
    evidence: Path | None,
    component: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Check a table before a model learns from it, or an .npz of images x and labels y.

    Schema, drift, duplicates, doubtful labels, outliers, traces of backdoors, sources that change all at once: what was
    found, how sure, in which rows. Nothing is deleted. A check without its input is told as skipped, never as passed.

    Exits with 0 where a check ran, none failed and nothing was found, else with 1.

    Example: bartizan data check loans.csv --label paid --source branch --quarantine doubted.csv
    """
    reading = Reading(missing=("", *missing), ragged=ragged, typed=True)
    asked = Asked(schema=schema, before=against, label=label, source=source, most=most, seed=seed, reading=reading)
    one = run_checks(file, asked, _said)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    text = quality_document(one) if wanted == "json" else "\n".join([*quality_lines(one), quality_summary(one)]) + "\n"
    deliver(text, out)
    _files(one, asked, quarantine, keep)
    if evidence is not None:
        day = today or datetime.date.today().isoformat()
        count = write_evidence(one, evidence, component=component, today=day)
        said = f"{count} observation" if count else "no observation: too few checks ran to say anything"
        click.echo(f"wrote {shown(evidence)}: {said}", err=True)
    return 0 if one.is_sound else 1


def _said(check: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"checking {check} ...", err=True)


def _files(one: Checked, asked: Asked, quarantine: Path | None, keep: Path | None) -> None:
    if quarantine is None and keep is None:
        return
    doubted, kept = put_aside(one, asked, quarantine, keep)
    for out, count, what in ((quarantine, doubted, "doubted"), (keep, kept, "other")):
        if out is not None:
            click.echo(f"wrote {shown(out)}: {count:,} {what} rows", err=True)
