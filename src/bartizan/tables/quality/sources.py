"""Sources whose rows change all at once, while those of others do not."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.tables.quality.doubt import Doubt, Rule, Skipped
from bartizan.tables.quality.sample import Sample

CHANGE: Final = Rule(
    id="sources.change",
    title="A source changed all at once",
    why="A new device or form, a mistake in its export, or a supplier whose data somebody else now writes.",
    threat="data_poison",
)
RULES: Final = (CHANGE,)
_FEW: Final = 60
_SURE: Final = 1e-4
_LARGE: Final = 0.5
"""Standard deviations between before and after, from which a change is told."""


def source_doubts(sample: Sample) -> list[Doubt]:
    """Columns of a source whose mean rank changes at one row, in the order of the table.

    The largest standardised cumulative sum of ranks against the Kolmogorov distribution (Page 1954; Pettitt 1979, for
    ranks), Holm over all sources and columns. What changes at every source at once is the world, and is left to drift.
    """
    if not sample.source:
        raise Skipped("no source was named: use --source COLUMN")
    names = sample.frame[sample.source].to_list()
    sources = sorted({str(one) for one in names if one is not None})
    of = np.array(["" if one is None else str(one) for one in names])
    columns = [name for name in sample.frame.columns if name != sample.source]
    series = [(name, values) for name in columns if (values := _values(sample, name)) is not None]
    tested: list[tuple[float, str, str, int, float, npt.NDArray[np.int64]]] = []
    for source in sources[:1_000]:
        places = np.flatnonzero(of == source)
        if len(places) >= _FEW:
            tested += [_tested(source, name, values, places) for name, values in series]
    if not tested:
        raise Skipped(f"no source has {_FEW} rows")
    return [_doubt(sample, one, p) for one, p in _corrected(tested) if abs(one[4]) >= _LARGE and p < _SURE]


def _values(sample: Sample, name: str) -> npt.NDArray[np.float64] | None:
    """Numbers as they are; of categories, and of the label, whether it is the most frequent one."""
    polars = need("polars")
    role, column = sample.role(name), sample.frame[name]
    if role == "number":
        return np.asarray(column.cast(polars.Float64).to_numpy(), np.float64)
    if role == "category":
        most = column.drop_nulls().mode()
        return np.asarray((column == most[0]).cast(polars.Float64).to_numpy(), np.float64) if len(most) else None
    return None


def _tested(
    source: str, name: str, values: Any, places: Any
) -> tuple[float, str, str, int, float, npt.NDArray[np.int64]]:
    """The p-value of the likeliest place of a change, that place, its size in deviations, and the rows behind it."""
    stats = need("scipy.stats")
    x, at = values[places], places
    fine = np.isfinite(x)
    x, at = x[fine], at[fine]
    if len(x) < _FEW or (x == x[0]).all():
        return 1.0, source, name, 0, 0.0, at[:0]
    ranks = stats.rankdata(x)
    path = np.cumsum(ranks - ranks.mean())[:-1] / (ranks.std() * np.sqrt(len(ranks)))
    change = int(np.abs(path).argmax()) + 1
    p = float(stats.kstwobign.sf(abs(path[change - 1])))
    size = float((x[change:].mean() - x[:change].mean()) / (x.std() or 1.0))
    return p, source, name, change, size, at[change:]


def _corrected(tested: list[Any]) -> list[tuple[Any, float]]:
    ordered = sorted(tested, key=lambda one: float(one[0]))
    highest, found = 0.0, []
    for rank, one in enumerate(ordered):
        highest = max(highest, min(1.0, one[0] * (len(ordered) - rank)))
        found.append((one, highest))
    return found


def _doubt(sample: Sample, one: Any, p: float) -> Doubt:
    _, source, name, _, size, behind = one
    rows = sample.at(behind)
    what = f"{printable(source, 60)}: {printable(name)} from row {rows[0]:,} on, {len(rows):,} rows"
    sure = f"rank sum p = {p:.2g} (Holm, all sources and columns); {size:+.1f} standard deviations"
    return Doubt(rule=CHANGE, what=what, sure=sure, columns=(name,), rows=rows)
