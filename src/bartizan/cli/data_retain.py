"""`bartizan data retain`: what may be kept no longer, and deleting it with a log."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.data_statistics import said
from bartizan.cli.desks import by_option
from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.moments import now
from bartizan.report.tables.keeping import keeping_document, keeping_lines
from bartizan.tables.keeping.deleting import delete as deleted
from bartizan.tables.keeping.judging import Kept, judged
from bartizan.tables.keeping.rules import Rules, read_rules
from bartizan.workflows.retaining import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("rules_file", type=_FILE, metavar="RULES")
@click.option("--delete", "is_deleting", is_flag=True, help="Delete what is over. There is no way back.")
@click.option("--log", type=_FILE, metavar="FILE", help="Where deletions are logged, before and after each.")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@by_option
@out_option
@today_option
def retain(
    rules_file: Path,
    is_deleting: bool,
    log: Path | None,
    form: Literal["terminal", "json"] | None,
    evidence: Path | None,
    component: str,
    by: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Tell which files, and which rows in tables, may be kept no longer; on request, delete them with a log.

    What has no date, no rule or cannot be read is unknown: it is told, and never deleted. With --delete, all is judged
    anew behind the deletions.

    Exits with 0 where nothing is over and nothing unknown, else with 1.

    Example: bartizan data retain retention.yaml --delete --log deletions.jsonl
    """
    rules = read_rules(rules_file)
    day = datetime.date.fromisoformat(today) if today else datetime.date.today()
    if is_deleting != (log is not None):
        finding = "--delete and --log go together"
        raise InputError([Problem(file="--log", finding=finding, fix="give both, or neither to look only")])
    if is_deleting and day > datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1):
        finding = f"it is not {day.isoformat()} yet"
        raise InputError([Problem(file="--today", finding=finding, fix="leave it out: nothing goes before its time")])
    kept = judged(rules, day, said)
    if log is not None:
        kept = _delete(kept, rules, day, log, by)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    deliver(keeping_document(kept) if wanted == "json" else "\n".join(keeping_lines(kept)) + "\n", out)
    if evidence is not None:
        count = write_evidence(kept, rules, evidence, component=component)
        told = f"{count} observation" if count else "no observation: some files are unknown"
        click.echo(f"wrote {shown(evidence)}: {told}", err=True)
    return 0 if kept.is_kept else 1


def _delete(kept: Kept, rules: Rules, day: datetime.date, log: Path, by: str) -> Kept:
    for one, wrong in deleted(kept, rules, log, by=by, at=now()):
        what = (
            f"{one.over:,} row{'' if one.over == 1 else 's'} of {printable(one.path)}"
            if one.over
            else printable(one.path)
        )
        click.echo(f"not deleted: {printable(one.path)}: {printable(wrong)}" if wrong else f"deleted {what}", err=True)
    return judged(rules, day, said)
