"""How long work on measurements shows itself: a bar with the time left, and what is kept when somebody stops it."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bartizan.core.measurement import Measurement


def watched(measurements: Iterable[Measurement], total: int, what: str) -> list[Measurement]:
    """All measurements that come until the end, or until somebody stops it; what came is kept and returned."""
    found: list[Measurement] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        try:
            for one in measurements:
                found.append(one)
                progress.update(task, advance=1, description=one.title or one.attack)
        except KeyboardInterrupt:
            click.echo(f"stopped; {len(found)} of {total} runs are kept, and the same command goes on", err=True)
    return found
