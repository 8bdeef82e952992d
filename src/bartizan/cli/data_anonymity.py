"""`bartizan data anonymity`: how far a table hides people among others."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.digest import sha256_of
from bartizan.report.tables.anonymity import anonymity_document, anonymity_lines
from bartizan.tables.protect.anonymity import Asked, measured, shortfalls
from bartizan.tables.protect.spread import Distance
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.anonymity import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--quasi", multiple=True, required=True, metavar="COLUMN", help="What others may know; repeatable.")
@click.option("--sensitive", multiple=True, metavar="COLUMN", help="What they must not learn; repeatable.")
@click.option("--k", type=click.IntRange(2), default=5, show_default=True, help="Rows that must be alike.")
@click.option("--l", "l_", type=click.FloatRange(1), default=1.0, help="Sensitive values in each class.")
@click.option("--diversity", type=click.Choice(("distinct", "entropy")), default="distinct", help="How l counts.")
@click.option("--t", type=click.FloatRange(0, 1, min_open=True), help="How far a class may be from the whole.")
@click.option("--distance", type=click.Choice(("equal", "ordered")), help="Between values. Default: by the column.")
@click.option("--population", type=_FILE, metavar="FILE", help="All people that the table was drawn from.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def anonymity(
    file: Path,
    quasi: tuple[str, ...],
    sensitive: tuple[str, ...],
    k: int,
    l_: float,
    diversity: Literal["distinct", "entropy"],
    t: float | None,
    distance: Distance | None,
    population: Path | None,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Literal["terminal", "json"] | None,
    evidence: Path | None,
    component: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Measure how many rows are alike in what others may know, and what their class tells of them.

    k-anonymity, and for each sensitive column l-diversity (distinct and by entropy) and t-closeness; the chance to find
    a person's row, also among a population where one is given. Rows that lack a value are like rows that lack it.

    Exits with 0 where all that was asked for is reached, else with 1.

    Example: bartizan data anonymity safe.parquet --quasi age --quasi postcode --sensitive illness --k 10 --l 2
    """
    reading = Reading(missing=("", *missing), ragged=ragged)
    asked = Asked(k=k, l=l_, diversity=diversity, t=t)
    digest = sha256_of(file)
    people = opened(population, reading) if population is not None else None
    found = measured(opened(file, reading), quasi, sensitive, k=k, distance=distance, population=people)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    lines = anonymity_lines(file, found, asked)
    deliver(anonymity_document(file, found, asked, digest) if wanted == "json" else "\n".join(lines) + "\n", out)
    if evidence is not None:
        day = today or datetime.date.today().isoformat()
        count = write_evidence(
            found, asked, evidence, table=file, digest=digest, tool="data anonymity", component=component, today=day
        )
        said = f"{count} observation" if count else "no observation: the table has no rows"
        click.echo(f"wrote {shown(evidence)}: {said}", err=True)
    return 1 if shortfalls(found, asked) else 0
