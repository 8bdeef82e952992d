"""`bartizan gateway policy` and `bartizan gateway observe`: from an assessment to the gateway, and back."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.cli.options import catalog_option, scales_option, today_option
from bartizan.cli.output import shown
from bartizan.core.source import write_atomic
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.gateway_policy import Wish, derived


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
