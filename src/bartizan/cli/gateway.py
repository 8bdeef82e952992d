"""`bartizan gateway`: the runtime controls in front of models."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bartizan.cli import gateway_admin as admin
from bartizan.cli import gateway_local as local
from bartizan.cli.gateway_policy import observe, policy
from bartizan.cli.output import shown
from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.gateway.dry_run import Difference, Tried, differences, read_recordings, tried
from bartizan.gateway.reading import read_settings

_SHOWN = 40


@click.group(invoke_without_command=True)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.yaml"),
    show_default=True,
    metavar="FILE",
    help="What it listens to, who answers, which guards stand where.",
)
@click.pass_context
def gateway(ctx: click.Context, config: Path) -> int:
    """Put the runtime controls in front of your models: guards over every request, answer and tool call.

    Point your clients at its address in place of the supplier's. A changed file is taken over while it runs.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    need("uvloop")
    from bartizan.gateway.process import run  # noqa: PLC0415

    settings = read_settings(config)
    console = Console(highlight=False, markup=False)
    console.print(f"serving on http://{settings.listen} by {shown(config)}; stop it with Ctrl C")
    return run(config)


for command in (policy, observe, local.verify, local.incident, local.keys, local.agent_token_command):
    gateway.add_command(command)
for command in (admin.approvals, admin.approve, admin.refuse, admin.switches, admin.switch):
    gateway.add_command(command)
for command in (admin.status, admin.events, admin.reload):
    gateway.add_command(command)


@gateway.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--traffic", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Recorded exchanges, one a line."
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The settings to compare with. Without them, each exchange as it was recorded.",
)
def check(config: Path, traffic: Path | None, against: Path | None) -> int:
    """Read a gateway's settings; try them on recorded traffic, and show what would end otherwise.

    Nothing is sent to anybody.
    """
    console = Console(highlight=False, markup=False)
    settings = read_settings(config)
    before = read_settings(against) if against is not None else None
    console.print(f"{shown(config)} is sound: {len(settings.guards)} guards, {len(settings.policies)} policies")
    if traffic is None:
        return 0
    recordings = list(read_recordings(traffic))
    after = asyncio.run(tried(settings, recordings))
    earlier = (
        asyncio.run(tried(before, recordings))
        if before is not None
        else [Tried(id=one.id, ending="passed") for one in after]
    )
    _tell(console, after, differences(earlier, after))
    return 0


def _tell(console: Console, after: list[Tried], changed: list[Difference]) -> None:
    counts = Counter(one.ending for one in after)
    console.print(f"{len(after)} exchanges: " + ", ".join(f"{n} {ending}" for ending, n in counts.most_common()))
    failures = sorted({failure for one in after for failure in one.failures})
    for failure in failures[:_SHOWN]:
        console.print(f"did not work: {printable(failure)}")
    if not changed:
        console.print("none ends otherwise than before")
        return
    table = Table(title=f"{len(changed)} end otherwise", title_justify="left", box=None)
    for head in ("exchange", "before", "now", "guard", "why"):
        table.add_column(head)
    for one in changed[:_SHOWN]:
        guards = ", ".join(one.after.guards) or one.before.guard
        why = printable(one.after.why, 100)
        table.add_row(printable(one.after.id, 40), one.before.ending, one.after.ending, one.after.guard or guards, why)
    console.print(table)
    if len(changed) > _SHOWN:
        console.print(f"and {len(changed) - _SHOWN} more")
