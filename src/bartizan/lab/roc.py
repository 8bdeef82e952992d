"""How well a score tells members from non-members: the curve, its area, and what is found while few are accused.

Pure: scores in, one value out that can be kept as JSON. Averages hide who is exposed, so the rates at low rates of
false positives are there too (N. Carlini et al., Membership Inference Attacks From First Principles, S&P 2022, III).
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bartizan.core.interval import wilson

_Z = 1.959963984540054
_POINTS = 200
"""At most so many points of a curve are kept."""
_SPARE = 10
"""So many false positives must be expected at a rate before that rate means anything."""


class Found(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many members are found while at most so many non-members are accused."""

    fpr: float
    """The false-positive rate that was allowed."""
    hits: int
    """Members above the threshold."""
    trials: int
    """Members."""
    rate: float
    low: float
    high: float
    """The 95 % Wilson interval of the rate, for the threshold as it was found on these non-members."""
    accused: int
    """Non-members above the threshold."""
    enough: bool
    """Whether there were non-members enough for this rate."""
    note: str = ""
    """Where there were not: how many there were, and how many it takes."""


class Roc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a score is worth for telling members from non-members."""

    members: int
    non_members: int
    fpr: tuple[float, ...]
    tpr: tuple[float, ...]
    """The curve from (0, 0) to (1, 1), at most 200 points, denser where the false-positive rate is low."""
    auc: float
    """The area under the whole curve, before it was thinned; ties count half."""
    low: float
    high: float
    """The area's 95 % interval."""
    interval: str
    """How that interval was made."""
    found: tuple[Found, ...]
    """At false-positive rates of 0.1 % and 1 %."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What these data are too few for."""
        return tuple(one.note for one in self.found if one.note)


def roc(members: ArrayLike, non_members: ArrayLike, rates: tuple[float, ...] = (0.001, 0.01)) -> Roc:
    """The curve of these scores, the higher the likelier a member; each of shape (n,), not empty, no NaN.

    Infinite scores are fine. Raises ValueError where a group is empty or holds NaN.
    """
    inside, outside = _checked("members", members), _checked("non-members", non_members)
    auc, low, high, how = _area(inside, outside)
    fpr, tpr = _curve(inside, outside)
    kept = _thinned(fpr)
    return Roc(
        members=len(inside),
        non_members=len(outside),
        fpr=tuple(fpr[kept].tolist()),
        tpr=tuple(tpr[kept].tolist()),
        auc=auc,
        low=low,
        high=high,
        interval=how,
        found=tuple(_found(inside, outside, rate) for rate in rates),
    )


def _checked(group: str, scores: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(scores, np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{group}: scores of shape {values.shape}; expected (n,) with at least one")
    if np.isnan(values).any():
        raise ValueError(f"{group}: {int(np.isnan(values).sum())} of {len(values)} scores are NaN")
    return values


def _area(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> tuple[float, float, float, str]:
    """The area, its interval and the interval's name.

    Source: E. DeLong, D. DeLong and D. Clarke-Pearson, Biometrics 44 (1988), in the form by ranks of X. Sun and W. Xu,
    IEEE Signal Processing Letters 21 (2014). It gives no width where the groups do not overlap, or one of them has a
    single record: then each record of the smaller group counts as a trial, in Wilson's interval.
    """
    m, n = len(inside), len(outside)
    both = _midranks(np.concatenate([inside, outside]))
    above = (both[:m] - _midranks(inside)) / n
    below = 1 - (both[m:] - _midranks(outside)) / m
    auc = float(above.mean())
    variance = (above.var(ddof=1) / m + below.var(ddof=1) / n) if min(m, n) > 1 else 0.0
    if variance <= 0:
        low, high = wilson(round(auc * min(m, n)), min(m, n))
        return auc, min(low, auc), max(high, auc), "Wilson on the smaller group; DeLong gives no width here"
    half = _Z * float(np.sqrt(variance))
    return auc, max(0.0, auc - half), min(1.0, auc + half), "DeLong"


def _midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[where], np.float64)


def _curve(
    inside: NDArray[np.float64], outside: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False- and true-positive rate at each distinct score, highest first, from (0, 0)."""
    scores = np.concatenate([inside, outside])
    order = np.argsort(-scores, kind="stable")
    hit = (order < len(inside)).astype(float)
    last = np.flatnonzero(np.append(scores[order][1:] != scores[order][:-1], True))
    tpr = np.cumsum(hit)[last] / len(inside)
    fpr = np.cumsum(1 - hit)[last] / len(outside)
    return np.concatenate([[0.0], fpr]), np.concatenate([[0.0], tpr])


def _thinned(fpr: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which points to keep: half of them evenly along the curve, half evenly by the magnitude of its x."""
    last = len(fpr) - 1
    if last < _POINTS:
        return np.arange(last + 1)
    even = np.linspace(0, last, _POINTS // 2).astype(int)
    wanted = np.geomspace(max(float(fpr[fpr > 0].min()), 1e-9), 1.0, _POINTS // 2)
    rare = np.searchsorted(fpr, wanted, side="right") - 1
    return np.unique(np.concatenate([even, rare]))


def _found(inside: NDArray[np.float64], outside: NDArray[np.float64], rate: float) -> Found:
    allowed = int(np.floor(rate * len(outside) + 1e-9))
    ranked = np.sort(outside)[::-1]
    # Everything strictly above the first non-member too many: ties with it would accuse it as well.
    bar = ranked[allowed] if allowed < len(ranked) else -np.inf
    hits = int((inside > bar).sum())
    low, high = wilson(hits, len(inside))
    needed = int(np.ceil(_SPARE / rate - 1e-9))
    enough = len(outside) >= needed
    note = f"not enough non-members for a false-positive rate of {rate:.1%}: {len(outside):,}, and it takes {needed:,}"
    return Found(
        fpr=rate,
        hits=hits,
        trials=len(inside),
        rate=hits / len(inside),
        low=low,
        high=high,
        accused=int((outside > bar).sum()),
        enough=enough,
        note="" if enough else note,
    )
