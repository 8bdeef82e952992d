"""Options for tests of chat targets: how deep, how much, which cases, against which earlier results."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.core.errors import InputError, Problem
from bartizan.targets.chat.meter import ChatBudget

F = TypeVar("F", bound=Callable[..., Any])
_LIMIT = re.compile(
    r"(\d+(?:[._]?\d+)*)\s*(q|queries|requests?|r|m|min|minutes?|tokens?|t|of money|money)", re.IGNORECASE
)
_FIX = "write '500 requests', '200000 tokens', '10 minutes' or '5 money', or several with commas between them"


def chat_options(function: F) -> F:
    """`--repeats`, `--dresses`, `--attack`, `--case`, `--cases`, `--only-own`, `--baseline`, `--results`, ..."""
    path = click.Path(path_type=Path)
    options = (
        click.option(
            "--results", type=path, metavar="FILE", help="Chat targets: write all results: .html, .json, .md or .sarif."
        ),
        click.option(
            "--baseline", type=path, metavar="FILE", help="Chat targets: exit 1 on what earlier results lack."
        ),
        click.option(
            "--no-browser",
            "browser",
            is_flag=True,
            default=True,
            flag_value=False,
            help="Chat targets: render nothing; what needs it is unscored.",
        ),
        click.option("--only-own", is_flag=True, help="Chat targets: only the cases that --cases names."),
        click.option(
            "--cases",
            multiple=True,
            type=path,
            metavar="PATH",
            help="Chat targets: a file or folder of your own cases; repeatable.",
        ),
        click.option(
            "--case", "case_ids", multiple=True, metavar="ID", help="Chat targets: only this case; repeatable."
        ),
        click.option(
            "--attack", "attack_ids", multiple=True, metavar="ID", help="Chat targets: only this attack; repeatable."
        ),
        click.option(
            "--dresses",
            type=click.IntRange(0, 50),
            default=2,
            show_default=True,
            help="Chat targets: other dresses (encodings, languages, ...) for each case.",
        ),
        click.option(
            "--repeats",
            type=click.IntRange(1, 1000),
            default=3,
            show_default=True,
            help="Chat targets: trials of each attempt.",
        ),
    )
    for option in options:
        function = option(function)
    return function


def guarded_option(function: F) -> F:
    """`--guarded FILE`: the same test once more behind the guards of a gateway's file, and the difference."""
    path = click.Path(path_type=Path, dir_okay=False)
    text = "Chat targets: test again behind the guards of this gateway.yaml, in process; print what they change."
    return click.option("--guarded", type=path, metavar="FILE", help=text)(function)


def chat_budget_of(text: str) -> ChatBudget:
    """The limits that a budget names. Raises InputError."""
    limits: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        found = _LIMIT.fullmatch(part)
        value = float(found[1].replace("_", "")) if found else 0.0
        if found is None or value <= 0:
            raise InputError([Problem(file="--budget", finding=f"'{part:.60}' is no budget", fix=_FIX)])
        limits[_KINDS[found[2].lower()[:2]]] = value
    return ChatBudget(
        requests=max(1, int(limits["requests"])) if "requests" in limits else None,
        tokens=max(1, int(limits["tokens"])) if "tokens" in limits else None,
        money=limits.get("money"),
        seconds=60 * limits["minutes"] if "minutes" in limits else None,
    )


_KINDS = {
    "q": "requests",
    "qu": "requests",
    "r": "requests",
    "re": "requests",
    "m": "minutes",
    "mi": "minutes",
    "t": "tokens",
    "to": "tokens",
    "of": "money",
    "mo": "money",
}
