"""`bartizan bom`: what models, data and libraries a folder or a system is made of, and under which licences."""

from __future__ import annotations

import datetime
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from bartizan.cli.options import out_option, today_option
from bartizan.cli.output import deliver, shown
from bartizan.core.errors import InputError, Problem, printable
from bartizan.supply.bom.checking import Checked
from bartizan.supply.bom.conflicts import ADVICE, Conflict, Use, answer_of, conflicts_of
from bartizan.supply.bom.cyclonedx import DEFAULT, SPECS, Spec
from bartizan.supply.bom.values import Bom
from bartizan.workflows.bom import Form, bom_of, checked, strictly, write_evidence, written

_SHOWN = 20


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "-f", "--format", "form", type=click.Choice(("cyclonedx", "spdx")), default="cyclonedx", show_default=True
)
@click.option("--spec", type=click.Choice(SPECS), default=DEFAULT, show_default=True, help="The version of CycloneDX.")
@click.option("--files", type=click.Path(path_type=Path), metavar="FOLDER", help="Files of a component of the system.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="Whose files, or evidence, these are.")
@click.option(
    "--use",
    type=click.Choice(("commercial", "non-commercial", "unknown")),
    default="unknown",
    show_default=True,
    help="What the system is for; some licences ask.",
)
@click.option("--strict-licences", "strict", is_flag=True, help="Exit with 1 on conflicts, and on licences not known.")
@click.option("--check", "theirs", type=click.Path(path_type=Path), metavar="BOM", help="Check somebody's CycloneDX.")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Write evidence for the register.")
@out_option
@today_option
def bom(
    path: Path | None,
    form: Form,
    spec: Spec,
    files: Path | None,
    component: str,
    use: Use,
    strict: bool,
    theirs: Path | None,
    evidence: Path | None,
    out: Path | None,
    today: str | None,
) -> int:
    """Write the bill of materials of PATH: a folder of models, one model file, or a system.yaml.

    Files are told by their content and never loaded; nothing is fetched. Licences that do not go together are named on
    the error stream: by a small table, which is no legal advice.

    Exits with 0; with 1 where --strict-licences or --check finds something.

    Example: bartizan bom models/ -o bom.cdx.json
    """
    if theirs is not None:
        _refuse_both(path)
        return _tell_checked(checked(theirs), theirs)
    if path is None:
        raise InputError([Problem(file="PATH", finding="nothing to list", fix="name a folder, or a system.yaml")])
    made = bom_of(path, files, component, _progress())
    deliver(written(made, form, spec, today), out)
    found = conflicts_of(made, use)
    _tell(made, found)
    if evidence is not None:
        day = today or datetime.date.today().isoformat()
        count = write_evidence(made, evidence, component=component, today=day)
        click.echo(f"wrote {shown(evidence)}: {count} observation{'' if count == 1 else 's'}", err=True)
    return 1 if strict and strictly(made, found) else 0


def _refuse_both(path: Path | None) -> None:
    if path is not None:
        finding = "--check looks at a BOM, PATH makes one"
        raise InputError([Problem(file="--check", finding=finding, fix="give one of the two")])


def _progress() -> Callable[[str], None]:
    """Which file is read, on the screen, where somebody sits before it."""
    if not sys.stderr.isatty():
        return lambda path: None
    return lambda path: click.echo(f"\r\033[K{printable(path, 70)}\r", nl=False, err=True)


def _tell(made: Bom, found: Sequence[Conflict]) -> None:
    """What is in it and what is wrong with it, beside the bill itself."""
    counts = Counter[str](part.kind for part in made.parts)
    named = [f"{counts[kind]} {one if counts[kind] == 1 else many}" for kind, one, many in _WORDS if counts[kind]]
    _say(f"{', '.join(named) or 'nothing'} in {made.name}")
    for remark in made.remarks[:_SHOWN]:
        _say(f"  {remark}")
    if len(made.remarks) > _SHOWN:
        _say(f"  and {len(made.remarks) - _SHOWN} remarks more, in the bill")
    _say(f"licences: {answer_of(found)}")
    for one in found[:_SHOWN]:
        _say(f"  {one.answer:<8} {one.what}")
        _say(f"           {one.why}")
    if len(found) > _SHOWN:
        _say(f"  and {len(found) - _SHOWN} more")
    _say(ADVICE)


_WORDS = (
    ("model", "model", "models"),
    ("data", "set of data", "sets of data"),
    ("library", "library", "libraries"),
    ("application", "application", "applications"),
    ("tool", "tool", "tools"),
    ("runtime", "runtime", "runtimes"),
    ("development", "development environment", "development environments"),
    ("file", "other file", "other files"),
)
"""(kind, one of it, several)."""


def _say(text: str) -> None:
    click.echo(printable(text, 600), err=True)


def _tell_checked(found: Checked, path: Path) -> int:
    counts = (("model", found.models), ("set of data", found.data), ("library", found.libraries))
    many = {one: several for _, one, several in _WORDS}
    named = ", ".join(f"{count} {one if count == 1 else many[one]}" for one, count in counts)
    what = f"CycloneDX {found.spec}, {named}"
    click.echo(f"{shown(path)}: {what}: {'valid' if found.is_valid else 'not valid'}")
    for sort in ("invalid", "missing"):
        for one in found.gaps:
            if one.sort == sort:
                click.echo(f"  {one.sort}  {one.place}: {one.what}")
    if not found.gaps:
        click.echo("  nothing is missing")
    return 1 if found.gaps else 0
