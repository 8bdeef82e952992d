"""Whether the columns that stay tell what was dropped: then dropping it hides little."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from bartizan.tables.minimise.bench import Bench, Views
from bartizan.tables.minimise.columns import Column
from bartizan.tables.minimise.labels import NotAssessable, target_of
from bartizan.tables.minimise.seeing import Seen
from bartizan.tables.minimise.splitting import split

_ROWS: Final = 5_000
_COLUMNS: Final = 8
_MUCH: Final = 0.2
"""Share of what a constant guess does not know that the others must surely tell."""


def told_of(frame: Any, columns: Iterable[Column], views: Views, *, seed: int) -> dict[str, str]:
    """Column -> a sentence, for those that a model reads off the others; of the first eight, on 5,000 rows."""
    rows = np.arange(frame.height)
    if len(rows) > _ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _ROWS, replace=False))
    found = {}
    for one in list(columns)[:_COLUMNS]:
        if one.kind in ("number", "category", "code") and views:
            told = _told(frame[one.name][rows], one, views, rows, seed)
            if told:
                found[one.name] = told
    return found


def _told(series: Any, column: Column, views: Views, rows: Any, seed: int) -> str:
    try:
        target = target_of(column.name, series)
    except NotAssessable:
        return ""
    known = target.known
    y = target.y[known]
    parts = split(len(y), seed=seed)
    part = {
        name: Seen(
            values=one.values[rows][known],
            categorical=one.categorical,
            codes=None if one.codes is None else one.codes[rows][known],
        )
        for name, one in views.items()
    }
    found = (
        Bench(target.task, y, parts, "r2" if target.task == "number" else "log-loss", seed=seed).score(part).interval
    )
    if not found.low > _MUCH:
        return ""
    return f"the columns that stay tell {found.value:.0%} of it ({found.low:.0%} to {found.high:.0%}): they are a proxy"
