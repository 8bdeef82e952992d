"""Values, and whole rows, far from all others."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.tables.quality.doubt import Doubt, Rule, Skipped
from bartizan.tables.quality.encoding import numbers
from bartizan.tables.quality.sample import Sample

VALUE: Final = Rule(
    id="outliers.value",
    title="Values far from all others of their column",
    why="A unit that was mistaken, a code for 'no value', or a point that was put there to pull a model.",
)
ROW: Final = Rule(
    id="outliers.row",
    title="Rows unlike all others",
    why="Each value may be ordinary and the combination is not: another population, a mistake, or poison.",
)
RULES: Final = (VALUE, ROW)
_FAR: Final = 12.0
_ALONE: Final = 8.0
_FEWEST: Final = 10
_FEW: Final = 50


def outlier_doubts(sample: Sample, *, seed: int = 0) -> list[Doubt]:
    """Values apart from all others, and rows whose isolation score (Liu, Ting and Zhou 2008) stands far above the rest.

    A value is apart where its modified z-score (Iglewicz and Hoaglin 1993) is over 12, and twice that of any value that
    is not: the end of a long tail is none.
    """
    if sample.frame.height < _FEWEST:
        raise Skipped(f"fewer than {_FEWEST} rows, of which none can be called ordinary")
    x, names = numbers(sample)
    found = [
        one
        for place, name in enumerate(names)
        if sample.role(name) == "number" and (one := _values(sample, x[:, place], name))
    ]
    if len(x) < _FEW or x.shape[1] < 2:
        return found
    return [*found, *_rows(sample, x, seed)]


def _values(sample: Sample, x: npt.NDArray[np.float64], name: str) -> Doubt | None:
    z = np.abs(_deviations(x))
    ordered = np.sort(z)
    gaps = np.flatnonzero((ordered[1:] > _FAR) & (ordered[1:] >= 2 * ordered[:-1]))
    if not len(gaps):
        return None
    far = np.flatnonzero(z >= ordered[gaps[0] + 1])
    if len(far) > 0.05 * len(x):  # a twentieth of a column is another population
        return None
    worst = far[np.argsort(-z[far])[:3]]
    what = f"{printable(name)}: {', '.join(f'{x[one]:.10g}' for one in worst)}; the middle is {np.nanmedian(x):g}"
    sure = f"{len(far):,} of {len(x):,} rows, modified z-scores of {z[far].min():.0f} to {z[far].max():.0f}"
    return Doubt(rule=VALUE, what=what, sure=sure, columns=(name,), rows=sample.at(far))


def _deviations(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Modified z-scores; 0 for missing values, and for all where more than half of them are the same."""
    if not np.isfinite(x).any():
        return np.zeros(len(x))
    off = x - np.nanmedian(x)
    spread = 1.4826 * np.nanmedian(np.abs(off))
    return np.nan_to_num(off / spread if spread else np.zeros(len(x)))


def _rows(sample: Sample, x: npt.NDArray[np.float64], seed: int) -> list[Doubt]:
    forest = need("sklearn.ensemble").IsolationForest(n_estimators=100, random_state=seed)
    filled = np.where(np.isnan(x), np.nan_to_num(np.nanmedian(x, axis=0)), x)
    scores = -forest.fit(filled).score_samples(filled)
    z = _deviations(scores)
    far = np.flatnonzero(z > _ALONE)
    if not len(far):
        return []
    sure = (
        f"{len(far):,} of {len(x):,} rows, isolation scores {z[far].min():.0f} to {z[far].max():.0f} deviations above"
        f" the median (seed {seed})"
    )
    return [Doubt(rule=ROW, what="their combination of values stands alone", sure=sure, rows=sample.at(far))]
