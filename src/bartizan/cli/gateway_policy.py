"""`bartizan gateway policy` and `bartizan gateway observe`: from an assessment to the gateway, and back."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.cli.desks import by_option
from bartizan.cli.kept import lapses_told, system_in, with_desk
from bartizan.cli.options import catalog_option, scales_option, today_option
from bartizan.cli.output import shown
from bartizan.core.errors import printable
from bartizan.core.source import write_atomic
from bartizan.workflows import gateway_observations
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.desk import Desk
from bartizan.workflows.gateway_policy import Wish, derived
from bartizan.workflows.keeping import add_all_evidence


@click.command(short_help="Derive a starting policy from an assessment.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Default: standard output."
)
@click.option("--listen", default=Wish().listen, show_default=True, metavar="HOST:PORT", help="Where it listens.")
@click.option("--upstream", default="", metavar="URL", help="Where all models answer, instead of what PATH says.")
@click.option(
    "--fence",
    "fences",
    nargs=2,
    multiple=True,
    metavar="OPENS CLOSES",
    help="Words between which your application puts what others wrote into its prompts; repeatable.",
)
@today_option
@catalog_option
@scales_option
def policy(
    path: Path,
    out: Path | None,
    listen: str,
    upstream: str,
    fences: tuple[tuple[str, str], ...],
    today: str | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Write a gateway.yaml for the system in PATH: guards against its risks, set by what the description says.

    Comments name the risks of each guard, what you must set, and the controls that no gateway carries out. A guard all
    of whose risks lie within your appetite only watches.
    """
    dossier = make_dossier(path, Options(catalog_folders=catalog_folders, scales=scales, today=today))
    text = derived(dossier, Wish(listen=listen, upstream=upstream, fences=fences))
    if out is None:
        click.echo(text, nl=False)
        return 0
    write_atomic(out, text)
    click.echo(f"wrote {shown(out)}; look for SET in it, then: bartizan gateway check {shown(out)}", err=True)
    return 0


@click.command(short_help="Bring a gateway's events back to the register.")
@click.argument("system")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--at", "component", default="", metavar="COMPONENT", help="Whose exchanges they are; default: by model.")
@click.option("--since", default="", metavar="DATE", help="Only events from then on (2026-11-22).")
@click.option("--apply", "apply_", is_flag=True, help="Add it; without this, only show what would be added.")
@by_option
@with_desk
def observe(system: str, folder: Path, component: str, since: str, apply_: bool, by: str, desk: Desk) -> int:
    """Read the events in FOLDER as evidence about the risks of SYSTEM.

    Attempts that a guard recognised and let pass, because it only watched, may raise a likelihood. What was stopped is
    kept and lowers nothing. Events are counted once each time they are brought: use --since.
    """
    name = system_in(desk, system)
    seen = gateway_observations.read(desk, name, folder, component=component, since=since, by=by)
    click.echo(f"{seen.exchanges} exchanges")
    for model in seen.elsewhere:
        click.echo(f"no component is the model '{printable(model, 100)}': say whose it is with --at")
    for one in seen.evidence:
        counted = f": {one.hits or one.trials}" if one.trials else ""
        click.echo(f"{printable(one.risk or one.control)}: {printable(one.what)}{counted}")
    if not seen.evidence:
        click.echo("nothing to add", err=True)
        return 0
    if not apply_:
        click.echo(f"{len(seen.evidence)} to add; nothing is changed yet: add --apply", err=True)
        return 0
    with lapses_told(desk, name):
        made = add_all_evidence(desk, name, seen.evidence, by=by)
        click.echo(f"added E-{made[0].number} to E-{made[-1].number}")
    return 0
