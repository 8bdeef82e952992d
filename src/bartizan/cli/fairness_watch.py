"""`bartizan fairness watch`: do decisions stay as good as they were, for everybody and for each group?"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import get_args

import click

from bartizan.cli.fairness_options import FILE, cuts_of, decision_options, evidence_options, group_options
from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, form_of, form_option, refuse_unknown_ending, shown
from bartizan.core.digest import sha256_of
from bartizan.core.source import write_atomic
from bartizan.report.fairness.course import alert_events
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.watching import Every, Watch, watched
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.fairness import FORMS, Form, rendered_course, write_course_evidence


@click.command()
@group_options
@decision_options
@click.option("--truth", required=True, metavar="COLUMN", help="What would have been right.")
@click.option("--day", required=True, metavar="COLUMN", help="The day of the decision.")
@click.option("--every", type=click.Choice(get_args(Every)), default="month", show_default=True)
@click.option("--reference", type=click.IntRange(1), default=3, show_default=True, help="The first periods.")
@click.option("--margin", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="How far a rate may move.")
@form_option(FORMS)
@out_option
@click.option("--events", type=FILE, metavar="FILE", help="Write each alert as a line of JSON.")
@evidence_options
@today_option
def watch(
    file: Path,
    day: str,
    every: Every,
    reference: int,
    margin: float,
    attributes: tuple[str, ...],
    favourable: str,
    decision: str,
    truth: str,
    score: str,
    threshold: float,
    cuts: tuple[tuple[str, str], ...],
    cross: tuple[tuple[str, str], ...],
    minimum: int,
    missing: tuple[str, ...],
    ragged: Ragged,
    form: Form | None,
    out: Path | None,
    events: Path | None,
    evidence: Path | None,
    model: Path | None,
    component: str,
    today: str | None,
) -> int:
    """Hold each later period of decisions in FILE against the first ones: for everybody, and for each group.

    An alert is raised where a rate surely moved by more than the margin. Of all comparisons together, none raises an
    alert by chance in nineteen of twenty tables. Exits with 1 where there is an alert, else with 0.

    Example: bartizan fairness watch loans.csv --day decided_on --attribute sex --decision granted --truth repaid
    --favourable yes
    """
    if form is None:
        refuse_unknown_ending(out, FORMS)
    asked = Asked(
        attributes=tuple(dict.fromkeys(attributes)),
        favourable=favourable.strip(),
        decision=decision,
        truth=truth,
        score=score,
        threshold=threshold,
        cuts=cuts_of(cuts),
        together=tuple(dict.fromkeys(cross)),
        minimum=minimum,
    )
    wanted = Watch(asked=asked, day=day, every=every, reference=reference, margin=margin)
    digest = sha256_of(file) if file.is_file() else ""
    found = watched(opened(file, Reading(missing=("", *missing), ragged=ragged)), wanted)
    content = rendered_course(file, found, wanted, digest, form_of(form, out, FORMS))
    deliver(content, out)
    if events is not None:
        write_atomic(events, alert_events(file, found, digest))
        click.echo(f"wrote {shown(events)}: {len(found.alerts)} alert{'s' * (len(found.alerts) != 1)}", err=True)
    if evidence is not None:
        held_on = today or datetime.date.today().isoformat()
        count = write_course_evidence(
            found, wanted, evidence, table=file, digest=digest, model=model, component=component, today=held_on
        )
        click.echo(f"wrote {shown(evidence)}: {count} observations", err=True)
    return 1 if found.alerts else 0
