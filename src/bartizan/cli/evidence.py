"""`bartizan evidence`: what was observed, by hand or by a tool, on which day, and how often it succeeded."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import get_args

import click

from bartizan.cli.desks import by_option
from bartizan.cli.kept import json_option, lapses_told, number, reason_option, system_in, told, with_desk
from bartizan.cli.register_pages import evidence_page
from bartizan.core.errors import InputError, Problem, nearest, printable
from bartizan.core.evidence import Evidence, EvidenceKind
from bartizan.core.kept import KeptEvidence
from bartizan.core.source import read_bytes
from bartizan.core.terms import SYSTEM, ComponentId, ControlId
from bartizan.register.evidence import LARGEST
from bartizan.register.intake.formats import FORMATS, read_results
from bartizan.register.intake.placing import evidence_of, refuse_misplaced, summary_lines, without_risk
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk, Kept

_KINDS: tuple[EvidenceKind, ...] = get_args(EvidenceKind)
_FILE = click.Path(path_type=Path, dir_okay=False)
_digests = click.option(
    "--digest", "digests", multiple=True, metavar="NAME=SHA256", help="What it was made on, as model=...; repeatable."
)


@click.group()
def evidence() -> None:
    """What was observed about risks and controls. It changes a rating only by the rules, and says what it did."""


@evidence.command(short_help="Add one observation about a risk or a control.")
@click.argument("system")
@click.option("--risk", metavar="RISK", help="The risk that it is about: R-12, or threat@component.")
@click.option("--control", "control", default="", metavar="CONTROL", help="Or the control that it is about.")
@click.option("--at", "component", default="", metavar="COMPONENT", help="For a control: where.")
@click.option("--what", required=True, metavar="TEXT", help="What was done, in a line.")
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    default="test",
    show_default=True,
    help="How it came to be.",
)
@click.option("--on", "held_on", required=True, metavar="DATE", help="The day on which it was so (2026-11-22).")
@click.option("--until", "valid_until", default="", metavar="DATE", help="The last day on which it counts.")
@click.option("--hits", type=int, help="How often the attack succeeded.")
@click.option("--trials", type=int, help="Out of how many.")
@click.option("--strong", is_flag=True, help="The attack is strong enough that its failure says something.")
@click.option("--with-control", "in_front", multiple=True, metavar="CONTROL", help="Stood in front; repeatable.")
@click.option("--passed/--failed", "passed", default=None, help="For a control: whether it works.")
@_digests
@click.option("--tool", default="", metavar="NAME", help="What it was made with.")
@click.option("--tool-version", "version", default="", metavar="VERSION", help="Its version.")
@click.option("--seed", type=int, help="The seed of the run.")
@click.option("--note", default="", metavar="TEXT", help="What else there is to know.")
@click.option(
    "--attach", "files", type=_FILE, multiple=True, metavar="FILE", help="A file to keep with it; repeatable."
)
@by_option
@with_desk
def add(
    system: str,
    risk: str | None,
    control: str,
    component: str,
    what: str,
    kind: EvidenceKind,
    held_on: str,
    valid_until: str,
    hits: int | None,
    trials: int | None,
    strong: bool,
    in_front: tuple[str, ...],
    passed: bool | None,
    digests: tuple[str, ...],
    tool: str,
    version: str,
    seed: int | None,
    note: str,
    files: tuple[Path, ...],
    by: str,
    desk: Desk,
) -> int:
    """Add one observation about a risk or a control of SYSTEM.

    It counts from the day on which it held, not from the day on which it is added.
    """
    name = system_in(desk, system)
    contents = [(file, read_bytes(file, LARGEST)) for file in files]
    seen = Evidence(
        risk=_risk_id(desk, name, risk),
        control=ControlId(control),
        component=component,
        what=what,
        kind=kind,
        digests=_read_digests(digests),
        held_on=held_on,
        valid_until=valid_until,
        hits=hits,
        trials=trials,
        strong=strong,
        with_controls=tuple(map(ControlId, in_front)),
        passed=passed,
        tool=tool,
        version=version,
        seed=seed,
        by=by,
        note=note,
    )
    with lapses_told(desk, name):
        made = keeping.add_evidence(desk, name, seen, by=by)
        for file, content in contents:
            keeping.attach(desk, name, made.number, file.name, content, by=by, media=_media(file))
        _say_effect(desk, name, (made,))
    return 0


def _risk_id(desk: Desk, system: str, word: str | None) -> str:
    if not word:
        return ""
    kept = keeping.look(desk, system)
    with desk.register.read() as connection:
        found = keeping.find_risk(connection, system, word)
    return next(row.risk for row in kept.holding.risks if row.number == found)


def _read_digests(given: tuple[str, ...]) -> dict[str, str]:
    wrong = [one for one in given if not all(one.partition("=")[::2])]
    if wrong:
        fix = "write it as model=SHA256"
        raise InputError([Problem(file="--digest", finding=f"'{one:.60}' is no digest", fix=fix) for one in wrong])
    return {name: value for name, _, value in (one.partition("=") for one in given)}


def _media(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _say_effect(desk: Desk, system: str, made: tuple[KeptEvidence, ...]) -> None:
    """Which evidence was added, and what each did to the ratings."""
    kept = keeping.look(desk, system)
    uses = {(use.id, risk.id): use for risk in kept.assessment.risks for use in risk.evidence}
    numbers = {row.risk: row.number for row in kept.holding.risks}
    for one in made:
        click.echo(f"E-{one.number}: {printable(one.evidence.what)}")
        for (name, risk), use in sorted(uses.items()):
            if name == f"E-{one.number}":
                click.echo(f"  R-{numbers[risk]} {printable(risk)}: {use.effect}: {printable(use.why)}")


@evidence.command("import", short_help="Read the results of a tool as evidence.")
@click.argument("system")
@click.argument("file", type=_FILE)
@click.option("--at", "component", default="", metavar="COMPONENT", help="What was tested; default is the only model.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Default: by what is in the file.")
@click.option("--held-on", metavar="DATE", help="The day of the run, for a file that does not say.")
@click.option("--map", "maps", type=_FILE, multiple=True, metavar="FILE", help="A table of names of your own.")
@_digests
@click.option("--apply", "apply_", is_flag=True, help="Add it; without this, only show what would be added.")
@by_option
@with_desk
def import_(
    system: str,
    file: Path,
    component: str,
    form: str | None,
    held_on: str | None,
    maps: tuple[Path, ...],
    digests: tuple[str, ...],
    apply_: bool,
    by: str,
    desk: Desk,
) -> int:
    """Read FILE, the results of a tool, as evidence about the risks of SYSTEM.

    Reads reports of garak, results of promptfoo, databases and JSON of PyRIT, SARIF, and JSON of our own. Shows what
    would be added, and what has no place here; with --apply adds it.
    """
    name = system_in(desk, system)
    kept = keeping.look(desk, name)
    where = _tested(kept, component)
    intake = read_results(file, desk.catalog, form, held_on, maps)
    refuse_misplaced(intake, kept.dossier.system.components, str(file))
    names = {row.risk for row in kept.holding.risks}
    part = kept.dossier.system.components.get(ComponentId(where))
    found = evidence_of(
        intake, where, risks=names, by=by, digests=_read_digests(digests) or (part.digests if part else {})
    )
    for line in summary_lines(intake):
        click.echo(line)
    lost = without_risk(intake, where, names)
    for one in lost:
        click.echo(f"no risk of this system has a place for: {printable(one.threat)}: {printable(one.what)}")
    if not found:
        click.echo("nothing to add", err=True)
        return 0
    if not apply_:
        click.echo(f"{len(found)} to add at {printable(where)}; nothing is changed yet: add --apply", err=True)
        return 0
    with lapses_told(desk, name):
        _say_effect(desk, name, keeping.add_all_evidence(desk, name, found, by=by))
    return 0


def _tested(kept: Kept, component: str) -> str:
    """The component that was tested: the one that is named, else the only model. Raises InputError."""
    system = kept.dossier.system
    if component:
        if ComponentId(component) in {*system.components, SYSTEM}:
            return component
        fix = nearest(component, system.components)
        raise InputError([Problem(file="--at", finding=f"there is no component '{component:.100}'", fix=fix)])
    models: list[str] = [model.id for model in system.models]
    if len(models) == 1:
        return models[0]
    finding = "there are several models" if models else "there is no model"
    fix = f"say what was tested with --at: {', '.join(models or system.components)}"
    raise InputError([Problem(file="--at", finding=finding, fix=fix)])


@evidence.command("list", short_help="List evidence with what it does today.")
@click.argument("system")
@json_option
@with_desk
def list_(system: str, as_json: bool, desk: Desk) -> int:
    """List the evidence on SYSTEM, the newest first, with what each piece does to the ratings today."""
    kept = keeping.look(desk, system_in(desk, system))
    return told(evidence_page(kept), kept.holding.evidence, as_json)


@evidence.command(short_help="Say that evidence was wrong.")
@click.argument("system")
@click.argument("piece", metavar="EVIDENCE")
@reason_option
@by_option
@with_desk
def withdraw(system: str, piece: str, reason: str, by: str, desk: Desk) -> int:
    """Say that EVIDENCE (E-3) was wrong: it stays to be seen and counts no more."""
    name, which = system_in(desk, system), number(piece, "E", "evidence")
    with lapses_told(desk, name):
        made = keeping.withdraw_evidence(desk, name, which, by=by, why=reason)
        click.echo(f"E-{made.number} is withdrawn and counts no more")
    return 0


@evidence.command(short_help="Keep a file with evidence.")
@click.argument("system")
@click.argument("piece", metavar="EVIDENCE")
@click.argument("file", type=_FILE)
@by_option
@with_desk
def attach(system: str, piece: str, file: Path, by: str, desk: Desk) -> int:
    """Keep FILE with EVIDENCE (E-3), by its SHA-256."""
    name, which = system_in(desk, system), number(piece, "E", "evidence")
    made = keeping.attach(desk, name, which, file.name, read_bytes(file, LARGEST), by=by, media=_media(file))
    click.echo(f"E-{which}: {printable(made.name)}, {made.size:,} bytes, sha256:{made.digest}")
    return 0
