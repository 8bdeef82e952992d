"""`bartizan test`: attack the real models behind a description, and say what that changes."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bartizan.cli.lab_output import conclusion_lines, finding_lines, left_out_lines, measured_table
from bartizan.cli.options import catalog_option, scales_option, today_option
from bartizan.cli.output import shown
from bartizan.cli.report_options import report_options
from bartizan.core.errors import InputError, Problem
from bartizan.core.measurement import Measurement
from bartizan.core.terms import ComponentId
from bartizan.targets.permission import Permission
from bartizan.workflows.assess import Options, formats_for, make_dossier, write_reports
from bartizan.workflows.testing import Campaign, Prepared, conclude, measure, prepare, write_evidence

_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*(q|queries|m|min|minutes)", re.IGNORECASE)
STORE = Path(".bartizan/lab")
store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=STORE,
    show_default=True,
    help="Folder of what was measured; the same run is not made twice.",
)
jobs_option = click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--component", "components", multiple=True, metavar="ID", help="Only this model; repeatable.")
@click.option("--samples", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Inputs an attack.")
@click.option("--budget", default="", metavar="LIMIT", help="20000 queries for each attack, or 10 minutes in all.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all that is random.")
@jobs_option
@store_option
@click.option("--granted-by", default="", metavar="NAME", help="Who permits it, for a target behind an address.")
@click.option("--granted-until", default="", metavar="DATE", help="The last day of that permission.")
@click.option("--granted-for", default="", metavar="ADDRESS", help="The address that it is for.")
@click.option("--evidence", "evidence", type=click.Path(path_type=Path), metavar="FILE", help="Write evidence as JSON.")
@report_options
@today_option
@catalog_option
@scales_option
def test(
    path: Path,
    components: tuple[str, ...],
    samples: int,
    budget: str,
    seed: int,
    jobs: int,
    store: Path,
    granted_by: str,
    granted_until: str,
    granted_for: str,
    evidence: Path | None,
    out: Path | None,
    formats: tuple[str, ...],
    today: str | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Attack every model of the system in PATH that has a target, with the attacks that exercise its threats.

    Prints what was measured and what moved. Interrupted, it keeps what is finished; run again, it goes on from there.
    """
    queries, minutes = budget_of(budget)
    campaign = Campaign(
        components=tuple(ComponentId(name) for name in components),
        samples=samples,
        seed=seed,
        queries=queries,
        minutes=minutes,
        jobs=jobs,
        store=store,
        permission=permission_of(granted_for, granted_by, granted_until),
    )
    options = Options(catalog_folders=catalog_folders, scales=scales, today=today)
    targets = formats_for(out, formats) if out else []
    dossier = make_dossier(path, options)
    console = Console(highlight=False)
    measured = {}
    for prepared in prepare(dossier, campaign):
        measured[prepared.component] = _attacked(prepared, campaign, console)
    conclusion = conclude(dossier, measured, options)
    for line in conclusion_lines(dossier, conclusion):
        console.print(line, markup=False)
    if evidence is not None:
        write_evidence(conclusion, evidence, options.day)
        click.echo(f"wrote {shown(evidence)}", err=True)
    for report in write_reports(conclusion.after, targets):
        failed = f"{report.format}: not written: {report.error}"
        click.echo(failed if report.error else f"wrote {shown(report.path)}", err=True)
    return 0


def _attacked(prepared: Prepared, campaign: Campaign, console: Console) -> list[Measurement]:
    for line in finding_lines(prepared):
        console.print(line, markup=False)
    total = len(prepared.suite.cells)
    found: list[Measurement] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"attacking {prepared.label}", total=total)
        try:
            for one in measure(prepared, campaign):
                found.append(one)
                progress.update(task, advance=1, description=one.title or one.attack)
        except KeyboardInterrupt:
            click.echo(f"stopped; {len(found)} of {total} runs are kept, and the same command goes on", err=True)
    console.print(measured_table(found, console.width))
    for line in left_out_lines(prepared, len(found), total):
        console.print(line, markup=False)
    return found


def budget_of(text: str) -> tuple[int | None, float | None]:
    """Queries and minutes that a budget names; None for what it does not. Raises InputError."""
    if not text.strip():
        return None, None
    found = _BUDGET.fullmatch(text.strip())
    if found is None or float(found[1]) <= 0:
        raise InputError(
            [
                Problem(
                    file="--budget", finding=f"'{text:.60}' is no budget", fix="write '20000 queries' or '10 minutes'"
                )
            ]
        )
    if found[2].lower().startswith("q"):
        return max(1, int(float(found[1]))), None
    return None, float(found[1])


def permission_of(address: str, by: str, until: str) -> Permission | None:
    """The permission that the options give; None where they give none. Raises InputError for half of one."""
    if not (address or by or until):
        return None
    try:
        return Permission(target=address, granted_by=by, until=datetime.date.fromisoformat(until))
    except ValueError as wrong:
        fix = "give --granted-for ADDRESS, --granted-by NAME and --granted-until DATE (2026-12-31)"
        raise InputError([Problem(file="--granted-until", finding=f"no permission: {wrong}", fix=fix)]) from wrong
