"""What the checks of a table found, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.quality.checking import Checked
from bartizan.tables.quality.doubt import Doubt, Ran

_OUTCOME = {"nothing": "nothing", "found": "FOUND", "skipped": "skipped", "failed": "FAILED"}
_NUMBERS = 8
"""Rows that are named in a line."""


def quality_lines(one: Checked) -> Iterator[str]:
    """Every check with what became of it; below, what it found, how sure, in which rows, and what that may mean."""
    part = (
        ""
        if one.looked == one.total
        else f", of which {one.looked:,} were drawn (seed {one.seed}) for all but the schema"
    )
    yield f"{printable(str(one.path))}: {one.total:,} rows{part}"
    yield from (f"  {printable(told)}" for told in one.told)
    for run in one.runs:
        yield from _run(run)


def _run(run: Ran) -> Iterator[str]:
    yield f"  {run.check:<18} {_OUTCOME[run.outcome]}" + (f": {printable(run.why)}" if run.why else "")
    for doubt in run.doubts:
        yield f"    {doubt.rule.title}: {doubt.what}"
        yield f"      {doubt.sure}" + _rows(doubt)
        threat = f" (threat: {doubt.rule.threat})" if doubt.rule.threat else ""
        yield f"      {doubt.rule.why}{threat}"


def _rows(doubt: Doubt) -> str:
    if not doubt.rows:
        return ""
    named = ", ".join(f"{row:,}" for row in doubt.rows[:_NUMBERS])
    return f"; rows {named}" + (f" and {len(doubt.rows) - _NUMBERS:,} more" if doubt.rows[_NUMBERS:] else "")


def quality_summary(one: Checked) -> str:
    """One line: how many checks ran, what was found."""
    ran = sum(run.outcome in ("nothing", "found") for run in one.runs)
    doubted = len({row for doubt in one.doubts for row in doubt.rows})
    failed = sum(run.outcome == "failed" for run in one.runs)
    nothing = "nothing found" if ran else "nothing is known of this table"
    said = f"{len(one.doubts)} found, in {doubted:,} rows" if one.doubts else nothing
    broke = f"; {failed} failed" if failed else ""
    return f"{ran} of {len(one.runs)} checks ran: {said}{broke}"


def quality_document(one: Checked) -> str:
    """All of it, with the numbers of all rows."""
    made = {
        "bartizan_data_check": 1,
        "version": __version__,
        "path": str(one.path).encode("utf-8", "replace").decode(),
        "rows": one.total,
        "rows_looked_at": one.looked,
        "seed": one.seed,
        "told": one.told,
        "checks": [_check(run) for run in one.runs],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _check(run: Ran) -> dict[str, Any]:
    found = [
        {
            "rule": doubt.rule.id,
            "title": doubt.rule.title,
            "what": doubt.what,
            "sure": doubt.sure,
            "why": doubt.rule.why,
            "threat": doubt.rule.threat,
            "columns": doubt.columns,
            "rows": doubt.rows,
        }
        for doubt in run.doubts
    ]
    return {"check": run.check, "outcome": run.outcome, "why": run.why, "found": found}
