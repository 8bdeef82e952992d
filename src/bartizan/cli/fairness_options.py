"""What every command about fairness asks of a table of decisions."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bartizan.core.errors import InputError, Problem
from bartizan.tables.fairness.asking import MINIMUM

F = TypeVar("F", bound=Callable[..., Any])
FILE: Final = click.Path(path_type=Path)
_GROUPS: Final = (
    click.argument("file", type=FILE),
    click.option("--attribute", "attributes", multiple=True, required=True, metavar="COLUMN", help="Makes groups."),
    click.option(
        "--cut", "cuts", nargs=2, multiple=True, metavar="COLUMN NUMBERS", help="Groups of numbers: age 25,45."
    ),
    click.option(
        "--favourable", required=True, metavar="VALUE", help="The decision and truth that is good for people."
    ),
    click.option("--score", default="", metavar="COLUMN", help="How probable a favourable truth is, from 0 to 1."),
    click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Of scores."),
    click.option("--minimum", type=click.IntRange(2), default=MINIMUM, show_default=True, help="People of a share."),
    click.option(
        "--missing", multiple=True, metavar="TEXT", help="A text in CSV that stands for no value; also: empty."
    ),
    click.option(
        "--ragged", type=click.Choice(("refuse", "fill")), default="refuse", help="Rows with more or fewer cells."
    ),
)
_DRAWS: Final = (
    click.option("--bootstraps", type=click.IntRange(100, 100_000), default=1000, show_default=True, help="Draws."),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draws."),
)
_DECISION: Final = (
    click.option("--decision", default="", metavar="COLUMN", help="What was decided. Default: score >= threshold."),
    click.option(
        "--cross", nargs=2, multiple=True, metavar="COLUMN COLUMN", help="Two attributes crossed; repeatable."
    ),
)
_EVIDENCE: Final = (
    click.option("--evidence", type=FILE, metavar="FILE", help="Write evidence for the register."),
    click.option("--model", type=FILE, metavar="FILE", help="The model that decided: evidence is of it alone."),
    click.option(
        "--at", "component", default="", metavar="COMPONENT", help="The component that the evidence is about."
    ),
)


def _all(options: tuple[Callable[[Any], Any], ...]) -> Callable[[F], F]:
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


group_options = _all(_GROUPS)
"""The table, whose groups are compared, and what a favourable decision is."""
draw_options = _all(_DRAWS)
"""How many bootstraps, from which seed."""
decision_options = _all(_DECISION)
"""What was decided, and attributes crossed."""
evidence_options = _all(_EVIDENCE)
"""Evidence for the register."""


def cuts_of(said: tuple[tuple[str, str], ...]) -> dict[str, tuple[float, ...]]:
    """Attribute -> where it is cut, as it was typed. Raises InputError."""
    made, problems = {}, []
    for name, numbers in said:
        try:
            made[name] = tuple(float(one) for one in numbers.split(","))
        except ValueError:
            finding = f"'{numbers:.70}' are no numbers to cut '{name:.70}' at"
            problems.append(Problem(file="--cut", finding=finding, fix=f"as in --cut {name:.70} 25,45,65"))
    if problems:
        raise InputError(problems)
    return made
