"""What a run of the lab measured as files: one JSON, one page, or a folder with both and every curve as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.measurement import Effect, Measurement
from bartizan.report.lab.chart_file import Kind, chart_file
from bartizan.report.lab.page import lab_page
from bartizan.report.lab.run_charts import charts_of

Files: TypeAlias = dict[Path, bytes]
"""Path of each file, and what is written to it."""
_KINDS: tuple[Kind, ...] = ("png", "svg")


def curve_files(measured: Sequence[Measurement]) -> dict[str, bytes]:
    """Every curve as PNG and SVG, by the name of its file. Raises MissingExtra where matplotlib is absent."""
    return {
        f"{chart.name}.{kind}": chart_file((chart,), kind, chart.title, chart.foot)
        for chart in charts_of(measured)
        for kind in _KINDS
    }


def run_writer(out: Path, *, folders: bool = True) -> Callable[[Sequence[Measurement], Sequence[Effect], str], Files]:
    """What makes the files for a path: of one ending in .html or .json, or a folder. Raises InputError for another."""
    made = {".html": _page, ".htm": _page, ".json": _json}.get(out.suffix.lower())
    if out.is_dir() or (made is None and not out.suffix and folders):
        if not folders:
            raise InputError([Problem(file=str(out), finding="this is a folder", fix="name a .html or .json file")])
        return lambda measured, effects, title: _folder(out, measured, effects, title)
    if made is None:
        fix = "end it in .html or .json" + (", or name a folder" if folders else "")
        raise InputError(
            [Problem(file=str(out), finding=f"'{out.suffix}' is no kind of file for measurements", fix=fix)]
        )
    return lambda measured, effects, title: {out: made(measured, effects, title)}


def _page(measured: Sequence[Measurement], effects: Sequence[Effect], title: str) -> bytes:
    return lab_page(measured, effects, title).encode()


def _json(measured: Sequence[Measurement], _effects: Sequence[Effect], _title: str) -> bytes:
    return msgspec.json.format(msgspec.json.encode(measured), indent=1) + b"\n"


def _folder(out: Path, measured: Sequence[Measurement], effects: Sequence[Effect], title: str) -> Files:
    files = {
        out / "index.html": _page(measured, effects, title),
        out / "measurements.json": _json(measured, effects, title),
    }
    return files | {out / name: content for name, content in curve_files(measured).items()}
