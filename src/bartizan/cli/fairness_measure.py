"""`bartizan fairness measure`: how groups of people fare under a model's decisions, with intervals or not at all."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
import msgspec

from bartizan.cli.fairness_options import cuts_of, decision_options, draw_options, evidence_options, group_options
from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, form_of, form_option, refuse_unknown_ending, shown
from bartizan.core.digest import sha256_of
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.assessing import assessed
from bartizan.tables.fairness.counting import counted
from bartizan.tables.fairness.individual import looked_closer
from bartizan.tables.fairness.metrics import METRICS, MetricId
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.fairness import FORMS, Form, rendered, write_evidence


@click.command()
@group_options
@decision_options
@click.option("--truth", default="", metavar="COLUMN", help="What would have been right.")
@click.option("--feature", "features", multiple=True, metavar="COLUMN", help="What is decided by; repeatable.")
@click.option(
    "--flipped",
    nargs=2,
    multiple=True,
    metavar="COLUMN COLUMN",
    help="An attribute, and what is decided when only that is changed.",
)
@click.option(
    "--limit",
    "limits",
    type=(click.Choice(list(METRICS)), click.FloatRange(0, 1)),
    multiple=True,
    metavar="MEASURE NUMBER",
    help="How far groups may lie apart; of a ratio, the least.",
)
@draw_options
@form_option(FORMS)
@out_option
@evidence_options
@today_option
def measure(
    file: Path,
    attributes: tuple[str, ...],
    favourable: str,
    decision: str,
    truth: str,
    score: str,
    threshold: float,
    cuts: tuple[tuple[str, str], ...],
    cross: tuple[tuple[str, str], ...],
    features: tuple[str, ...],
    flipped: tuple[tuple[str, str], ...],
    limits: tuple[tuple[MetricId, float], ...],
    minimum: int,
    bootstraps: int,
    seed: int,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Form | None,
    out: Path | None,
    evidence: Path | None,
    model: Path | None,
    component: str,
    today: str | None,
) -> int:
    """Compare how groups of people fare in a table of decisions: FILE is CSV, Parquet, JSON lines or Arrow.

    Demographic parity, equal opportunity, equalised odds, predictive parity, accuracy and calibration, each with an
    interval; what cannot be said of a group is not. A limit is kept only where the whole interval lies within it.

    Exits with 0 where every limit is kept, else with 1.

    Example: bartizan fairness measure loans.csv --attribute sex --decision granted --truth repaid --favourable yes
    --limit equal_opportunity 0.05
    """
    if evidence is not None and not limits:
        raise click.UsageError("without a --limit nothing passes or fails: there is no evidence to write")
    if form is None:
        refuse_unknown_ending(out, FORMS)
    asked = Asked(
        attributes=tuple(dict.fromkeys(attributes)),
        favourable=favourable.strip(),
        decision=decision,
        truth=truth,
        score=score,
        threshold=threshold,
        features=tuple(dict.fromkeys(features)),
        flipped=dict(flipped),
        cuts=cuts_of(cuts),
        together=tuple(dict.fromkeys(cross)),
        minimum=minimum,
        bootstraps=bootstraps,
        seed=seed,
        limits=dict(limits),
    )
    digest = sha256_of(file) if file.is_file() else ""
    table = opened(file, Reading(missing=("", *missing), ragged=ragged))
    found = assessed(counted(table, asked), asked)
    if asked.features:
        found = msgspec.structs.replace(found, closer=looked_closer(table, asked))
    content = rendered(file, found, asked, digest, form_of(form, out, FORMS))
    deliver(content, out)
    if evidence is not None:
        day = today or datetime.date.today().isoformat()
        count = write_evidence(
            found, asked, evidence, table=file, digest=digest, model=model, component=component, today=day
        )
        click.echo(f"wrote {shown(evidence)}: {count} observation{'s' * (count != 1)}", err=True)
    return 1 if any(one.kept != "kept" for _, one in found.limits) else 0
