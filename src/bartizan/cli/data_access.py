"""`bartizan data access`: who can read and change which data, beside who should."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from bartizan.cli.data_statistics import said
from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.report.tables.access import access_document, access_lines
from bartizan.tables.access.checking import RULES, check_access
from bartizan.tables.access.manifest import read_manifest
from bartizan.workflows.segregating import write_evidence

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("manifest_file", type=_FILE, metavar="MANIFEST")
@click.option("-f", "--format", "form", type=click.Choice(("terminal", "json")), help="Default: by -o.")
@click.option("--evidence", type=_FILE, metavar="FILE", help="Write evidence for the register.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about.")
@out_option
@today_option
def access(
    manifest_file: Path,
    form: Literal["terminal", "json"] | None,
    evidence: Path | None,
    component: str,
    out: Path | None,
    today: str | None,
) -> int:
    """Hold the modes of real files against a manifest of who may read and change each data set.

    Owner, group, mode and access list of every file, the folders above it, and who is in which group: who reaches a
    file and should not, and who reaches two data sets that are kept apart. What root can do is left out.

    Exits with 0 where all is as the manifest says or accepted for a while, else with 1.

    Example: bartizan data access data-access.yaml --evidence access.json --at training-data
    """
    manifest = read_manifest(manifest_file, tuple(RULES))
    day = today or datetime.date.today().isoformat()
    one = check_access(manifest, day, said)
    wanted = form or ("json" if out is not None and out.suffix.lower() == ".json" else "terminal")
    deliver(access_document(one) if wanted == "json" else "\n".join(access_lines(one)) + "\n", out)
    if evidence is not None:
        count = write_evidence(one, manifest, evidence, component=component, today=day)
        told = f"{count} observation" if count else "no observation: not everything could be told"
        click.echo(f"wrote {shown(evidence)}: {told}", err=True)
    return 0 if one.is_segregated else 1
