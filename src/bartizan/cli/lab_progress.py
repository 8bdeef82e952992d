"""How long work on measurements shows itself: a bar with the time left, and what is kept when it ends too early."""

from __future__ import annotations

from collections.abc import Iterable

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bartizan.core.errors import Unreachable, printable
from bartizan.core.measurement import Measurement

STOPPED = 130
"""As the shell reports a program that was interrupted."""


class Watched(msgspec.Struct):
    """The measurements that came, and how it ended."""

    found: list[Measurement] = []
    exit_code: int = 0
    """130 where somebody stopped it, 3 where the target could no longer be reached, else 0."""


def watched(measurements: Iterable[Measurement], total: int, what: str) -> Watched:
    """All measurements that come until the end, until somebody stops it, or until the target is gone."""
    seen = Watched()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(printable(what), total=total)
        try:
            for one in measurements:
                seen.found.append(one)
                progress.update(task, advance=1, description=printable(one.title or one.attack))
        except KeyboardInterrupt:
            seen.exit_code = STOPPED
            click.echo(f"stopped; {len(seen.found)} of {total} runs are kept, and the same command goes on", err=True)
        except Unreachable as gone:
            seen.exit_code = gone.exit_code
            click.echo(f"{gone}; {len(seen.found)} of {total} runs are kept, and the same command goes on", err=True)
    return seen


def exit_code_of(seen: Iterable[Watched]) -> int:
    """The code to leave with: as it ended; 2 where all runs were made and the target or an attack broke in one."""
    all_of_them = list(seen)
    ended = max((one.exit_code for one in all_of_them), default=0)
    broke = any(run.outcome == "failed" for one in all_of_them for run in one.found)
    return ended or (2 if broke else 0)
