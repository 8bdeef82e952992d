"""`bartizan fairness`: how groups of people fare under decisions, and what mends it at what cost."""

from __future__ import annotations

from typing import Final

import click

from bartizan.cli.lazy import Commands, LazyGroup

_COMMANDS: Final[Commands] = {
    "measure": ("bartizan.cli.fairness_measure:measure", "How far groups lie apart, each number within its interval"),
    "watch": ("bartizan.cli.fairness_watch:watch", "Whether decisions stay as they were, by period and group"),
    "mitigate": ("bartizan.cli.fairness_mitigate:mitigate", "Bring groups nearer to each other, and what that costs"),
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS)
def fairness() -> None:
    """Tell how groups of people fare under a model's decisions, and what would mend it.

    It measures; what is fair, people decide. Nothing here is legal advice.
    """
