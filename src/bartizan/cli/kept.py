"""What the commands on a register share: it is opened for one command, and named things are found in it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.cli.catalog_output import deliver_page
from bartizan.cli.desks import desk_at
from bartizan.cli.options import catalog_option, register_option, scales_option
from bartizan.core.errors import InputError, Problem, printable
from bartizan.register.decisions import decisions
from bartizan.report.catalog_page import Page
from bartizan.workflows.assess import Options
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import find_risk, find_system

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; the audit keeps it.")
owner_option = click.option("--owner", default="", metavar="NAME", help="Who sees to it.")
due_option = click.option("--due", default="", metavar="DATE", help="By when it shall be done (2026-11-22).")


def with_desk(function: F) -> Callable[..., Any]:
    """The command gets `desk`: the register that `--register` names, with the knowledge that it is assessed by."""

    @register_option
    @catalog_option
    @scales_option
    @functools.wraps(function)
    def opened(*args: Any, place: str, catalog_folders: tuple[Path, ...], scales: Path | None, **named: Any) -> Any:
        with desk_at(place, Options(catalog_folders=catalog_folders, scales=scales)) as desk:
            return function(*args, desk=desk, **named)

    return opened


def system_in(desk: Desk, word: str) -> str:
    """The id of the system that a person named, by its id or its name. Raises NotFound, Conflict."""
    with desk.register.read() as connection:
        return find_system(connection, word).id


def risk_in(desk: Desk, word: str, risk: str) -> tuple[str, int]:
    """The id of a system and the number of a risk of it, as a person named them. Raises NotFound, Conflict."""
    with desk.register.read() as connection:
        system = find_system(connection, word).id
        return system, find_risk(connection, system, risk)


def number(word: str, letter: str, what: str) -> int:
    """The number in D-3 or 3, E-3 or 3. Raises InputError."""
    bare = word.strip()
    bare = bare[2:] if bare[:2].upper() == f"{letter}-" else bare
    if not (bare.isascii() and bare.isdecimal() and len(bare) < 10):
        problem = Problem(file=what, finding=f"'{word:.60}' is no number of one", fix=f"write it as {letter}-3")
        raise InputError([problem])
    return int(bare)


def told(page: Page, value: object, as_json: bool) -> int:
    """Print a page, or the value that it shows as JSON."""
    deliver_page(page, value, "json" if as_json else "terminal", None)
    return 0


@contextmanager
def lapses_told(desk: Desk, system: str) -> Iterator[None]:
    """What lapses by what is done meanwhile is told: nobody who did it asked for that."""
    with desk.register.read() as connection:
        before = {one.number for one in decisions(connection, system) if one.state == "lapsed"}
    yield
    with desk.register.read() as connection:
        now = [one for one in decisions(connection, system) if one.state == "lapsed" and one.number not in before]
    for one in now:
        click.echo(f"  lapsed: D-{one.number} on R-{one.risk_number}: {printable(one.settled_why)}")
