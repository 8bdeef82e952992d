"""What a table lost on its way to anonymity.

Sources: NCP: J. Xu et al., Utility-based anonymization using local recoding, KDD 2006. Discernibility: R. Bayardo and
R. Agrawal, Data privacy through optimal k-anonymization, ICDE 2005. Average class size: K. LeFevre et al., ICDE 2006.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.tables.protect.anonymising import Grouped


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What one column lost."""

    column: str
    penalty: float
    """Mean normalised certainty penalty of the rows that are left: 0 as before, 1 nothing is left."""
    values_before: int
    values_after: int
    """Different values, missing counted as one."""


class Utility(msgspec.Struct, frozen=True, kw_only=True):
    """What a table lost."""

    penalty: float
    """The mean over columns, rows that were left out counted as 1."""
    discernibility: int
    """The sum of squared class sizes, and for each row that was left out the number of all rows."""
    class_size: float
    """The mean number of rows of a class over k: 1 would be the best."""
    suppressed: int
    rows: int
    correlation: float | None
    """The largest change of a rank correlation between two of the columns; none: fewer than two that vary."""
    correlated: tuple[str, str] | None
    """These two."""
    columns: tuple[Lost, ...]


def utility(made: Grouped) -> Utility:
    """The losses of a table that was cut into classes."""
    rows = len(made.classes)
    kept = made.classes[made.classes >= 0]
    sizes = np.bincount(kept)
    columns = tuple(_lost(made, place, sizes) for place in range(len(made.columns)))
    mean = float(np.mean([one.penalty for one in columns]))
    change, pair = _correlation(made)
    return Utility(
        penalty=(mean * len(kept) + made.suppressed) / rows,
        discernibility=int((sizes.astype(object) ** 2).sum()) + made.suppressed * rows,
        class_size=float(sizes.mean() / made.wanted.k),
        suppressed=made.suppressed,
        rows=rows,
        correlation=change,
        correlated=pair,
        columns=columns,
    )


def _lost(made: Grouped, place: int, sizes: npt.NDArray[np.int64]) -> Lost:
    one = made.columns[place]
    low, high = made.low[:, place], made.high[:, place]
    return Lost(
        column=one.name,
        penalty=float((one.loss(low, high) * sizes).sum() / sizes.sum()),
        values_before=int(np.count_nonzero(np.bincount(one.codes))),
        values_after=len(np.unique(low.astype(np.int64) * (len(one.texts) + 1) + high)),
    )


def _correlation(made: Grouped) -> tuple[float | None, tuple[str, str] | None]:
    """Pearson's correlation of codes, which are ranks of values, before; and of the middles of ranges after."""
    kept = made.classes >= 0
    classes = made.classes[kept]
    before = [one.codes[kept].astype(np.float32) for one in made.columns]
    after = [((made.low[:, j] + made.high[:, j]) / 2).astype(np.float32)[classes] for j in range(len(before))]
    usable = [j for j in range(len(before)) if np.ptp(before[j]) > 0 and np.ptp(after[j]) > 0]
    if len(usable) < 2:
        return None, None
    apart = np.abs(np.corrcoef([before[j] for j in usable]) - np.corrcoef([after[j] for j in usable]))
    first, second = np.unravel_index(np.argmax(apart), apart.shape)
    return float(apart.max()), (made.columns[usable[int(first)]].name, made.columns[usable[int(second)]].name)
