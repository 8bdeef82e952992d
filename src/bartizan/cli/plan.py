"""`bartizan plan`: the cheapest controls that bring every risk under appetite, beside the rule of thumb."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import click

from bartizan.cli.options import catalog_option, edition_option, out_option, scales_option
from bartizan.cli.output import PLAIN_FORMS, Form, deliver, form_of, form_option
from bartizan.core.errors import InputError, Problem
from bartizan.core.terms import Edition
from bartizan.report import planning as report
from bartizan.report.planning import Planning
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.planning import plan_for


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="SYSTEM.YAML")
@click.option("--budget", type=float, metavar="COST", help="Spend at most this, in the unit of the scales.")
@form_option(PLAIN_FORMS)
@out_option
@edition_option
@catalog_option
@scales_option
def plan(
    path: Path,
    budget: float | None,
    form: Form | None,
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
    dossier = make_dossier(path, Options(edition=edition, catalog_folders=catalog_folders, scales=scales))
    deliver(_render(plan_for(dossier, budget), form_of(form, out, PLAIN_FORMS)), out)
    return 0


def _render(planning: Planning, form: Form) -> str:
    if form == "markdown":
        return report.markdown(planning)
    if form == "json":
        return report.json(planning)
    return report.terminal(planning, shutil.get_terminal_size().columns)
