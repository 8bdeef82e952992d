"""`bartizan fairness mitigate`: bring groups nearer to each other, and say what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from bartizan.cli.fairness_options import cuts_of, draw_options, group_options
from bartizan.cli.options import out_option
from bartizan.cli.output import deliver, form_of, form_option, refuse_unknown_ending
from bartizan.core.digest import sha256_of
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.mitigating import Learner, Method, Plan, Towards, mitigated
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.fairness import FORMS, Form, rendered_mitigation


@click.command()
@group_options
@click.option("--cross", nargs=2, metavar="COLUMN COLUMN", help="Groups of two attributes together.")
@click.option("--truth", required=True, metavar="COLUMN", help="What would have been right.")
@click.option("--method", type=click.Choice(get_args(Method)), required=True, help="What is tried.")
@click.option(
    "--towards", type=click.Choice(get_args(Towards)), default="equal_opportunity", show_default=True, help="The aim."
)
@click.option("--feature", "features", multiple=True, metavar="COLUMN", help="What a model learns from; repeatable.")
@click.option("--learner", type=click.Choice(get_args(Learner)), default="logistic", show_default=True)
@click.option(
    "--held-out", type=click.FloatRange(0.1, 0.9), default=0.5, show_default=True, help="People to measure on."
)
@draw_options
@form_option(FORMS)
@out_option
def mitigate(
    file: Path,
    attributes: tuple[str, ...],
    favourable: str,
    truth: str,
    method: Method,
    towards: Towards,
    score: str,
    threshold: float,
    features: tuple[str, ...],
    learner: Learner,
    cuts: tuple[tuple[str, str], ...],
    cross: tuple[str, str] | None,
    held_out: float,
    minimum: int,
    bootstraps: int,
    seed: int,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Form | None,
    out: Path | None,
) -> int:
    """Try on FILE what would bring groups of people nearer to each other, and tell its price.

    Thresholds for each group over given scores; or a model trained on the features, before against after: with rows
    reweighed, or by exponentiated gradient. All is measured on people that nothing learned from. The table is held in
    memory.

    Example: bartizan fairness mitigate loans.csv --attribute sex --truth repaid --favourable yes --score score
    --method thresholds
    """
    if form is None:
        refuse_unknown_ending(out, FORMS)
    asked = Asked(
        attributes=tuple(dict.fromkeys(attributes)),
        favourable=favourable.strip(),
        truth=truth,
        score=score,
        threshold=threshold,
        decision="" if method == "thresholds" else truth,
        cuts=cuts_of(cuts),
        together=(cross,) if cross else (),
        minimum=minimum,
        bootstraps=bootstraps,
        seed=seed,
    )
    plan = Plan(
        asked=asked,
        method=method,
        towards=towards,
        features=tuple(dict.fromkeys(features)),
        learner=learner,
        held_out=held_out,
    )
    digest = sha256_of(file) if file.is_file() else ""
    found = mitigated(opened(file, Reading(missing=("", *missing), ragged=ragged)), plan)
    content = rendered_mitigation(file, found, plan, digest, form_of(form, out, FORMS))
    deliver(content, out)
    return 0
