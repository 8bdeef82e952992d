"""Noise by opendp: integers that are moved, an index that is chosen; and how far the noise reaches.

Everything that gets noise is an integer, so that no rounding of floating-point numbers tells what the noise hid
(I. Mironov, On significance of the least significant bits for differential privacy, CCS 2012).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bartizan.core.extras import need

Integers = npt.NDArray[np.int64]
_LARGEST: Final = 1 << 60


def moved(exact: Integers, change: int, epsilon: Fraction) -> Integers:
    """Integers with Laplace noise, shape as given.

    `change` is by how much one person may change them, all together (the L1 sensitivity). Raises ValueError where that,
    or they, are too large to be counted in 64 bits.
    """
    if change > _LARGEST or np.abs(exact).max(initial=0) > _LARGEST:
        raise ValueError("sums too large for 64 bits")
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    mechanism = dp.m.make_laplace(*space, scale=scale_of(change, epsilon))
    _hold(mechanism.map(change), epsilon)
    return np.array(mechanism([int(one) for one in exact.ravel()]), np.int64).reshape(exact.shape)


def least_of(scores: Integers, change: int, epsilon: Fraction) -> int:
    """The place of a low score, the lowest most often: permute-and-flip, by opendp's noisy maximum.

    `change` is by how much one person may change each score.
    """
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.linf_distance(T="i64")
    mechanism = dp.m.make_noisy_max(*space, dp.max_divergence(), scale=2 * scale_of(change, epsilon), negate=True)
    _hold(mechanism.map(change), epsilon)
    return int(mechanism([int(one) for one in scores]))


def scale_of(change: int, epsilon: Fraction) -> float:
    """The scale of Laplace noise that keeps to an epsilon: the next float above what is exact."""
    return math.nextafter(float(change / epsilon), math.inf)


def reach(change: int, epsilon: Fraction, miss: float = 0.05) -> float:
    """How far the noise moves a number, but for a share of so many misses.

    Of the discrete Laplace distribution: P(|noise| >= n) = 2 a^n / (1 + a) for a = exp(-1 / scale).
    """
    scale = scale_of(change, epsilon)
    ratio = math.exp(-1 / scale)
    return max(0.0, math.ceil(math.log(miss * (1 + ratio) / 2) * -scale) - 1)


def _hold(measured: float, epsilon: Fraction) -> None:
    """What opendp proves of the mechanism is no more than what is paid for; a hair is what its rounding up adds."""
    if Fraction(measured) > epsilon * (1 + Fraction(1, 10**9)):
        raise AssertionError(f"the noise spends {measured}, and {float(epsilon)} was asked for")


def _opendp() -> Any:
    dp = need("opendp.prelude")
    dp.enable_features("contrib")
    return dp
