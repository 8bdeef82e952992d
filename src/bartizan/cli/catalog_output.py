"""How a page about the catalogue leaves the program: to the screen or a file, as text, Markdown, HTML or JSON."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import click
import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.report.catalog_html import html
from bartizan.report.catalog_markdown import markdown
from bartizan.report.catalog_page import Page

Format: TypeAlias = Literal["terminal", "markdown", "html", "json"]
F = TypeVar("F", bound=Callable[..., Any])
_BY_SUFFIX: dict[str, Format] = {
    ".txt": "terminal",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}


def format_option(function: F) -> F:
    """`--format`: in which form. Without it the ending of the file decides, and the screen gets plain text."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["terminal", "markdown", "html", "json"]),
        help="Default: by the ending of FILE, or terminal.",
    )(function)


def deliver(page: Page, value: object, form: Format | None, out: Path | None) -> None:
    """Print or write the page; as JSON, the value that it shows. Raises InputError where a file cannot be written."""
    form = form or _form_of(out)
    if out is None:
        click.echo(_rendered(page, value, form, for_screen=True), nl=False)
        return
    if out.is_dir():
        raise InputError([Problem(file=str(out), finding="this is a directory", fix="name a file in it with -o")])
    write_atomic(out, _rendered(page, value, form, for_screen=False))
    click.echo(f"wrote {out}", err=True)


def _form_of(out: Path | None) -> Format:
    return _BY_SUFFIX.get(out.suffix.lower(), "terminal") if out is not None else "terminal"


def _rendered(page: Page, value: object, form: Format, *, for_screen: bool) -> str:
    if form == "markdown":
        return markdown(page)
    if form == "html":
        return html(page)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
    from bartizan.report.catalog_terminal import terminal  # noqa: PLC0415  rich is heavy, and only this needs it

    at_terminal = for_screen and sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns if for_screen else 100
    return terminal(page, width, colour=at_terminal and "NO_COLOR" not in os.environ)
