"""`bartizan devcheck`: what a repository of a model's code gives away, loads unsafely or fetches unpinned."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.devcheck.rule import CONTROLS, LEVELS, Level
from bartizan.report.devcheck.document import document
from bartizan.report.devcheck.lines import terminal
from bartizan.report.devcheck.sarif import sarif
from bartizan.workflows.devchecking import Outcome, checked_repository, fails, open_because, write_evidence

Form: TypeAlias = Literal["terminal", "json", "sarif"]
_FORMS: dict[str, Form] = {".json": "json", ".sarif": "sarif", ".txt": "terminal"}


@click.command()
@click.argument("repository", type=click.Path(path_type=Path), metavar="REPO")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json", "sarif")), help="Default: by -o.")
@click.option("--history", type=click.IntRange(0), metavar="N", help="Commits to read; 0: none. Default: 1000.")
@click.option("--fail-on", "level", type=click.Choice(LEVELS), default="medium", show_default=True, help="Exit 1 from.")
@click.option("--ignore", type=click.Path(path_type=Path), metavar="FILE", help="What is allowed, with reason and end.")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def devcheck(
    repository: Path,
    form: Form | None,
    history: int | None,
    level: Level,
    ignore: Path | None,
    evidence: Path | None,
    component: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Check a repository of a model's code: what it gives away, loads unsafely or fetches unpinned.

    Secrets in code, notebooks and history; outputs with personal data; pickles and code from hubs; models, data,
    packages and containers without commit, hash or version; data kept with code; training code without owners; code
    copied without licence. Nothing of the repository is run, and nothing is asked over the network.

    `# bartizan: allow <rule> because <reason>` on a line allows one finding there.

    Exits with 0 where nothing is as bad as --fail-on, else with 1.

    Example: bartizan devcheck . -o devcheck.sarif
    """
    day = today or datetime.date.today().isoformat()
    wanted: Form = form or (_FORMS.get(out.suffix.lower(), "terminal") if out is not None else "terminal")
    outcome = checked_repository(repository, commits=history, ignore=ignore, today=day)
    deliver(_text(outcome, wanted), out)
    if evidence is not None:
        said = write_evidence(outcome.checked, evidence, level=level, component=component, today=day)
        click.echo(f"wrote {shown(evidence)}: {', '.join(said) or 'no observation'}", err=True)
        for control in CONTROLS:
            if control not in said:
                click.echo(f"nothing about {control}: {open_because(outcome.checked, control)}", err=True)
    return 1 if fails(outcome.checked, level) else 0


def _text(outcome: Outcome, form: Form) -> str:
    if form == "sarif":
        return sarif(outcome.checked)
    return (document if form == "json" else terminal)(outcome.checked, outcome.lapsed)
