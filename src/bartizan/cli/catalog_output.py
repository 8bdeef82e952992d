"""How a page about the catalogue leaves the program: to the screen or a file, as text, Markdown, HTML or JSON."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import get_args

import msgspec

from bartizan.cli.output import Form, deliver, form_of
from bartizan.core.errors import InputError, Problem
from bartizan.report.catalog_html import html
from bartizan.report.catalog_markdown import markdown
from bartizan.report.catalog_page import Page

FORMS: tuple[Form, ...] = get_args(Form)


def deliver_page(page: Page, value: object, form: Form | None, out: Path | None) -> None:
    """Print or write the page; as JSON, the value that it shows. Raises InputError where a file cannot be written."""
    if out is not None and out.is_dir():
        raise InputError([Problem(file=str(out), finding="this is a directory", fix="name a file in it with -o")])
    deliver(_rendered(page, value, form_of(form, out, FORMS), for_screen=out is None), out)


def _rendered(page: Page, value: object, form: Form, *, for_screen: bool) -> str:
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
