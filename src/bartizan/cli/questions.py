"""`bartizan questions`: the answers still worth giving."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.catalog.load import load_catalog
from bartizan.cli.options import catalog_option, edition_option
from bartizan.cli.output import shown
from bartizan.core.terms import DEFAULT_EDITION, Edition
from bartizan.system.reading import read_system
from bartizan.workflows.assess import names_in
from bartizan.workflows.questions import Questioner, Worthwhile

_SHOWN = 10
_NAMED = 6


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help=f"Print all of them, not the {_SHOWN} most telling.")
@edition_option
@catalog_option
def questions(path: Path, everything: bool, edition: Edition | None, catalog_folders: tuple[Path, ...]) -> None:
    """The answers still worth giving about the system that PATH describes, most telling first.

    Each comes with the verdicts it would decide and the line to write.
    """
    catalog = load_catalog(*catalog_folders)
    system = read_system(path, names_in(catalog))
    chosen = edition or system.described.edition or DEFAULT_EDITION
    found = Questioner(catalog, chosen).worthwhile(system)
    if not found:
        click.echo("Every verdict is decided; no answer is missing.")
        return
    still = len({v for w in found for v in w.waiting})
    click.echo(f"{_count(still, 'verdict')} wait{'s' if still == 1 else ''} for {_count(len(found), 'answer')}.")
    shown = found if everything else found[:_SHOWN]
    for number, worth in enumerate(shown, start=1):
        _print(number, worth, path)
    if len(found) > len(shown):
        click.echo(f"\n{len(found) - len(shown)} more with --all.")


def _print(number: int, worth: Worthwhile, path: Path) -> None:
    click.echo("")
    click.echo(click.style(f"{number}. {worth.component}: {worth.ask}", bold=True))
    click.echo(f"   {worth.why}")
    if worth.always:
        click.echo(f"   decides {_names(worth.always)}")
    if worth.perhaps:
        click.echo(f"   decides, depending on the answer, {_names(worth.perhaps)}")
    if not worth.always and not worth.perhaps:
        click.echo(f"   needed, with other answers, for {_names(worth.waiting)}")
    place = f"{shown(path)}:{worth.line}" if worth.line else shown(path)
    click.echo(f"   write {worth.inside} ({place}):")
    click.echo(f"     {worth.write}")


def _names(verdicts: tuple[str, ...]) -> str:
    more = f" and {len(verdicts) - _NAMED} more" if len(verdicts) > _NAMED else ""
    return f"{_count(len(verdicts), 'verdict')}: {', '.join(verdicts[:_NAMED])}{more}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
