"""Checking a table before a model learns from it: what is found, where doubted rows go, the evidence it makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bartizan import __version__
from bartizan.core.digest import sha256_of
from bartizan.core.extras import need
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.tables.quality.checking import Asked, Checked, checked, checked_images
from bartizan.tables.reading import Table, opened
from bartizan.tables.writing import write_table

CONTROL = ControlId("data_quality_control")
TOOL = "bartizan data check"
ENOUGH = ("duplicates", "labels", "outliers", "triggers")
"""The checks that must have run before the control can count as passed."""


def check(path: Path, asked: Asked, progress: Callable[[str], None] = lambda _: None) -> Checked:
    """Every check of a table, or of an .npz of images. Raises InputError."""
    return checked_images(path) if _is_npz(path) else checked(path, asked, progress)


def _is_npz(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def quarantine(one: Checked, asked: Asked, doubted: Path | None, kept: Path | None) -> tuple[int, int]:
    """Write the doubted rows, with their numbers and the rules, to one file, and all others to another.

    The table itself is left as it is. Cells are written as they were read. Returns how many rows went where. Raises
    InputError; a file that is there already is not overwritten.
    """
    rules: dict[int, list[str]] = defaultdict(list)
    for doubt in one.doubts:
        for row in doubt.rows:
            rules[row].append(doubt.rule.id)
    table = opened(one.path, msgspec.structs.replace(asked.reading, typed=False))
    counts = [0, 0]
    for place, (out, wanted) in enumerate(((doubted, True), (kept, False))):
        if out is not None:
            refuse_existing(out)
            counts[place] = write_table(_rows(table, rules, doubted=wanted), _schema(table, doubted=wanted), out)
    return counts[0], counts[1]


def _names(table: Table) -> tuple[str, str]:
    """Names of two more columns, which no column of the table has."""
    row, why = "doubted_row", "doubted_by"
    while row in table.columns or why in table.columns:
        row, why = f"{row}_", f"{why}_"
    return row, why


def _schema(table: Table, *, doubted: bool) -> dict[str, Any]:
    polars = need("polars")
    row, why = _names(table)
    first = {row: polars.Int64, why: polars.String} if doubted else {}
    return {**first, **dict(table.frame.collect_schema())}


def _rows(table: Table, rules: dict[int, list[str]], *, doubted: bool) -> Iterator[Any]:
    polars = need("polars")
    row, why = _names(table)
    start = 0
    for batch in table.batches():
        numbers = np.arange(start + 1, start + batch.height + 1)
        chosen = np.array([number in rules for number in numbers.tolist()], np.bool_) == doubted
        start += batch.height
        part = batch.filter(polars.Series(chosen))
        if doubted:
            picked = numbers[chosen]
            reasons = [" ".join(sorted(set(rules[int(number)]))) for number in picked]
            more = [polars.Series(row, picked, polars.Int64), polars.Series(why, reasons, polars.String)]
            part = part.select(*more, *(polars.col(name) for name in part.columns))
        yield part


def write_evidence(one: Checked, out: Path, *, component: str, today: str) -> int:
    """Write what the checks say of the control at a component. Returns how many observations that makes.

    Something found, or a check that failed, is a failed check. Nothing found passes only where all checks that need no
    more than the table and its labels have run; else nothing is said.
    """
    outcomes = {run.check: run.outcome for run in one.runs}
    all_ran = all(outcomes.get(name) == "nothing" for name in ENOUGH) or outcomes.get("triggers in images") == "nothing"
    passed = False if one.is_doubted else True if all_ran else None
    observations: tuple[Observation, ...] = ()
    if passed is not None:
        skipped = [run.check for run in one.runs if run.outcome == "skipped"]
        named = ", ".join(sorted({doubt.rule.id for doubt in one.doubts})) or "nothing found"
        note = f"not run: {', '.join(skipped)}" if skipped else ""
        what = f"{one.path.name}: {one.looked:,} of {one.total:,} rows checked: {named}"
        found = Observation(
            what=what,
            control=CONTROL,
            component=component,
            passed=passed,
            note=note,
            seed=one.seed,
            digests={"data": sha256_of(one.path)},
        )
        observations = (found,)
    made = EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=observations)
    write_atomic(out, document_of(made))
    return len(observations)
