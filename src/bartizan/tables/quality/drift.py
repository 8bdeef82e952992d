"""Columns against those of another table: the data of last time, of training, of another source."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.tables.quality.doubt import Doubt, Rule, Skipped
from bartizan.tables.quality.sample import Sample

DRIFT: Final = Rule(
    id="drift.column",
    title="A column is distributed otherwise than before",
    why="The world changed, or the pipeline, or somebody moves it; a model that was tested before is not tested now.",
    threat="data_poison",
)
GAPS: Final = Rule(
    id="drift.gaps",
    title="Another share of values is missing than before",
    why="A source that stopped to deliver a value changes what a model sees without any value being wrong.",
)
RULES: Final = (DRIFT, GAPS)
_SURE: Final = 0.001
"""After Holm's correction over all columns."""
_LARGE: Final = 0.2
"""Population stability index from which a shift is called large (Siddiqi 2006, Credit Risk Scorecards, chapter 9)."""
_FEW: Final = 30


def drift_doubts(now: Sample, before: Sample) -> list[Doubt]:
    """Columns of both whose distribution differs, surely and by much.

    Numbers: two-sample Kolmogorov-Smirnov test. Categories: chi-squared test of homogeneity, rare ones together. With
    many rows any difference is sure, so the population stability index must be large too.
    """
    shared = [name for name in now.frame.columns if name in before.frame.columns]
    if not shared:
        raise Skipped("the two tables share no column")
    if min(now.frame.height, before.frame.height) < _FEW:
        raise Skipped(f"one of the tables has fewer than {_FEW} rows")
    tested = [one for name in shared if (one := _column(name, now.frame[name], before.frame[name]))]
    return [*_significant(tested), *_gaps(now, before, shared)]


def _column(name: str, now: Any, before: Any) -> tuple[str, str, float, float] | None:
    polars = need("polars")
    stats = need("scipy.stats")
    if now.dtype.is_numeric() and before.dtype.is_numeric() and before.n_unique() > 10:
        a, b = (one.drop_nulls().cast(polars.Float64).to_numpy() for one in (now, before))
        a, b = a[np.isfinite(a)], b[np.isfinite(b)]
        if min(len(a), len(b)) < _FEW:
            return None
        edges = np.unique(np.quantile(b, np.linspace(0, 1, 11)[1:-1]))
        counts = [np.bincount(np.searchsorted(edges, one), minlength=len(edges) + 1) for one in (a, b)]
        return name, "Kolmogorov-Smirnov", float(stats.ks_2samp(a, b).pvalue), stability(*counts)
    a, b = (one.drop_nulls().cast(polars.String) for one in (now, before))
    if min(len(a), len(b)) < _FEW or b.n_unique() > max(50, len(b) // 20):
        return None
    first, second = _counts(a, b)
    if len(first) < 2:
        return None
    return name, "chi-squared", float(stats.chi2_contingency([first, second]).pvalue), stability(first, second)


def _counts(now: Any, before: Any) -> tuple[Any, Any]:
    """Counts by category; those that are expected less than five times in either are counted together."""
    a, b = (dict(one.value_counts().rows()) for one in (now, before))
    names = sorted(set(a) | set(b))
    table = np.array([[one.get(name, 0) for name in names] for one in (a, b)])
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    rare = (expected < 5).any(0)
    if not rare.any():
        return table[0], table[1]
    joined = np.c_[table[:, ~rare], table[:, rare].sum(1)]
    return joined[0], joined[1]


def stability(now: Any, before: Any) -> float:
    """Population stability index of two counts over the same bins; half a row is added to each, to keep it finite."""
    p, q = ((np.asarray(one, float) + 0.5) / (np.sum(one) + 0.5 * len(one)) for one in (now, before))
    return float(((p - q) * np.log(p / q)).sum())


def _significant(tested: list[tuple[str, str, float, float]]) -> list[Doubt]:
    found = []
    for rank, (name, test, p, psi) in enumerate(sorted(tested, key=lambda one: one[2])):
        corrected = min(1.0, p * (len(tested) - rank))
        if corrected >= _SURE:
            break
        if psi >= _LARGE:
            sure = (
                f"{test} p = {corrected:.2g} (Holm, {len(tested)} columns);"
                f" stability index {psi:.2f}, large from {_LARGE}"
            )
            found.append(Doubt(rule=DRIFT, what=printable(name), sure=sure, columns=(name,)))
    return found


def _gaps(now: Sample, before: Sample, shared: list[str]) -> list[Doubt]:
    stats = need("scipy.stats")
    found = []
    for name in shared:
        a, b = now.frame[name].null_count(), before.frame[name].null_count()
        table = [[a, now.frame.height - a], [b, before.frame.height - b]]
        p = min(1.0, float(stats.fisher_exact(table).pvalue) * len(shared))
        if p < _SURE and abs(a / now.frame.height - b / before.frame.height) > 0.02:
            what = f"{printable(name)}: {a / now.frame.height:.1%} missing, {b / before.frame.height:.1%} before"
            sure = f"Fisher's exact test p = {p:.2g} (Bonferroni, {len(shared)} columns)"
            found.append(Doubt(rule=GAPS, what=what, sure=sure, columns=(name,)))
    return found
