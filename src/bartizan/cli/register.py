"""`bartizan register`: keep systems, look at them and their risks, report, compare versions, take out and bring in."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import ClassVar

import click

from bartizan.cli import register_pages as pages
from bartizan.cli.desks import by_option
from bartizan.cli.kept import json_option, risk_in, system_in, told, with_desk
from bartizan.cli.options import catalog_option, register_option, scales_option
from bartizan.cli.output import shown
from bartizan.cli.report_options import report_options
from bartizan.core.errors import BartizanError, InputError, Problem, printable
from bartizan.core.kept import KeptRisk
from bartizan.register import risks, systems
from bartizan.register.audit.reading import Filter, Told, log
from bartizan.register.opening import open_register
from bartizan.report import comparison
from bartizan.report.formats import BY_NAME
from bartizan.workflows import keeping
from bartizan.workflows.assess import Options, formats_for, write_reports
from bartizan.workflows.compare import compare_dossiers
from bartizan.workflows.desk import Desk, Kept, kept_version
from bartizan.workflows.folder import descriptions_in

_ENTRIES = 30
_ALL_ENTRIES = 100_000


class _Group(click.Group):
    """The commands of this module, and those on the way out and in, which load only when they are called."""

    elsewhere: ClassVar = {"export": "export", "import": "import_"}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        found = getattr(importlib.import_module("bartizan.cli.exchange"), self.elsewhere[cmd_name])
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Group)
def register() -> None:
    """Keep systems, and all that belongs to their risks: decisions, evidence, controls, who did what.

    A register is one file (bartizan.db here, or where --register or BARTIZAN_REGISTER says), or a PostgreSQL database.

    SYSTEM is a system's id or name, RISK is R-12 or threat@component.
    """


@register.command(short_help="Keep a description, or a folder of them, and assess.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--system", metavar="ID", help="Keep it as this system; default is the one that bears its name.")
@click.option("--note", default="", metavar="TEXT", help="What is new in this version.")
@by_option
@register_option
@catalog_option
@scales_option
def add(
    path: Path,
    system: str | None,
    note: str,
    by: str,
    place: str,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Keep the description in PATH as the newest version of its system, and assess it; a folder: all in it.

    The register is made where there is none. Risks keep their numbers: a component that was renamed takes them along
    where the description says `renamed_from`.
    """
    files = descriptions_in(path) if path.is_dir() else [path]
    if not files or (path.is_dir() and system):
        finding = "--system is for one description" if files else "there is no description in this folder"
        raise InputError([Problem(file=str(path), finding=finding, fix="name a file")])
    kept = open_register(place)
    try:
        desk = Desk(kept, Options(catalog_folders=catalog_folders, scales=scales))
        good = [_add(desk, file, system or "", note, by, alone=len(files) == 1) for file in files]
    finally:
        kept.close()
    return 0 if all(good) else 2


def _add(desk: Desk, file: Path, system: str, note: str, by: str, *, alone: bool) -> bool:
    try:
        done = keeping.keep_file(desk, file, by=by, system=system, note=note)
    except BartizanError as error:
        if alone:
            raise
        click.echo(str(error), err=True)
        return False
    what = "new" if done.created else "changed" if done.changed else "unchanged"
    one = done.system
    click.echo(
        f"{one.id}: {what}, version {done.kept.version}; {one.risks} risks, {one.above_appetite} above appetite, "
        f"{one.untreated} of them without a decision"
    )
    rows = {row.number: row for row in done.kept.holding.risks}
    moved = done.kept.reconciled
    if not done.created:
        _list("new", [rows[n] for n in moved.new])
        _list("rated otherwise", [rows[n] for n in moved.moved if n not in done.renamed])
        _list("back again", [rows[n] for n in moved.returned])
    _list("renamed", [rows[n] for n in done.renamed if rows[n].state == "open"])
    for number in moved.left:
        click.echo(f"  no risk now: R-{number} {printable(f'{rows[number].risk}: {rows[number].state_why}')}")
    for decision, why in done.kept.lapses:
        click.echo(f"  lapsed: D-{decision.number} on R-{decision.risk_number}: {printable(why)}")
    return True


def _list(word: str, rows: list[KeptRisk]) -> None:
    if rows:
        click.echo(f"  {word}: " + ", ".join(f"R-{row.number} {printable(row.risk)}" for row in rows))


@register.command("list")
@click.option("--archived", is_flag=True, help="Also those that were put away.")
@json_option
@with_desk
def list_(archived: bool, as_json: bool, desk: Desk) -> int:
    """List the systems, the worst first."""
    with desk.register.read() as connection:
        found = systems.systems(connection, archived=archived)
    levels = [band.name for band in desk.catalog.scales.levels]
    return told(pages.systems_page(found, levels), found, as_json)


@register.command(short_help="A system today, or one risk with all that belongs to it.")
@click.argument("system")
@click.argument("risk", required=False)
@json_option
@with_desk
def show(system: str, risk: str | None, as_json: bool, desk: Desk) -> int:
    """Show SYSTEM as it is assessed today; with RISK, that risk and all that belongs to it."""
    if risk is None:
        kept = keeping.look(desk, system_in(desk, system))
        return told(pages.system_page(kept), kept.holding, as_json)
    name, number = risk_in(desk, system, risk)
    kept = keeping.look(desk, name)
    with desk.register.read() as connection:
        row = risks.risk(connection, name, number)
        entries = _of_risk(log(connection, Filter(system=name), _ALL_ENTRIES), kept.holding.system.id, number, kept)
    value = {
        "risk": row,
        "rating": kept.risk(number),
        "decisions": [d for d in kept.holding.decisions if d.risk_number == number],
        "evidence": [e for e in kept.holding.evidence if e.risk_number == number],
        "comments": [c for c in kept.holding.comments if c.risk_number == number],
    }
    return told(pages.risk_page(kept, row, entries), value, as_json)


def _of_risk(entries: tuple[Told, ...], system: str, number: int, kept: Kept) -> tuple[Told, ...]:
    """The entries that touched a risk or what belongs to it, newest first."""
    held = kept.holding
    ours = {f"risks/{system}/{number}"}
    ours |= {f"decisions/{system}/{d.number}" for d in held.decisions if d.risk_number == number}
    ours |= {f"evidence/{system}/{e.number}" for e in held.evidence if e.risk_number == number}
    ours |= {f"comments/{system}/{c.number}" for c in held.comments if c.risk_number == number}
    return tuple(one for one in entries if not ours.isdisjoint(one.body.states))[:_ENTRIES]


@register.command(short_help="Write reports, with decisions and evidence.")
@click.argument("system")
@report_options
@with_desk
def report(system: str, out: Path | None, formats: tuple[str, ...], desk: Desk) -> int:
    """Write reports on SYSTEM as it is assessed today, with its decisions and evidence."""
    if out is None and len(formats) != 1:
        raise click.UsageError("say where to write with -o, or name one format to print with -f")
    targets = formats_for(out, formats) if out else []
    dossier = keeping.look(desk, system_in(desk, system)).dossier
    if out is None:
        content = BY_NAME[formats[0]].render(dossier) if formats[0] in BY_NAME else b""
        if isinstance(content, bytes):
            raise click.UsageError(f"{formats[0]} is not text; write it with -o")
        click.echo(content, nl=not content.endswith("\n"))
        return 0
    written = write_reports(dossier, targets)
    for one in written:
        failed = f"{one.format}: not written: {one.error}"
        click.echo(failed if one.error else f"wrote {shown(one.path)}", err=True)
    return 2 if any(one.error for one in written) else 0


@register.command(short_help="Versions, and what was last done.")
@click.argument("system")
@json_option
@with_desk
def history(system: str, as_json: bool, desk: Desk) -> int:
    """Show the versions of SYSTEM's description, and what was last done to it."""
    name = system_in(desk, system)
    with desk.register.read() as connection:
        one = systems.system(connection, name)
        versions = systems.versions(connection, name)
        entries = log(connection, Filter(system=name), _ENTRIES)
    value = {"versions": versions, "entries": entries}
    return told(pages.history_page(one, versions, entries), value, as_json)


@register.command(short_help="What changed between two versions, and why.")
@click.argument("system")
@click.argument("before", metavar="VERSION", type=click.IntRange(1, 10**9))
@click.argument("after", metavar="[VERSION]", type=click.IntRange(1, 10**9), required=False)
@json_option
@with_desk
def diff(system: str, before: int, after: int | None, as_json: bool, desk: Desk) -> int:
    """Say what changed between two versions of SYSTEM's description, and why; by default up to the newest.

    Both are judged by what the register knows today, so that all that differs comes from the description.
    """
    name = system_in(desk, system)
    with desk.register.read() as connection:
        sides = [kept_version(desk, connection, name, number) for number in (before, after)]
    compared = compare_dossiers(sides[0].dossier, sides[1].dossier)
    if as_json:
        click.echo(comparison.json(compared), nl=False)
    else:
        click.echo(comparison.terminal(compared, shutil.get_terminal_size().columns), nl=False)
    return 0


@register.command(short_help="Put a system away.")
@click.argument("system")
@by_option
@with_desk
def archive(system: str, by: str, desk: Desk) -> int:
    """Put SYSTEM away: it is left out of lists, and nothing of it is lost."""
    one = keeping.archive(desk, system_in(desk, system), True, by=by)
    click.echo(f"{one.id} is put away; take it out with: bartizan register restore {one.id}")
    return 0


@register.command(short_help="Take a system out again.")
@click.argument("system")
@by_option
@with_desk
def restore(system: str, by: str, desk: Desk) -> int:
    """Take SYSTEM out again after it was put away."""
    one = keeping.archive(desk, system_in(desk, system), False, by=by)
    click.echo(f"{one.id} is in the lists again")
    return 0
