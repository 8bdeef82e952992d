"""`bartizan data`: tables that models learn from, looked at, checked, cut down and protected."""

from __future__ import annotations

from typing import Final

import click

from bartizan.cli.lazy import Commands, LazyGroup

_COMMANDS: Final[Commands] = {
    "check": ("bartizan.cli.data_check:check", "Is a table fit to learn from? Which rows are doubted?"),
    "profile": ("bartizan.cli.data_profile:profile", "Which columns hold personal data or secrets?"),
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS, extra="data")
def data() -> None:
    """Look at tables before a model learns from them: CSV, Parquet, JSON lines and Arrow, larger than memory too."""
