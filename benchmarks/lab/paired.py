"""What the benchmarks against peers share: CPU time, intervals over repetitions, and bars that are met or missed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T")
_DRAWS = 10_000


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """The result, and the CPU seconds of the whole process."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def interval(values: list[float], statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> str:
    """The statistic, and its 95 % percentile-bootstrap interval over the values; the seed is fixed."""
    known = np.asarray(values, float)
    draws = np.random.default_rng(0).integers(0, len(known), (_DRAWS, len(known)))
    with np.errstate(invalid="ignore"):
        low, high = np.nanquantile(statistic(known[draws]), [0.025, 0.975], method="nearest")
    return f"{float(statistic(known[None])[0]):.3g} ({low:.3g} to {high:.3g})"


def mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along the last axis."""
    return np.asarray(rows.mean(axis=-1))


def median(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along the last axis."""
    return np.asarray(np.median(rows, axis=-1))


def verdict(met: bool, repetitions: int = 5) -> str:
    """As the tables print it; a smoke test is too small to judge by."""
    if repetitions < 5:
        return f"not judged ({repetitions} of 5 repetitions)"
    return "met" if met else "MISSED"
