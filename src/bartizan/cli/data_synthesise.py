"""`bartizan data synthesise`: a table of nobody, drawn from noisy counts."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.budget.ledger import Ledger
from bartizan.cli.data_statistics import said
from bartizan.cli.desks import by_option
from bartizan.core.moments import now
from bartizan.report.tables.private import synthetic_lines
from bartizan.tables.private.plan import read_plan
from bartizan.tables.private.synthetic import synthesise as synthesised
from bartizan.tables.reading import Ragged, Reading, opened

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--plan", "plan_file", type=_FILE, required=True, metavar="FILE", help="Columns, and an epsilon.")
@click.option("--budget", "ledger", type=_FILE, required=True, metavar="FILE", help="The ledger that pays for it.")
@click.option("-o", "--out", type=_FILE, required=True, metavar="FILE", help="CSV, Parquet, JSON lines or Arrow.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@by_option
def synthesise(
    file: Path, plan_file: Path, ledger: Path, out: Path, missing: tuple[str, ...], ragged: Ragged, by: str
) -> int:
    """Write a synthetic table with differential privacy: columns as they are spread, and pairs that go together most.

    What it spends is written into the ledger first; where not all of it is left, nothing is drawn, and the exit code is
    1. What three columns have to do with each other beyond the pairs that are named is not in it.

    Example: bartizan data synthesise visits.parquet --plan synthetic.yaml --budget patients.budget -o nobody.csv
    """
    plan = read_plan(plan_file, wants="synthetic")
    table = opened(file, Reading(missing=("", *missing), ragged=ragged))
    made = synthesised(table, plan, Ledger(ledger), out, by=by, at=now(), step=said)
    for line in synthetic_lines(file, out, made):
        click.echo(line)
    return 0
