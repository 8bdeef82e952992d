"""`bartizan data minimise`: which columns a task does not need, or not as fine."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import printable
from bartizan.core.source import refuse_existing
from bartizan.report.tables.minimise import minimise_document, minimise_lines, minimise_summary
from bartizan.tables.minimise.labels import Task
from bartizan.tables.minimise.minimising import MOST, Asked, minimised
from bartizan.tables.minimise.scoring import MEASURES, Measure
from bartizan.tables.reading import Ragged, Reading
from bartizan.workflows.minimising import write_evidence, write_plan

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--label", required=True, metavar="COLUMN", help="What a model shall learn: a class or a number.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 0.5, min_open=True),
    default=0.01,
    show_default=True,
    help="Loss of score that nobody minds.",
)
@click.option("--person", default="", metavar="COLUMN", help="Whose a row is: a person's rows stay together.")
@click.option("--time", default="", metavar="COLUMN", help="When a row is of: learn from the past, judge by the end.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Stays in any case; repeatable.")
@click.option("--trust", multiple=True, metavar="COLUMN", help="Tells the label alone, and rightly; repeatable.")
@click.option("--score", "measure", type=click.Choice(tuple(MEASURES)), help="Default: by the label.")
@click.option("--task", type=click.Choice(("classes", "number")), help="What the label is. Default: by its values.")
@click.option("--plan", type=_FILE, metavar="FILE", help="Write a plan for `bartizan data protect`.")
@click.option("--rows", "most", type=click.IntRange(300), default=MOST, show_default=True, help="Rows that are drawn.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of all that is drawn.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def minimise(
    file: Path,
    label: str,
    tolerance: float,
    person: str,
    time: str,
    keep: tuple[str, ...],
    trust: tuple[str, ...],
    measure: Measure | None,
    task: Task | None,
    plan: Path | None,
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
    """Tell which columns of a table a task does not need, and which it needs only coarsely.

    A model learns with and without each column. What is recommended is measured once more, on rows that were
    never used. The table stays as it is: --plan writes what `bartizan data protect` can do to it.

    Exits with 0 where there is nothing to drop, to make coarser or to decide. Else, and where nothing can be said, with
    1.

    Example: bartizan data minimise loans.csv --label paid --plan needed.yaml
    """
    if plan is not None:
        refuse_existing(plan)
    asked = Asked(
        label=label,
        tolerance=tolerance,
        person=person,
        time=time,
        keep=keep,
        trust=trust,
        measure=measure,
        task=task,
        most=most,
        seed=seed,
        reading=Reading(missing=("", *missing), ragged=ragged),
    )
    one = minimised(file, asked, _said)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    text = (
        minimise_document(one) if wanted == "json" else "\n".join([*minimise_lines(one), minimise_summary(one)]) + "\n"
    )
    deliver(text, out)
    if evidence is not None:
        day = today or datetime.date.today().isoformat()
        count = write_evidence(one, evidence, component=component, today=day)
        said = (
            f"{count} observation"
            if count
            else "no observation: neither was shown, that columns can go or that none can"
        )
        click.echo(f"wrote {shown(evidence)}: {said}", err=True)
    if plan is not None:
        write_plan(one, plan)
        click.echo(f"wrote {shown(plan)}", err=True)
    return 0 if one.is_settled else 1


def _said(step: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{printable(step, 100)} ...", err=True)
