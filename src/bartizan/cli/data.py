"""`bartizan data`: tables that models learn from, looked at, checked, cut down and protected."""

from __future__ import annotations

from typing import Final

import click

from bartizan.cli.lazy import Commands, LazyGroup

_COMMANDS: Final[Commands] = {
    "access": ("bartizan.cli.data_access:access", "Who can read and change which data, beside who should?"),
    "allowed": ("bartizan.cli.data_allowed:allowed", "May a table be used for a purpose, and what of it?"),
    "anonymity": ("bartizan.cli.data_anonymity:anonymity", "How far does a table hide people among others?"),
    "budget": ("bartizan.cli.data_budget:budget", "How much may be told about people, and how much was?"),
    "check": ("bartizan.cli.data_check:check", "Is a table fit to learn from? Which rows are doubted?"),
    "minimise": ("bartizan.cli.data_minimise:minimise", "Which columns does a task not need, or not as fine?"),
    "profile": ("bartizan.cli.data_profile:profile", "Which columns hold personal data or secrets?"),
    "protect": ("bartizan.cli.data_protect:protect", "Write a table with pseudonyms, masks, tokens, anonymity"),
    "retain": ("bartizan.cli.data_retain:retain", "Which files and rows may be kept no longer?"),
    "reveal": ("bartizan.cli.data_reveal:reveal", "Turn tokens back, with the key that made them"),
    "statistics": ("bartizan.cli.data_statistics:statistics", "Numbers about people, differentially private"),
    "synthesise": ("bartizan.cli.data_synthesise:synthesise", "A table of nobody, drawn from noisy counts"),
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS, extra="data")
def data() -> None:
    """Look at tables before a model learns from them: CSV, Parquet, JSON lines and Arrow, larger than memory too."""
