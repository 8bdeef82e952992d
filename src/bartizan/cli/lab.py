"""`bartizan lab`: any grid of attacks and controls, the best setting of a control, the measured periodic table."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bartizan.attacks.registry import ATTACKS, attack_names
from bartizan.cli.lab_output import attack_lines, catalogue_lines, control_lines, effects_table, measured_table
from bartizan.cli.options import today_option
from bartizan.cli.output import shown
from bartizan.cli.test import budget_of, jobs_option, permission_of, store_option
from bartizan.controls.registry import CONTROLS, control_names, control_type
from bartizan.core.errors import NotFound, nearest
from bartizan.core.measurement import Measurement
from bartizan.core.source import write_atomic
from bartizan.workflows.assess import Options
from bartizan.workflows.experimenting import effects, grid_of, measure, runner_for


@click.group()
def lab() -> None:
    """Attack a model with and without controls, and measure what a control buys and costs."""


@lab.command("list", short_help="All attacks and controls with code.")
def list_() -> int:
    """Print all attacks and all controls that have code, with what they need and are for."""
    for line in catalogue_lines(ATTACKS, CONTROLS):
        click.echo(line)
    return 0


@lab.command(short_help="An attack or a control, with its parameters.")
@click.argument("name")
def show(name: str) -> int:
    """Print what NAME does, its source, and its parameters with their defaults."""
    found = next((attack for attack in ATTACKS if attack.id == name), None)
    if found is not None:
        lines = attack_lines(found)
    elif name in control_names():
        lines = control_lines(control_type(name))
    else:
        known = (*attack_names(), *control_names())
        raise NotFound(f"no attack or control '{name:.80}'; {nearest(name, known) or 'see: bartizan lab list'}")
    for line in lines:
        click.echo(line)
    return 0


@lab.command(short_help="Run a grid of attacks, controls and seeds.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--budget", default="", metavar="LIMIT", help="10 minutes: no run starts later.")
@jobs_option
@click.option("--ray", "cluster", default="", metavar="ADDRESS", help="Run on a Ray cluster; 'local' for this machine.")
@store_option
@click.option("--granted-by", default="", metavar="NAME", help="Who permits it, for a target behind an address.")
@click.option("--granted-until", default="", metavar="DATE", help="The last day of that permission.")
@click.option("--granted-for", default="", metavar="ADDRESS", help="The address that it is for.")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write all measurements as JSON.")
@today_option
def run(
    path: Path,
    budget: str,
    jobs: int,
    cluster: str,
    store: Path,
    granted_by: str,
    granted_until: str,
    granted_for: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Run the experiment in PATH: every attack against every stack of controls, with every seed.

    Interrupted, it keeps what is finished; run again, it goes on from there.
    """
    _, minutes = budget_of(budget)
    permission = permission_of(granted_for, granted_by, granted_until)
    grid = grid_of(path, store, Options(today=today).day, permission)
    console = Console(highlight=False)
    found: list[Measurement] = []
    total = len(grid.experiment.cells)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(grid.experiment.name, total=total)
        try:
            for one in measure(grid, runner_for(jobs, cluster), minutes):
                found.append(one)
                progress.update(task, advance=1, description=one.title or one.attack)
        except KeyboardInterrupt:
            click.echo(f"stopped; {len(found)} of {total} runs are kept, and the same command goes on", err=True)
    console.print(measured_table(found, console.width))
    console.print(effects_table(effects(found)))
    if len(found) < total:
        click.echo(f"{total - len(found)} of {total} runs had no time; run it again to go on", err=True)
    if out is not None:
        write_atomic(out, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        click.echo(f"wrote {shown(out)}", err=True)
    return 0
