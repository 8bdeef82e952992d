"""`bartizan lab engine`: let garak or PyRIT, in an environment of their own, attack one endpoint."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
from rich.console import Console

from bartizan.cli.lab_options import permission_of, permission_options
from bartizan.cli.options import today_option
from bartizan.cli.output import shown
from bartizan.workflows.assess import Options
from bartizan.workflows.engines import EngineName, EngineRun, run_engine


@click.command(short_help="Let garak or PyRIT attack an endpoint.")
@click.argument("engine", type=click.Choice(("garak", "pyrit")))
@click.option(
    "--python", type=click.Path(path_type=Path), required=True, metavar="PATH", help="A Python that has the engine."
)
@click.option("--url", required=True, help="An OpenAI-compatible endpoint, up to where its path begins: .../v1")
@click.option("--model", required=True, help="The model's name at the endpoint.")
@click.option("--probes", required=True, metavar="NAME,NAME", help="What to try: probes of garak, scenarios of PyRIT.")
@click.option("--generations", type=click.IntRange(1, 1000), default=1, show_default=True, help="Answers to a prompt.")
@click.option("--token-env", default="", metavar="NAME", help="The environment variable that holds the key.")
@click.option("--temperature", type=float, default=None, help="As in production.")
@click.option(
    "--minutes", type=click.FloatRange(0.01, 10_000), default=60.0, show_default=True, help="At most so long."
)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Its report.")
@permission_options
@today_option
def engine(
    engine: EngineName,
    python: Path,
    url: str,
    model: str,
    probes: str,
    generations: int,
    token_env: str,
    temperature: float | None,
    minutes: float,
    out: Path,
    granted_for: str,
    granted_by: str,
    granted_until: str,
    today: str | None,
) -> int:
    """Run ENGINE as a process of its own against one address, and keep its report.

    It may call no address but that one, and needs a permission: --granted-for, --granted-by, --granted-until. Nothing
    is downloaded: probes and detectors that need a model or a corpus which is not on this machine fail. Exit 3 where
    the engine ends without a report.
    """
    asked = EngineRun(
        engine=engine,
        python=python,
        url=url,
        model=model,
        probes=tuple(filter(None, (one.strip() for one in probes.split(",")))),
        generations=generations,
        token_env=token_env,
        temperature=temperature,
        minutes=minutes,
        out=out,
    )
    permission = permission_of(granted_for, granted_by, granted_until)
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status(f"{engine} is starting") as status:
        day = datetime.date.fromisoformat(Options(today=today).day)
        ended = run_engine(asked, permission, day, lambda line: status.update(line[:120]))
    if not ended.is_whole:
        click.echo(f"its {minutes:g} minutes were over: the report holds what was finished", err=True)
    click.echo(f"{engine} {ended.version} wrote {shown(out)}")
    click.echo(f"Next: bartizan assess system.yaml --evidence {shown(out)}")
    click.echo(f"  or: bartizan evidence import SYSTEM {shown(out)}")
    return 0
