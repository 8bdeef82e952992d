"""`bartizan lab`: any grid of attacks and controls, the best setting of a control, the measured periodic table."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from bartizan.attacks.registry import ATTACKS, attack_names
from bartizan.catalog.load import load_catalog
from bartizan.cli.lab_chat import measure_chat
from bartizan.cli.lab_engine import engine
from bartizan.cli.lab_options import (
    budget_of,
    budget_option,
    cluster_option,
    jobs_option,
    permission_of,
    permission_options,
    store_option,
)
from bartizan.cli.lab_output import (
    KINDS,
    attack_lines,
    catalogue_lines,
    chat_lines,
    chat_names,
    control_lines,
    effects_table,
    front_line,
    front_table,
    measured_table,
)
from bartizan.cli.lab_progress import exit_code_of, watched
from bartizan.cli.options import catalog_option, today_option
from bartizan.cli.output import deliver_files, shown
from bartizan.controls.registry import CONTROLS, control_names, control_type
from bartizan.core.errors import InputError, NotFound, Problem, nearest
from bartizan.core.front import Appetite
from bartizan.core.source import write_atomic
from bartizan.report.lab.fronts import front_writer
from bartizan.report.lab.runs import run_writer
from bartizan.workflows.assess import Options
from bartizan.workflows.experimenting import effects, grid_of, measure, runner_for, with_budget
from bartizan.workflows.measuring import measure_table, table_of, write_table
from bartizan.workflows.tuning import front, measure_sweep, runs_in, sweep_of


@click.group()
def lab() -> None:
    """Attack a model with and without controls, and measure what a control buys and costs."""


lab.add_command(engine)


@lab.command("list", short_help="All attacks, controls, variations, detectors, cases.")
@click.argument("kinds", nargs=-1, type=click.Choice(list(KINDS)), metavar="[KIND]...")
def list_(kinds: tuple[str, ...]) -> int:
    """Print everything that the lab has, by id; with KIND only that.

    KIND is attacks, controls, chat-attacks, variations, detectors or cases.
    """
    for line in catalogue_lines(ATTACKS, CONTROLS, kinds):
        click.echo(line)
    return 0


@lab.command(short_help="One of them, with its parameters.")
@click.argument("name")
def show(name: str) -> int:
    """Print what NAME does, its source, and its parameters with their defaults.

    NAME is the id of an attack, a control, a variation, a detector or a case, as `bartizan lab list` prints it.
    """
    found = [attack_lines(attack) for attack in ATTACKS if attack.id == name]
    found += [control_lines(control_type(name))] if name in control_names() else []
    found += [iter(lines)] if (lines := chat_lines(name)) else []
    if not found:
        near = nearest(name, (*attack_names(), *control_names(), *chat_names()))
        raise NotFound(f"the lab has no '{name:.80}'; {near or 'see: bartizan lab list'}")
    for line in (line for lines in found for line in lines):
        click.echo(line)
    return 0


@lab.command(short_help="Run a grid of attacks, controls and seeds.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@budget_option
@jobs_option
@cluster_option
@store_option
@permission_options
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write a page (.html), .json, or a folder of all.",
)
@today_option
def run(
    path: Path,
    budget: str,
    jobs: int,
    cluster: str,
    store: Path,
    granted_for: str,
    granted_by: str,
    granted_until: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Run the experiment in PATH: every attack against every stack of controls, with every seed.

    Interrupted, it keeps what is finished; run again, it goes on from there.
    """
    write = run_writer(out) if out is not None else None
    permission = permission_of(granted_for, granted_by, granted_until)
    queries, minutes = budget_of(budget)
    grid = with_budget(grid_of(path, store, Options(today=today).day, permission), queries)
    console = Console(highlight=False, markup=False)
    total = len(grid.experiment.cells)
    runs = measure(grid, runner_for(jobs, cluster), minutes)
    seen = watched(runs, total, grid.experiment.name)
    found = seen.found
    console.print(measured_table(found, console.width))
    bought = effects(found)
    if bought:
        console.print()
        console.print(effects_table(bought))
    _told_rest(len(found), total)
    if write is not None:
        deliver_files(write(found, bought, grid.experiment.name))
    return exit_code_of([seen])


def _told_rest(done: int, total: int) -> None:
    if done < total:
        click.echo(f"{total - done} of {total} runs had no time; run it again to go on", err=True)


@lab.command(short_help="Sweep a control's parameters; recommend a point.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--control", required=True, metavar="NAME", help="The control to tune, as `bartizan lab list` names it.")
@click.option(
    "--sweep", "sweeps", multiple=True, required=True, metavar="PARAMETER=A,B,C", help="Values to try; repeatable."
)
@click.option("--most-success", type=click.FloatRange(0, 100), help="The most that attacks may succeed, in percent.")
@click.option("--most-loss", type=click.FloatRange(0, 100), help="The most accuracy that may be lost, in points.")
@click.option("--most-ms", type=click.FloatRange(0), help="The most milliseconds that an answer may take.")
@budget_option
@jobs_option
@cluster_option
@store_option
@permission_options
@click.option(
    "-o", "--out", "outs", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="PNG, SVG, HTML, JSON."
)
@today_option
def tune(
    path: Path,
    control: str,
    sweeps: tuple[str, ...],
    most_success: float | None,
    most_loss: float | None,
    most_ms: float | None,
    budget: str,
    jobs: int,
    cluster: str,
    store: Path,
    granted_for: str,
    granted_by: str,
    granted_until: str,
    outs: tuple[Path, ...],
    today: str | None,
) -> int:
    """Run the attacks and seeds of the experiment in PATH against every setting of a control.

    Prints and draws what each setting buys and costs, and recommends the one that meets what you state. Exit 1 where
    none does.
    """
    sweep = sweep_of(control, dict(_swept(text) for text in sweeps))
    writers = [(out, front_writer(out)) for out in outs]
    appetite = Appetite(success=_share(most_success), accuracy_loss=_share(most_loss), latency_ms=most_ms)
    permission = permission_of(granted_for, granted_by, granted_until)
    queries, minutes = budget_of(budget)
    grid = with_budget(grid_of(path, store, Options(today=today).day, permission), queries)
    total = runs_in(grid, sweep)
    runs = measure_sweep(grid, sweep, runner_for(jobs, cluster), minutes)
    seen = watched(runs, total, control)
    found = front(sweep, seen.found, appetite)
    console = Console(highlight=False, markup=False)
    console.print(front_table(found))
    console.print(front_line(found))
    for out, written in writers:
        write_atomic(out, written(found))
        click.echo(f"wrote {shown(out)}", err=True)
    return exit_code_of([seen]) or (0 if found.recommended else 1)


def _share(percent: float | None) -> float | None:
    return percent / 100 if percent is not None else None


def _swept(text: str) -> tuple[str, list[object]]:
    name, equals, values = text.partition("=")
    if not equals or not name.strip() or not values.strip():
        fix = "write --sweep sigma=0.05,0.1,0.2"
        raise InputError([Problem(file="--sweep", finding=f"'{text:.80}' names no values", fix=fix)])
    return name.strip(), [_value(word.strip()) for word in values.split(",")]


def _value(word: str) -> object:
    """A number, yes or no, or a word."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return {"true": True, "yes": True, "false": False, "no": False}.get(word.lower(), word)


@lab.command(short_help="Measure the periodic table on reference models.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The data file.")
@jobs_option
@cluster_option
@store_option
@click.option("--chat", is_flag=True, help="Only the guards for chat; what FILE, or the catalogue, holds stays.")
@today_option
@catalog_option
def table(
    out: Path, jobs: int, cluster: str, store: Path, chat: bool, today: str | None, catalog_folders: tuple[Path, ...]
) -> int:
    """Run the reference experiments for every threat and control that can be simulated; write what they show.

    The catalogue ships with such a file. Interrupted, it keeps what is finished; run again, it goes on from there.
    """
    known, day = load_catalog(*catalog_folders), Options(today=today).day
    if chat:
        return measure_chat(known, out, store, day)
    runs = []
    for reference, measured in measure_table(known, store, runner_for(jobs, cluster), day):
        runs.append((reference, measured))
        click.echo(f"{reference.threat} on {reference.rig}: {len(measured)} runs", err=True)
    made = table_of(known, runs, day)
    write_table(made, out)
    click.echo(f"{len(made.effects)} effects measured, {len(made.unmeasured)} pairs without a number", err=True)
    click.echo(f"wrote {shown(out)}", err=True)
    return 0
