"""Differences of two rates, with the interval that makes them sayable."""

from __future__ import annotations

import math
from statistics import NormalDist


def unpaired(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> tuple[float, float]:
    """An interval of the first rate minus the second, each given as (hits, trials) of different rows.

    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17 (1998), method 10. Both trials must be above 0.
    """
    (p, low_p, high_p), (q, low_q, high_q) = _scored(*first, confidence), _scored(*second, confidence)
    below = math.hypot(p - low_p, high_q - q)
    above = math.hypot(high_p - p, q - low_q)
    return max(-1.0, p - q - below), min(1.0, p - q + above)


def paired(both: int, first: int, second: int, neither: int, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of the first rate minus the second where both were counted on the same rows.

    ``first`` counts the rows that only the first hit, ``second`` those that only the second did.
    Source: R. G. Newcombe, Improved confidence intervals for the difference between binomial proportions based on
    paired data, Statistics in Medicine 17 (1998), method 10. There must be at least one row.
    """
    n = both + first + second + neither
    p, low_p, high_p = _scored(both + first, n, confidence)
    q, low_q, high_q = _scored(both + second, n, confidence)
    phi = _correlation(both, first, second, neither)
    down, up = (p - low_p, high_q - q), (high_p - p, q - low_q)
    below = math.sqrt(max(0.0, down[0] ** 2 - 2 * phi * down[0] * down[1] + down[1] ** 2))
    above = math.sqrt(max(0.0, up[0] ** 2 - 2 * phi * up[0] * up[1] + up[1] ** 2))
    return max(-1.0, p - q - below), min(1.0, p - q + above)


def _correlation(both: int, first: int, second: int, neither: int) -> float:
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    if margins == 0:
        return 0.0
    cross = both * neither - first * second
    if cross > 0:  # Newcombe's correction: less correlation is claimed than was seen
        cross = max(0, cross - (both + first + second + neither) // 2)
    return cross / math.sqrt(margins)


def _scored(hits: int, trials: int, confidence: float) -> tuple[float, float, float]:
    """The rate and its Wilson interval at any confidence."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate, square = hits / trials, z * z / trials
    middle = (rate + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials))
    return rate, max(0.0, middle - half), min(1.0, middle + half)
