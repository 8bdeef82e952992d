"""`bartizan data protect`: a table by a plan, with pseudonyms, masks, tokens, coarser values and anonymity reached."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import click

from bartizan.cli.key_options import given_key, key_options
from bartizan.cli.options import today_option
from bartizan.cli.output import shown
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.report.tables.protection import protection_lines, protection_record
from bartizan.tables.protect.anonymity import Asked
from bartizan.tables.protect.plan import read_plan
from bartizan.tables.protect.protecting import Protected
from bartizan.tables.protect.protecting import protect as protected
from bartizan.tables.protect.rotating import write_renames
from bartizan.tables.reading import Ragged, Reading, opened
from bartizan.workflows.anonymity import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--plan", "plan_file", type=_FILE, required=True, metavar="FILE", help="What is done to each column.")
@click.option("-o", "--out", type=_FILE, required=True, metavar="FILE", help="CSV, Parquet, JSON lines or Arrow.")
@key_options()
@key_options(old=True)
@click.option("--renames", type=_FILE, metavar="FILE", help="With an old key: which name became which.")
@click.option("--record", type=_FILE, metavar="FILE", help="Write what was done, and measured, as JSON.")
@click.option("--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty.")
@click.option(
    "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
)
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@today_option
def protect(
    file: Path,
    plan_file: Path,
    out: Path,
    key_env: str,
    key_file: Path | None,
    key_command: str,
    old_key_env: str,
    old_key_file: Path | None,
    old_key_command: str,
    renames: Path | None,
    record: Path | None,
    missing: tuple[str, ...],
    ragged: Ragged,
    evidence: Path | None,
    component: str,
    today: str | None,
) -> int:
    """Write a table as a plan says: columns kept, dropped, given pseudonyms, masked, made coarser or noisy.

    A column that the plan does not name is an error. Where it asks for k-anonymity, l-diversity or t-closeness, values
    become coarser until they are reached; the written file is measured again, and thrown away if they are not.

    Example: bartizan data protect loans.csv --plan protect.yaml --key-env LOANS_KEY -o safe.parquet
    """
    plan = read_plan(plan_file)
    if evidence is not None and plan.anonymise is None:
        fix = "ask for it under 'anonymise:', or profile what was written: bartizan data profile"
        finding = "the plan asks for no anonymity, so that there is nothing that was measured"
        raise InputError([Problem(file=str(plan_file), finding=finding, fix=fix)])
    for one in (record, evidence, renames):
        if one is not None:
            refuse_existing(one)
    key = given_key(key_env, key_file, key_command)
    old = given_key(old_key_env, old_key_file, old_key_command)
    if (old is None) != (renames is None):
        fix = "give --renames FILE and one of --old-key-env, --old-key-file, --old-key-command"
        raise InputError([Problem(file="--renames", finding="an old key and --renames go together", fix=fix)])
    table = opened(file, Reading(missing=("", *missing), ragged=ragged))
    done = protected(table, plan, key, out, _said)
    for line in protection_lines(done, file, out):
        click.echo(line)
    if renames is not None and old is not None and key is not None:
        count = write_renames(table, plan, old, key, renames)
        click.echo(f"wrote {shown(renames)}: {count:,} names; it is as secret as the keys", err=True)
    if record is not None:
        write_atomic(record, protection_record(done, file, out))
        click.echo(f"wrote {shown(record)}", err=True)
    if evidence is not None:
        _evidence(done, evidence, out, component, today or datetime.date.today().isoformat())
    return 0


def _evidence(done: Protected, evidence: Path, out: Path, component: str, today: str) -> None:
    assert done.anonymity is not None
    assert done.asked is not None
    how = done.asked
    asked = Asked(k=how.k, l=how.l, diversity=how.diversity, t=how.t)
    count = write_evidence(
        done.anonymity, asked, evidence, table=out, digest=done.output, tool="data protect", component=component,
        today=today,
    )  # fmt: skip
    click.echo(f"wrote {shown(evidence)}: {count} observation{'' if count == 1 else 's'}", err=True)


def _said(step: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{step} ...", err=True)
