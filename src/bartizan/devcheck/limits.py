"""How much of a repository is looked at. What does not fit is unknown, and said so."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For one repository."""

    files: int = 50_000
    text: int = 1 << 20
    """Bytes of one text file."""
    notebook: int = 32 << 20
    """Bytes of one notebook, with its pictures."""
    total: int = 1 << 30
    """Bytes of all files that are read."""
    seconds: float = 900.0
    """For the files."""
    a_rule: int = 50
    """Findings of one rule in one file."""
    commits: int = 1_000
    """Of the history, from the newest on, of all branches."""
    history_bytes: int = 256 << 20
    """Of changes in the history."""
    history_seconds: float = 120.0
    a_line: int = 5_000
    """Characters of one line that secrets are looked for in; longer ones are data or were made by a program."""
