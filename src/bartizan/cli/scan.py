"""`bartizan scan`: what files of models do to whoever loads them."""

from __future__ import annotations

import contextlib
import datetime
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.report.scan.document import document
from bartizan.report.scan.lines import file_lines, summary
from bartizan.report.scan.sarif import sarif
from bartizan.supply.scan.finding import Scanned
from bartizan.supply.second_opinion import SecondOpinion, said
from bartizan.workflows.scanning import scanned, verdict_of, write_evidence

Form: TypeAlias = Literal["terminal", "json", "sarif"]
_FORMS: dict[str, Form] = {".json": "json", ".sarif": "sarif", ".txt": "terminal"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json", "sarif")), help="Default: by -o.")
@click.option("--clean", is_flag=True, help="Tell of clean files too.")
@click.option("--digests", is_flag=True, help="With the SHA-256 of each file.")
@click.option("--second-opinion", "second", is_flag=True, help="Ask picklescan about each file as well.")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def scan(
    paths: tuple[Path, ...],
    form: Form | None,
    clean: bool,
    digests: bool,
    second: bool,
    evidence: Path | None,
    component: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Look into files of models, and whatever lies beside them, without loading anything.

    Files are told by their content, never by their names; folders and archives are gone into. Each file is DETECT (it
    does harm), ERROR (it cannot be read whole), REVIEW (a person must look) or CLEAN.

    Exits with 0 where all files are clean, else with 1.

    Example: bartizan scan models/ -o scan.sarif
    """
    wanted: Form = form or (_FORMS.get(out.suffix.lower(), "terminal") if out is not None else "terminal")
    files: list[Scanned] = []
    lines: list[str] = []
    found = scanned(paths, digests=digests or evidence is not None or wanted != "terminal")
    with SecondOpinion() if second else contextlib.nullcontext() as beside:
        for one in _watched(beside.beside(found) if beside else found):
            files.append(one)
            if wanted == "terminal":
                told = list(file_lines(one, clean=clean))
                lines += told
                if out is None:
                    click.echo("".join(f"{line}\n" for line in told), nl=False)
    if beside:
        click.echo(said(beside.words), err=True)
    if wanted == "terminal":
        text = "\n".join([*(lines if out is not None else ()), summary(files)]) + "\n"
    else:
        text = sarif(files) if wanted == "sarif" else document(files)
    deliver(text, out)
    if evidence is not None:
        count = write_evidence(files, evidence, component=component, today=today or datetime.date.today().isoformat())
        made = f"{count} observations" if count else "no observation: what a person must look at says nothing yet"
        click.echo(f"wrote {shown(evidence)}: {made}", err=True)
    return 0 if verdict_of(files) == "CLEAN" else 1


def _watched(files: Iterator[Scanned]) -> Iterator[Scanned]:
    """The files, with their number on the screen while it works, where somebody sits before it."""
    if not sys.stderr.isatty():
        yield from files
        return
    for count, one in enumerate(files, 1):
        click.echo(f"\r{count:,} files", nl=False, err=True)
        click.echo("\r\033[K", nl=False, err=True)
        yield one
