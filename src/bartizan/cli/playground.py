"""`bartizan playground`: a deliberately vulnerable assistant and e-mail agent to assess, test and mend."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import get_args

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bartizan.cli.output import shown
from bartizan.core.errors import InputError, Problem
from bartizan.playground.in_process import agent, assistant
from bartizan.playground.server import Playground, listen
from bartizan.playground.settings import SWITCHES, SYSTEM, Kept, keep, read_switches
from bartizan.playground.weaknesses import ALL_ON, WEAKNESSES, Mind, Switches, known

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option("--port", default=8089, show_default=True, type=click.IntRange(0, 65535), help="Listen on this port.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen on this address.")
@click.option(
    "--mind", type=click.Choice(get_args(Mind)), help="Who answers: the scripted reader, or a real small model."
)
@click.option("--mind-at", metavar="URL", help="Where its mind is asked instead, such as a gateway on this machine.")
@click.option("--off", "offs", multiple=True, metavar="WEAKNESS", help="Switch it off, and keep it off; repeatable.")
@click.option(
    "--on", "ons", multiple=True, metavar="WEAKNESS", help="Switch it on again; repeatable. 'all': every one."
)
@click.option("--only", "onlys", multiple=True, metavar="WEAKNESS", help="This one on, all others off; repeatable.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("larch"),
    show_default=True,
    metavar="DIR",
    help="Where its switches and its description lie.",
)
@click.option("--list", "lists", is_flag=True, help="Print the weaknesses and their state; change nothing.")
@click.option("--no-serve", is_flag=True, help="Write the files, and do not serve.")
def playground(
    port: int,
    host: str,
    mind: Mind | None,
    mind_at: str | None,
    offs: tuple[str, ...],
    ons: tuple[str, ...],
    onlys: tuple[str, ...],
    folder: Path,
    lists: bool,
    no_serve: bool,
) -> int:
    """Run a deliberately vulnerable assistant on this machine.

    Writes system.yaml, to be assessed and tested, and playground.yaml with the switches. Switch a weakness off, test
    again, and see the finding go. Stop it with Ctrl C.
    """
    switches = _chosen(_before(folder), mind, offs, ons, onlys)
    if mind_at is not None:
        switches = msgspec.structs.replace(switches, mind_at=mind_at)
    if lists:
        Console(highlight=False, markup=False).print(_table(switches))
        return 0
    kept = keep(folder, switches)
    _tell(folder, kept, switches)
    if no_serve:
        return 0
    return asyncio.run(_serve(switches, host, port))


def _before(folder: Path) -> Switches:
    return read_switches(folder) if (folder / SWITCHES).exists() else Switches()


def _chosen(
    before: Switches, mind: Mind | None, offs: tuple[str, ...], ons: tuple[str, ...], onlys: tuple[str, ...]
) -> Switches:
    """The switches as they were, changed as asked. Raises NotFound, InputError."""
    more = ALL_ON if "all" in ons else known(ons)
    less = known(offs)
    both = sorted(less & (more if "all" not in ons else frozenset()))
    if both:
        finding = f"'{both[0]}' is to be on and off"
        raise InputError([Problem(file="--on, --off", finding=finding, fix="name it once")])
    base = known(onlys) if onlys else before.on
    return msgspec.structs.replace(before, on=(base | more) - less, mind=mind or before.mind)


def _table(switches: Switches) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("State", no_wrap=True)
    table.add_column("Weakness", no_wrap=True)
    for title in ("What it is", "Where", "Threat", "Closed by"):
        table.add_column(title)
    for one in WEAKNESSES:
        state = "● on" if one.id in switches.on else "○ off"
        words = (word.replace("_", " ").replace("-", " ") for word in (one.at, one.threats[0], one.control))
        table.add_row(state, one.id, one.title, *words)
    return table


def _tell(folder: Path, kept: Kept, switches: Switches) -> None:
    for path in kept.wrote:
        click.echo(f"Wrote {shown(path)}.")
    if kept.renewed:
        click.echo(
            f"Renewed {kept.renewed} digests in {shown(folder / SYSTEM)}: evidence on other switches is out of date."
        )
    for path in kept.differs:
        rest = " but for its digests" if path.name == SYSTEM else "; remove it to get a fresh one"
        click.echo(f"Left {shown(path)} as you changed it{rest}.")
    click.echo(f"{len(switches.on)} of {len(WEAKNESSES)} weaknesses are on; mind: {switches.mind}.")
    click.echo(f"Next: bartizan assess {shown(folder / SYSTEM)}, then bartizan test {shown(folder / SYSTEM)}")


async def _stopped() -> None:
    """Until somebody stops it, also where it runs in the background and Ctrl C was ignored from the start."""
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # not every system can; there Ctrl C raises
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
    await stop.wait()


async def _serve(switches: Switches, host: str, port: int) -> int:
    desk, mail = assistant(switches), agent(switches)
    runner, port = await listen(Playground(desk, mail, switches, host), host, port)
    try:
        shown_host = f"[{host}]" if ":" in host else host
        click.echo(f"Serving http://{shown_host}:{port}/ until you stop it with Ctrl C.")
        if host not in _LOOPBACK:
            click.echo("Others can reach it. It is vulnerable on purpose: put nothing real behind it.", err=True)
        await _stopped()
    finally:
        await runner.cleanup()
        await desk.close()
        await mail.close()
    return 0
