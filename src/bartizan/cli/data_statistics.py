"""`bartizan data statistics`: numbers about people that tell of nobody in particular."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from bartizan.budget.ledger import Ledger
from bartizan.cli.desks import by_option
from bartizan.cli.options import out_option
from bartizan.cli.output import deliver
from bartizan.core.moments import now
from bartizan.core.source import refuse_existing
from bartizan.report.tables.private import release_document, release_lines
from bartizan.tables.private.plan import read_plan
from bartizan.tables.private.statistics import release
from bartizan.tables.reading import Ragged, Reading, opened

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--plan", "plan_file", type=_FILE, required=True, metavar="FILE", help="What is asked for.")
@click.option("--budget", "ledger", type=_FILE, required=True, metavar="FILE", help="The ledger that pays for it.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@by_option
@out_option
def statistics(
    file: Path,
    plan_file: Path,
    ledger: Path,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Literal["terminal", "json"] | None,
    by: str,
    out: Path | None,
) -> int:
    """Release counts, sums, means and quantiles of a table with differential privacy.

    The plan says whose a row is, and what columns may hold, before anybody looks. What it spends is written into the
    ledger first; where not all of it is left, nothing is drawn, and the exit code is 1.

    Example: bartizan data statistics visits.parquet --plan report.yaml --budget patients.budget -o report.json
    """
    if out is not None:
        refuse_existing(out)
    plan = read_plan(plan_file, wants="statistics")
    table = opened(file, Reading(missing=("", *missing), ragged=ragged))
    made = release(table, plan, Ledger(ledger), by=by, at=now(), step=said)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    deliver(release_document(file, made) if wanted == "json" else "\n".join(release_lines(file, made)) + "\n", out)
    return 0


def said(step: str) -> None:
    """What is done now, for who watches."""
    if sys.stderr.isatty():
        click.echo(f"{step} ...", err=True)
