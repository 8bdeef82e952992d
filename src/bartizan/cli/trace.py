"""`bartizan trace`: which model decided what about whom, why, and who looked at it."""

from __future__ import annotations

from typing import Final

import click

from bartizan.cli.lazy import Commands, LazyGroup

_COMMANDS: Final[Commands] = {
    "open": ("bartizan.cli.trace_acts:open_", "Begin a trace"),
    "record": ("bartizan.cli.trace_acts:record", "Enter what a model decided about a person"),
    "show": ("bartizan.cli.trace_acts:show", "Search by person, model and time"),
    "review": ("bartizan.cli.trace_acts:review", "Enter that a person looked at a decision, and what holds"),
    "forget": ("bartizan.cli.trace_acts:forget", "Delete details of a person, or what is too old"),
    "serve": ("bartizan.cli.trace_serve:serve", "Let serving applications record over HTTP"),
    "verify": ("bartizan.cli.trace_acts:verify", "Was it changed?"),
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS)
def trace() -> None:
    """Keep what models decided about people: model and data version, input digest, outcome, explanation, reviews.

    People stand under pseudonyms. Details can be deleted; that they were, and all else, shows every change.
    """
