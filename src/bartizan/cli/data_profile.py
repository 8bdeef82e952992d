"""`bartizan data profile`: what tables hold about people, and which secrets."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem
from bartizan.report.tables.profile import profile_document, profile_lines
from bartizan.tables.profile.beside import Presidio
from bartizan.tables.profile.profiling import Profile, profiled
from bartizan.tables.reading import Ragged, Reading
from bartizan.workflows.profiling_data import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the cells that are drawn.")
@click.option("--second-opinion", is_flag=True, help="Ask presidio about some values as well.")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--fail", is_flag=True, help="Exit with 1 where personal data or secrets were found.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def profile(
    files: tuple[Path, ...],
    missing: tuple[str, ...],
    ragged: Ragged,
    seed: int,
    second_opinion: bool,
    form: Literal["terminal", "json"] | None,
    fail: bool,
    evidence: Path | None,
    component: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Tell which columns of tables hold personal data or secrets, how many cells, and how sure that is.

    All rows are counted. Of cells that could hold something some thousand are read, and the share is told with its
    interval. Samples are masked. Names of columns are hints, and told as such.

    Example: bartizan data profile customers.parquet -o profile.json
    """
    presidio = Presidio() if second_opinion else None
    reading = Reading(missing=("", *missing), ragged=ragged)
    tables = _profiled(files, reading, seed, presidio)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    lines = (line for one in tables for line in profile_lines(one))
    deliver(profile_document(tables) if wanted == "json" else "\n".join(lines) + "\n", out)
    if evidence is not None:
        count = write_evidence(tables, evidence, component=component, today=today or datetime.date.today().isoformat())
        said = f"{count} observation{'' if count == 1 else 's'}" if count else "no observation: not every cell was read"
        click.echo(f"wrote {shown(evidence)}: {said}", err=True)
    return 1 if fail and any(one.holds_personal_data or one.holds_secrets for one in tables) else 0


def _profiled(files: tuple[Path, ...], reading: Reading, seed: int, presidio: Presidio | None) -> list[Profile]:
    """All of them, or all problems of those that cannot be read."""
    made: list[Profile] = []
    problems: list[Problem] = []
    for file in files:
        try:
            made.append(profiled(file, reading, seed=seed, presidio=presidio, progress=_said))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return made


def _said(rows: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{rows:,} rows\033[K\r", nl=False, err=True)
