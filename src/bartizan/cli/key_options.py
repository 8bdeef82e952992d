"""The options by which a command is told where the key of pseudonyms and tokens lies: never on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.tables.protect.keys import Key, key_from

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)


def key_options(old: bool = False) -> Callable[[F], F]:
    """--key-env, --key-file and --key-command, or the same for a key that is replaced."""
    first, which = ("old-", "The key that is replaced") if old else ("", "The key")
    given = (
        click.option(f"--{first}key-env", default="", metavar="NAME", help=f"{which}, in an environment variable."),
        click.option(f"--{first}key-file", type=_FILE, metavar="FILE", help=f"{which}, as hex or base64 in a file."),
        click.option(f"--{first}key-command", default="", metavar="COMMAND", help=f"{which}, as a program prints it."),
    )

    def decorated(function: F) -> F:
        for option in reversed(given):
            function = option(function)
        return function

    return decorated


def given_key(env: str, file: Path | None, command: str) -> Key | None:
    """The key from the place that was named; None where none was. Raises InputError."""
    return key_from(env=env, file=file, command=command) if env or file is not None or command else None
