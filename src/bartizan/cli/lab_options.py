"""Options that the lab's commands share: budget, permission, where results are kept, where they are made."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.core.errors import InputError, Problem
from bartizan.targets.permission import Permission

F = TypeVar("F", bound=Callable[..., Any])
_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*(q|queries|m|min|minutes)", re.IGNORECASE)

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path(".bartizan/lab"),
    show_default=True,
    help="Folder of what was measured; the same run is not made twice.",
)
jobs_option = click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
cluster_option = click.option(
    "--ray", "cluster", default="", metavar="ADDRESS", help="Run on a Ray cluster; 'local' for this machine."
)
budget_option = click.option(
    "--budget",
    default="",
    metavar="LIMIT",
    help="'20000 queries' for each attack, or '10 minutes': no attack starts later.",
)


def permission_options(function: F) -> F:
    """`--granted-for`, `--granted-by`, `--granted-until`: leave to attack a target behind an address."""
    options = (
        click.option("--granted-until", default="", metavar="DATE", help="The last day of that permission."),
        click.option("--granted-by", default="", metavar="NAME", help="Who permits it."),
        click.option("--granted-for", default="", metavar="ADDRESS", help="A target behind an address: which one."),
    )
    for option in options:
        function = option(function)
    return function


def budget_of(text: str) -> tuple[int | None, float | None]:
    """Queries and minutes that a budget names; None for what it does not. Raises InputError."""
    if not text.strip():
        return None, None
    found = _BUDGET.fullmatch(text.strip())
    if found is None or float(found[1]) <= 0:
        fix = "write '20000 queries' or '10 minutes'"
        raise InputError([Problem(file="--budget", finding=f"'{text:.60}' is no budget", fix=fix)])
    if found[2].lower().startswith("q"):
        return max(1, int(float(found[1]))), None
    return None, float(found[1])


def permission_of(address: str, by: str, until: str) -> Permission | None:
    """The permission that the options give; None where they give none. Raises InputError for half of one."""
    if not (address or by or until):
        return None
    try:
        return Permission(target=address, granted_by=by, until=datetime.date.fromisoformat(until))
    except ValueError as wrong:
        fix = "give --granted-for ADDRESS, --granted-by NAME and --granted-until DATE (2026-12-31)"
        raise InputError([Problem(file="--granted-until", finding=f"no permission: {wrong}", fix=fix)]) from wrong
