"""Options that commands about rights share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.cli.consent_options import FILE
from bartizan.core.errors import InputError, Problem
from bartizan.workflows.pseudonyms import pseudonyms_from

F = TypeVar("F", bound=Callable[..., Any])


def log_option(function: F) -> F:
    """`--log`: where requests are kept."""
    return click.option(
        "--log",
        type=FILE,
        default=Path("rights.jsonl"),
        show_default=True,
        envvar="BARTIZAN_RIGHTS",
        show_envvar=True,
        metavar="FILE",
        help="The log of requests.",
    )(function)


def places_option(*, needed: bool = True) -> Callable[[F], F]:
    """`--places`: where data about people may lie."""
    return click.option(
        "--places",
        "places_file",
        type=FILE,
        default=Path("places.yaml") if needed else None,
        show_default=needed,
        metavar="FILE",
        help="Where data about people lies, in YAML.",
    )


def identifiers_option(function: F) -> F:
    """`--id`: what a person is called too."""
    return click.option(
        "--id", "identifiers", multiple=True, metavar="KIND=VALUE", help="What they are called too; repeatable."
    )(function)


number_argument = click.argument("number", type=click.IntRange(1), metavar="REQUEST")


def told(identifiers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Identifiers by kind. Raises InputError."""
    found: dict[str, tuple[str, ...]] = {}
    for text in identifiers:
        kind, sign, value = text.partition("=")
        if not (sign and kind and value.strip()):
            raise InputError([Problem(file="--id", finding=f"'{kind}' is no identifier", fix="write KIND=VALUE")])
        found[kind] = (*found.get(kind, ()), value)
    return found


def pseudonym(person: str, env: str, file: Path | None, command: str) -> tuple[bytes, str]:
    """The pseudonym of a person, and the id of its key. Raises InputError."""
    made = pseudonyms_from(env=env, file=file, command=command)
    return made.of(person), made.key
