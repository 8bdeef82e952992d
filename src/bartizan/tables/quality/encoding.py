"""Columns as numbers, for models and distances, and what a model says of rows that it never saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bartizan.core.extras import need
from bartizan.tables.quality.doubt import Skipped
from bartizan.tables.quality.sample import Sample


def numbers(sample: Sample) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    """Numbers as they are and categories as the rank of their frequency; rows x columns, NaN where a value is missing.

    Texts and other columns are left out. Raises Skipped where no column is left.
    """
    polars = need("polars")
    kept, names = [], []
    for name in sample.features:
        role, series = sample.role(name), sample.frame[name]
        if role == "number":
            values = series.cast(polars.Float64).to_numpy()
        elif role == "category":
            values = _ranked(series)
        else:
            continue
        kept.append(np.where(np.isfinite(values), values, np.nan))
        names.append(name)
    if not kept:
        raise Skipped("no column of numbers or categories")
    return np.column_stack(kept), tuple(names)


def _ranked(series: Any) -> npt.NDArray[np.float64]:
    values = series.to_list()
    unique, first, counts = np.unique([str(one) for one in values], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = {str(unique[one]): float(place) for place, one in enumerate(order)}
    return np.array([np.nan if one is None else rank[str(one)] for one in values])


def texts(sample: Sample) -> list[str]:
    """All columns of texts of each row, as one text; empty where no column is of texts."""
    names = [name for name in sample.features if sample.role(name) == "text"]
    return [" ".join(part or "" for part in row) for row in sample.frame.select(names).rows()] if names else []


def words(joined: list[str]) -> Any:
    """TF-IDF of texts, a sparse matrix; None where there is no word in any of them."""
    if not joined:
        return None
    made = need("sklearn.feature_extraction.text").TfidfVectorizer(max_features=20_000, sublinear_tf=True)
    try:
        return made.fit_transform(joined)
    except ValueError:
        return None


def unseen_scores(x: Any, y: npt.NDArray[np.int64], *, folds: int, seed: int) -> npt.NDArray[np.float64]:
    """Probabilities of each label (rows x labels) for each row, by a model that was trained on other rows.

    Logistic regression for a sparse matrix of words, gradient boosting for a dense one.
    """
    selection = need("sklearn.model_selection")
    if isinstance(x, np.ndarray):
        model = need("sklearn.ensemble").HistGradientBoostingClassifier(
            random_state=seed, max_iter=50, max_leaf_nodes=8
        )
    else:
        model = need("sklearn.linear_model").LogisticRegression(max_iter=1_000)
    split = selection.StratifiedKFold(folds, shuffle=True, random_state=seed)
    with need("threadpoolctl").threadpool_limits(1):  # threads that wait for one another cost more than they give
        found = selection.cross_val_predict(model, x, y, cv=split, method="predict_proba")
    return np.asarray(found, np.float64)


def labelled(sample: Sample, least: int = 2) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Labels as 0..n-1 with their names; -1 where a label is missing. Raises Skipped for too few or many."""
    if not sample.label:
        raise Skipped("no label was named: use --label COLUMN")
    values = sample.frame[sample.label].to_list()
    names = sorted({str(one) for one in values if one is not None})
    if not 2 <= len(names) <= 100:
        raise Skipped(f"the label has {len(names):,} values; 2 to 100 can be checked")
    place = {name: n for n, name in enumerate(names)}
    y = np.array([-1 if one is None else place[str(one)] for one in values], np.int64)
    smallest = int(np.bincount(y[y >= 0], minlength=len(names)).min())
    if smallest < least:
        raise Skipped(f"the rarest label has {smallest} rows; {least} are needed")
    return y, tuple(names)
