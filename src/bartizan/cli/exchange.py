"""`bartizan register export` and `import`: a register out to a spreadsheet or another program, and back in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from bartizan.cli.desks import by_option
from bartizan.cli.kept import json_option, system_in, with_desk
from bartizan.cli.options import out_option
from bartizan.cli.output import shown
from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.source import write_atomic
from bartizan.report.exchange.canonical import TABLES
from bartizan.workflows import exchange
from bartizan.workflows.desk import Desk
from bartizan.workflows.exchange import CellChange, Preview

_MANY = 20


@click.command(short_help="For a spreadsheet or another program.")
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@click.option("--all", "everything", is_flag=True, help="All systems that are not put away.")
@click.option("-f", "--format", "form", type=click.Choice(exchange.FORMS), default="csv", show_default=True)
@click.option("--table", type=click.Choice([t.name for t in TABLES]), default="risks", help="For csv: which table.")
@click.option("--bom", is_flag=True, help="For csv: begin with a byte order mark, by which Excel knows UTF-8.")
@out_option
@with_desk
def export(
    systems: tuple[str, ...], everything: bool, form: str, table: str, bom: bool, out: Path | None, desk: Desk
) -> int:
    """Write the register of SYSTEM (id or name; several may be named) for a spreadsheet or another program.

    csv, xlsx and json come back in with `bartizan register import`. Several systems go into one file; oscal-ar,
    oscal-poam, vex and navigator have one file for each, in the folder that -o names.
    """
    if bool(systems) is everything:
        fix = "name one or several systems, or say --all"
        raise InputError([Problem(file="export", finding="which systems is not clear", fix=fix)])
    if form != "csv" and (bom or table != "risks"):
        fix = "leave --table and --bom out, or say -f csv"
        raise InputError([Problem(file="export", finding=f"{form} has all there is, in its own encoding", fix=fix)])
    names = exchange.described_systems(desk) if everything else tuple(system_in(desk, word) for word in systems)
    made = exchange.export(desk, tuple(dict.fromkeys(names)), form, table=table, bom=bom)
    for path, content in _places(made, out, everything or len(names) > 1, form):
        if path is None:
            click.echo(content, nl=False)
        else:
            write_atomic(path, content)
            click.echo(f"wrote {shown(path)}", err=True)
    return 0


def _places(
    made: Sequence[exchange.Exported], out: Path | None, several: bool, form: str
) -> Iterable[tuple[Path | None, str | bytes]]:
    """Where each file goes: to the screen, to the file that was named, or into the folder that was."""
    folder = several and not exchange.is_together(form)
    if out is None:
        if folder or any(isinstance(one.content, bytes) for one in made):
            what = "a folder" if folder else "a file"
            raise InputError([Problem(file="-o", finding="this cannot go to the screen", fix=f"name {what} with -o")])
        return [(None, one.content) for one in made]
    if folder or out.is_dir():
        return [(out / one.name, one.content) for one in made]
    return [(out, one.content) for one in made]


@click.command("import", short_help="What an edited export would change; do it.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", "do", is_flag=True, help="Do it. Without, only what would change is shown.")
@json_option
@by_option
@with_desk
def import_(file: Path, do: bool, as_json: bool, by: str, desk: Desk) -> int:
    """Show what FILE (csv, xlsx or json of `bartizan register export`) would change, or with --apply change it.

    Rows are matched by id. Owners, review dates, treatments, controls and answers of suppliers may change; a treatment
    `accept` asks for an acceptance, which somebody else approves. All of a file is done, or nothing. Exit code 2 where
    anything is wrong or was changed in the register since.
    """
    incoming = exchange.read_file(file)
    found = exchange.preview(desk, incoming)
    if do and found.applies:
        found = exchange.apply(desk, incoming, by=by, expected=found.digest)
    done = do and found.applies
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_plain(found, done)), indent=2).decode())
    else:
        _print(found, done)
    return 0 if found.applies else 2


def _plain(found: Preview, done: bool) -> dict[str, object]:
    return {"applied": done, "applies": found.applies, "digest": found.digest, **msgspec.structs.asdict(found)}


def _print(found: Preview, done: bool) -> None:
    _print_cells(f"{_number(found.changes, 'cell')} {'changed' if done else 'would change'}", found.changes)
    if found.conflicts:
        _print_cells(f"{_number(found.conflicts, 'conflict')}, changed in the register since", found.conflicts)
        click.echo("Export again, and edit that; or take these rows out of the file.")
    if found.ignored:
        fields = sorted({one.field for one in found.ignored})
        many = _number(found.ignored, "cell")
        click.echo(f"{many} ignored, since the register works them out: {_some(fields)}")
    if found.unread:
        click.echo(f"Not read: {_some(found.unread)}")
    if found.problems:
        click.echo(f"{_number(found.problems, 'problem')}; nothing is changed until all are mended:")
        for problem in found.problems[:_MANY]:
            click.echo(f"  {problem}")
        _print_more(len(found.problems))
    elif not done and found.changes and found.applies:
        click.echo("Nothing was changed. Do it with --apply.")


def _print_cells(title: str, cells: Sequence[CellChange]) -> None:
    click.echo(f"{title}{':' if cells else '.'}")
    for one in cells[:_MANY]:
        before, after = (printable(text, 100) or "(empty)" for text in (one.before, one.after))
        click.echo(f"  {printable(one.id)}  {one.field}: {before} -> {after}")
    _print_more(len(cells))


def _print_more(count: int) -> None:
    if count > _MANY:
        click.echo(f"  and {count - _MANY} more; --json has all of them")


def _number(things: Sequence[object], one: str) -> str:
    return f"{len(things)} {one}{'' if len(things) == 1 else 's'}"


def _some(words: Sequence[str]) -> str:
    listed = ", ".join(printable(word, 60) for word in words[:8])
    return f"{listed} and {len(words) - 8} more" if len(words) > 8 else listed
