"""What features tell: whether they give an attribute away, and whether people alike in them are decided about alike.

Unawareness is no protection where other columns carry the attribute: it is guessed from them, on people that the guess
did not learn from. Consistency: one less the mean distance of a decision from those of the nearest neighbours (Zemel
et al., Learning fair representations, ICML 2013, section 4.2).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from bartizan.core.extras import need
from bartizan.tables.fairness.asking import Asked
from bartizan.tables.fairness.counting import prepared
from bartizan.tables.fairness.features import encoded
from bartizan.tables.fairness.resampling import Estimate, drawn_tables
from bartizan.tables.reading import Table

NEIGHBOURS: Final = 5
_PEOPLE: Final = 10_000
"""People who are drawn to be looked at."""
_FOLDS: Final = 5


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """How well an attribute can be told from the features."""

    attribute: str
    is_used: bool
    """Whether it is a feature itself."""
    told: Estimate | None = None
    """The balanced accuracy of a guess."""
    by_chance: float = 0.0
    people: int = 0
    why: str = ""


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """How far people who are alike in the features are decided about alike."""

    value: Estimate | None
    by_chance: float = 0.0
    """Were each decision drawn anew, as often in favour."""
    people: int = 0
    neighbours: int = NEIGHBOURS
    why: str = ""


class Closer(msgspec.Struct, frozen=True, kw_only=True):
    """What features tell."""

    proxies: tuple[Proxy, ...]
    consistency: Consistency


def looked_closer(table: Table, asked: Asked) -> Closer:
    """Look at up to 10,000 people, drawn. Columns are held in memory. Raises InputError as `counted` does."""
    polars = need("polars")
    frame = prepared(table, asked, asked.features).filter(polars.col("decision").is_not_null())
    rows = table.collected(frame)
    rows = rows.sample(min(_PEOPLE, rows.height), seed=asked.seed)
    columns = {name: rows[f"x{i}"] for i, name in enumerate(asked.features)}
    x = encoded(columns, np.ones(rows.height, dtype=bool))
    proxies = tuple(
        Proxy(attribute=name, is_used=True) if name in asked.features else _told(name, rows[f"g{i}"], x, asked)
        for i, name in enumerate(asked.attributes)
    )
    return Closer(proxies=proxies, consistency=_consistency(x, rows["decision"].to_numpy(), asked))


def _told(name: str, groups: Any, x: Any, asked: Asked) -> Proxy:
    known = groups.is_not_null().to_numpy()
    values = np.array(groups.fill_null("").to_list(), dtype=object)
    least = max(asked.minimum, _FOLDS)
    kept = [value for value in sorted(set(values[known])) if int((values == value).sum()) >= least]
    if len(kept) < 2:
        return Proxy(attribute=name, is_used=False, why=f"fewer than two groups have {least:,} people of those drawn")
    rows = np.isin(values, kept)
    y = np.searchsorted(np.array(kept, dtype=str), values[rows].astype(str))
    model = need("sklearn.ensemble").HistGradientBoostingClassifier(
        class_weight="balanced", max_iter=50, random_state=asked.seed
    )
    folds = need("sklearn.model_selection").StratifiedKFold(_FOLDS, shuffle=True, random_state=asked.seed)
    guessed = need("sklearn.model_selection").cross_val_predict(model, x[rows], y, cv=folds)
    right = guessed == y
    numbers = np.array([[int((~right[y == i]).sum()), int(right[y == i].sum())] for i in range(len(kept))])
    (drawn,) = drawn_tables(numbers, [np.eye(len(kept))], asked.bootstraps, np.random.default_rng(asked.seed))
    rates = (drawn[:, :, 1] / np.maximum(drawn.sum(axis=2), 1)).mean(axis=1)
    low, high = np.quantile(rates, [0.025, 0.975])
    return Proxy(
        attribute=name,
        is_used=False,
        told=Estimate(value=float((numbers[:, 1] / numbers.sum(axis=1)).mean()), low=float(low), high=float(high)),
        by_chance=1 / len(kept),
        people=int(rows.sum()),
    )


def _consistency(x: Any, decided: Any, asked: Asked) -> Consistency:
    if len(x) < max(asked.minimum, NEIGHBOURS + 1):
        return Consistency(value=None, why=f"{len(x):,} people; {asked.minimum:,} are needed")
    found = need("sklearn.neighbors").NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(x)
    nearest = found.kneighbors(x, return_distance=False)
    itself = nearest == np.arange(len(x))[:, None]
    itself[~itself.any(axis=1), -1] = True  # more people are exactly alike than are looked at
    others = decided[nearest[~itself].reshape(len(x), NEIGHBOURS)].sum(axis=1)
    same = np.where(decided, others, NEIGHBOURS - others)
    numbers = np.bincount(same, minlength=NEIGHBOURS + 1)[None, :]
    (drawn,) = drawn_tables(numbers, [np.ones((1, 1))], asked.bootstraps, np.random.default_rng(asked.seed))
    shares = np.arange(NEIGHBOURS + 1) / NEIGHBOURS
    low, high = np.quantile(drawn[:, 0] @ shares / len(x), [0.025, 0.975])
    favour = float(decided.mean())
    return Consistency(
        value=Estimate(value=float(same.mean() / NEIGHBOURS), low=float(low), high=float(high)),
        by_chance=favour**2 + (1 - favour) ** 2,
        people=len(x),
    )
