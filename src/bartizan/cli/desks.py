"""How commands get at a register: opened for one command, by a person with a name."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from bartizan.core.errors import InputError, Problem
from bartizan.register.opening import open_register
from bartizan.workflows.assess import Options
from bartizan.workflows.desk import Desk

F = TypeVar("F", bound=Callable[..., Any])


def by_option(function: F) -> F:
    """`--by`: who says so, as the audit will call them."""
    return click.option(
        "--by",
        default=_me,
        callback=_named,
        metavar="NAME",
        envvar="BARTIZAN_BY",
        show_envvar=True,
        help="Who says so; default is your account on this machine.",
    )(function)


def _named(context: click.Context, option: click.Parameter, name: str) -> str:
    """A name as the audit shall keep it: in one line, without spaces around it."""
    found = " ".join(name.split())
    if found and found.isprintable():
        return found
    finding = "there is a character in it that nobody can see" if found else "nobody is named"
    raise InputError([Problem(file="--by", finding=finding, fix="give your name, or leave it to your account")])


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


@contextmanager
def desk_at(place: str, options: Options | None = None) -> Iterator[Desk]:
    """The register at a place, which must be there, with what it is assessed by."""
    register = open_register(place, create=False)
    try:
        yield Desk(register, options)
    finally:
        register.close()
