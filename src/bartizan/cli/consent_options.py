"""Options that commands of a ledger of consent share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bartizan.cli.key_options import given_key
from bartizan.consent.ledger import Ledger
from bartizan.consent.people import Pseudonyms
from bartizan.core.errors import InputError, Problem
from bartizan.core.moments import MOMENT_FIX, is_moment, now
from bartizan.tables.protect.keys import Key

F = TypeVar("F", bound=Callable[..., Any])
FILE: Final = click.Path(path_type=Path)
_KEY_FIX: Final = "give one of: --key-env NAME, --key-file FILE, --key-command 'PROGRAM ...'"
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


def pseudonyms_of(key: Key) -> Pseudonyms:
    """What makes pseudonyms under a key: of a ledger, and of nothing else that this key is used for."""
    return Pseudonyms(key.derived("consent person"), key.id)


def key_for(env: str, file: Path | None, command: str) -> Key:
    """The key that was given. Raises InputError where none was."""
    key = given_key(env, file, command)
    if key is None:
        finding = "people stand under pseudonyms, and no key makes them"
        raise InputError([Problem(file="key", finding=finding, fix=_KEY_FIX)])
    return key


def unlocked(ledger: Ledger, env: str, file: Path | None, command: str) -> Pseudonyms:
    """The pseudonyms of a ledger. Raises InputError for another key than that of the ledger."""
    made = pseudonyms_of(key_for(env, file, command))
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
