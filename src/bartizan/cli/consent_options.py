"""Options that commands of a ledger of consent share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bartizan.consent.ledger import Ledger
from bartizan.consent.people import Pseudonyms
from bartizan.core.errors import InputError, Problem
from bartizan.core.moments import MOMENT_FIX, is_moment, now
from bartizan.workflows.pseudonyms import pseudonyms_from

F = TypeVar("F", bound=Callable[..., Any])
FILE: Final = click.Path(path_type=Path)
_LONGEST: Final = 4096


def ledger_option(function: F) -> F:
    """`--ledger`: where the ledger is."""
    return click.option(
        "--ledger",
        "place",
        type=FILE,
        default=Path("consent.db"),
        show_default=True,
        envvar="BARTIZAN_CONSENT",
        show_envvar=True,
        metavar="FILE",
        help="The ledger.",
    )(function)


def unlocked(ledger: Ledger, env: str, file: Path | None, command: str) -> Pseudonyms:
    """The pseudonyms of a ledger. Raises InputError for another key than that of the ledger."""
    made = pseudonyms_from(env=env, file=file, command=command)
    if made.key != ledger.opening.key:
        finding = f"this is key {made.key}, and the ledger was opened with key {ledger.opening.key}"
        fix = "without that key nobody in it can be found again: restore the key from its copy"
        raise InputError([Problem(file=str(ledger.path), finding=finding, fix=fix)])
    return made


def moment(_: click.Context, option: click.Parameter, value: str | None) -> str:
    """The moment that was named, else this one. Raises InputError."""
    if value is not None and not is_moment(value):
        raise InputError([Problem(file=f"--{option.name}", finding=f"'{value}' is no moment", fix=MOMENT_FIX)])
    return value or now()


def person_named(_: click.Context, __: click.Parameter, value: str) -> str:
    """Who is meant, as the application calls them; '-': a line on standard input, which no list of processes shows."""
    if value != "-":
        return value
    return sys.stdin.readline(_LONGEST).rstrip("\r\n")
