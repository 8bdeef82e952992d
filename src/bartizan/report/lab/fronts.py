"""A front as a file: JSON, PNG, SVG, or a page to explore it in; the file's ending decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.front import Front
from bartizan.report.lab.chart_file import Kind, chart_file
from bartizan.report.lab.front_chart import finding, foot, front_charts
from bartizan.report.lab.front_page import front_page


def front_picture(front: Front, kind: Kind) -> bytes:
    """The front as PNG or SVG. Raises MissingExtra where matplotlib is absent."""
    return chart_file(front_charts(front), kind, finding(front), foot(front))


_WRITERS: dict[str, Callable[[Front], bytes]] = {
    ".png": lambda front: front_picture(front, "png"),
    ".svg": lambda front: front_picture(front, "svg"),
    ".html": lambda front: front_page(front).encode(),
    ".json": lambda front: msgspec.json.format(msgspec.json.encode(front), indent=2) + b"\n",
}


def front_writer(out: Path) -> Callable[[Front], bytes]:
    """What makes the content of a file of that ending. Raises InputError for an ending that is none."""
    found = _WRITERS.get(out.suffix.lower())
    if found is None:
        fix = f"end it in {', '.join(_WRITERS)}"
        raise InputError([Problem(file=str(out), finding=f"'{out.suffix}' is no kind of file for a front", fix=fix)])
    return found
