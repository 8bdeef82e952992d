"""`bartizan plan`: the cheapest controls that bring every risk under appetite, beside the rule of thumb."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import click

from bartizan.cli.options import catalog_option, edition_option, out_option, scales_option
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.core.terms import Edition
from bartizan.report import planning as report
from bartizan.report.planning import Planning
from bartizan.workflows.assess import make_dossier
from bartizan.workflows.planning import plan_for

_BY_SUFFIX = {".md": "markdown", ".markdown": "markdown", ".json": "json"}


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="SYSTEM.YAML")
@click.option("--budget", type=float, metavar="COST", help="Spend at most this, in the unit of the scales.")
@click.option(
    "-f",
    "--format",
    "wanted",
    type=click.Choice(["terminal", "markdown", "json"]),
    help="Default: by the ending of -o, else terminal.",
)
@out_option
@edition_option
@catalog_option
@scales_option
def plan(
    path: Path,
    budget: float | None,
    wanted: str | None,
    out: Path | None,
    edition: Edition | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Plan which controls to take for the AI system that SYSTEM.YAML describes, in order and with their cost.

    Shows the cheapest plan that brings every risk within appetite, proven where the search ends in time, beside the
    plan that takes the highest risk first, then the cheapest control. With --budget: the best that it buys.
    """
    if budget is not None and not (math.isfinite(budget) and budget >= 0):
        fix = "give a number from 0 in the unit of the scales"
        raise InputError([Problem(file="--budget", finding=f"{budget:g} is no budget", fix=fix)])
    dossier = make_dossier(path, edition=edition, catalog_folders=catalog_folders, scales=scales)
    chosen = wanted or _BY_SUFFIX.get(out.suffix if out else "", "terminal")
    content = _render(plan_for(dossier, budget), chosen)
    if out is None:
        click.echo(content, nl=False)
    else:
        write_atomic(out, content)
        click.echo(f"wrote {out}", err=True)
    return 0


def _render(planning: Planning, wanted: str) -> str:
    if wanted == "markdown":
        return report.markdown(planning)
    if wanted == "json":
        return report.json(planning)
    return report.terminal(planning, shutil.get_terminal_size().columns)
