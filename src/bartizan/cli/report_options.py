"""The options of commands that write reports; apart, since only they pay for loading the list of formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.report.formats import BY_NAME

F = TypeVar("F", bound=Callable[..., Any])


def report_options(function: F) -> F:
    """`-o` and `-f` of commands that write reports: `out`, a file or folder, and `formats`, names or `all`."""
    named = click.option(
        "-f",
        "--format",
        "formats",
        type=click.Choice([*BY_NAME, "all"]),
        multiple=True,
        help="Which reports to write into the folder; repeatable. Without -o, print one.",
    )
    place = click.option(
        "-o",
        "--output",
        "out",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="A file (its ending names the format) or a folder for reports.",
    )
    return place(named(function))
