"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.terms import EDITIONS, Edition

F = TypeVar("F", bound=Callable[..., Any])


class EditionType(click.ParamType[Edition]):
    """An edition of the framework; a wrong one is an input error with the nearest valid one."""

    name = "edition"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Edition:
        """The edition that a person named."""
        for edition in EDITIONS:
            if str(value) == str(edition):
                return edition
        raise InputError(
            [
                Problem(
                    file="--edition",
                    finding=f"there is no edition '{value}'",
                    fix=nearest(str(value), map(str, EDITIONS)),
                )
            ]
        )


class DateType(click.ParamType[str]):
    """A day in ISO 8601."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The day that a person named, as 2026-11-22."""
        if not is_date(str(value)):
            raise InputError([Problem(file="--today", finding=f"'{value}' is no date", fix=DATE_FIX)])
        return str(value)


def today_option(function: F) -> F:
    """`--today`: the day of the assessment."""
    text = "Assess as of this day (2026-11-22); default is today."
    return click.option("--today", type=DateType(), metavar="DATE", help=text)(function)


def edition_option(function: F) -> F:
    """`--edition`: which release of the framework judges."""
    return click.option("--edition", type=EditionType(), help="2023, 2025 or 2026 (default).")(function)


def catalog_option(function: F) -> F:
    """`--catalog`: folders with entries of the user's own."""
    return click.option(
        "--catalog",
        "catalog_folders",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="DIR",
        help="Folder with threats, controls and facts of your own; repeatable.",
    )(function)


def scales_option(function: F) -> F:
    """`--scales`: the organisation's own scales."""
    return click.option(
        "--scales", type=click.Path(path_type=Path), metavar="FILE", help="Your organisation's scales, as YAML."
    )(function)


def out_option(function: F) -> F:
    """`-o`: where to write."""
    return click.option(
        "-o",
        "--output",
        "out",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Write here instead of the screen.",
    )(function)


def register_option(function: F) -> F:
    """`--register`: where the register is."""
    return click.option(
        "--register",
        "place",
        default="bartizan.db",
        show_default=True,
        envvar="BARTIZAN_REGISTER",
        show_envvar=True,
        metavar="PLACE",
        help="The register: a file, or postgresql://user@host/name.",
    )(function)


def description_option(help_text: str) -> Callable[[F], F]:
    """`-o`: where to write a description."""
    return click.option(
        "-o",
        "--output",
        "out",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("system.yaml"),
        show_default=True,
        metavar="FILE",
        help=help_text,
    )
