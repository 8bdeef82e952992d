"""What training has spent of a privacy budget: one account over many runs on the same data.

The ledger counts for itself and asks no training library, so that its figure is a second opinion on theirs. It takes
releases only where it can vouch for the proof behind them: the Gaussian mechanism on a Poisson sample, and mechanisms
with a pure epsilon.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.core.extras import need
from bartizan.targets.predictor import Unsuitable

Neighbours: TypeAlias = Literal["add or remove", "replace"]
"""Which two data sets must be hard to tell apart: one has a record more, or one record differs."""
Accountant: TypeAlias = Literal["rdp", "prv"]

_ORDERS: NDArray[np.float64] = np.r_[np.arange(1.1, 11, 0.1).round(1), np.arange(11.0, 64), 2.0 ** np.arange(6, 11)]


class BudgetExceeded(Unsuitable):
    """A run would spend more privacy than is left; its text says how much there is."""


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training run, as far as its privacy goes."""

    what: str
    neighbours: Neighbours
    noise: float = 0.0
    """Noise multiplier of the Gaussian mechanism: standard deviation over clipping norm. 0: the release is pure."""
    rate: float = 1.0
    """Chance of each record to be in a step: a Poisson sample, drawn anew for each step."""
    steps: int = 0
    epsilon: float = 0.0
    """Of a pure release."""


class PrivacyLedger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Budget and releases. A value: `charge` returns the next one, or raises and changes nothing."""

    budget: float | None = None
    """The most epsilon that all releases together may spend at delta. None: no limit, only an account."""
    delta: float = 1e-5
    releases: tuple[Release, ...] = ()
    accountant: Accountant = "rdp"
    """RDP is counted here; PRV is tighter and counted by opacus."""

    @property
    def spent(self) -> float:
        """Epsilon at delta of all releases together; 0 for none."""
        pure = [r.epsilon for r in self.releases if r.steps == 0]
        noisy = [r for r in self.releases if r.steps]
        if not noisy:  # what is pure adds up, with delta 0, or better by way of RDP
            return min(math.fsum(pure), _epsilon(_total(self.releases), self.delta)) if pure else 0.0
        if self.accountant == "prv":
            return _prv(noisy, self.delta) + math.fsum(pure)
        joint = _epsilon(_total(self.releases), self.delta)
        return min(joint, _epsilon(_total(tuple(noisy)), self.delta) + math.fsum(pure))

    @property
    def left(self) -> float:
        """What may still be spent; infinite without a budget."""
        return math.inf if self.budget is None else max(0.0, self.budget - self.spent)

    def charge(self, release: Release) -> PrivacyLedger:
        """The ledger with one more release. Raises BudgetExceeded above the budget.

        Raises Unsuitable where it cannot be added up with the others: releases that hide different things.
        """
        others = {r.neighbours for r in self.releases} - {release.neighbours}
        if others:
            raise Unsuitable(
                f"{release.what} hides a record by '{release.neighbours}', earlier releases by '{others.pop()}': "
                "their epsilons do not add up; keep a ledger for each"
            )
        after = msgspec.structs.replace(self, releases=(*self.releases, release))
        if self.budget is not None and not after.spent <= self.budget:
            raise BudgetExceeded(
                f"{release.what} would bring epsilon from {self.spent:.3g} to {after.spent:.3g} at delta "
                f"{self.delta:g}; the budget is {self.budget:.3g}"
            )
        return after

    def statement(self) -> str:
        """What was spent, in a line."""
        relation = self.releases[0].neighbours if self.releases else "any"
        return (
            f"epsilon {self.spent:.3f} at delta {self.delta:g} over {len(self.releases)} releases, "
            f"neighbours by '{relation}', counted by {self.accountant.upper()}"
        )


def rdp(release: Release) -> NDArray[np.float64]:
    """The Rényi divergence bound of a release at the orders that the ledger uses, shape (orders,).

    Sampled Gaussian: I. Mironov, K. Talwar, L. Zhang, Rényi differential privacy of the sampled Gaussian mechanism,
    2019, section 3.3. Pure: M. Bun, T. Steinke, Concentrated differential privacy, TCC 2016, proposition 3.3.
    """
    if release.steps == 0:
        return np.asarray(np.minimum(release.epsilon, _ORDERS * release.epsilon**2 / 2))
    if release.noise <= 0:
        return np.full(len(_ORDERS), math.inf)
    if release.rate >= 1:
        return release.steps * _ORDERS / (2 * release.noise**2)
    low = _moments_by_quadrature(release.rate, release.noise, _ORDERS[_ORDERS < 11])
    high = [_moment_by_sum(release.rate, release.noise, int(order)) for order in _ORDERS[_ORDERS >= 11]]
    return np.asarray(release.steps * np.maximum(0.0, np.r_[low, high]) / (_ORDERS - 1))


def _moments_by_quadrature(rate: float, noise: float, orders: NDArray[np.float64]) -> NDArray[np.float64]:
    """Its value is log E[(1 - q + q exp((2z - 1) / 2s^2))^order] for z ~ N(0, s^2).

    By the trapezoid rule, whose error falls exponentially for so smooth an integrand.
    """
    step = noise / 32
    z = np.arange(-14 * noise, orders.max() + 14 * noise, step)[None]
    ratio = np.logaddexp(math.log1p(-rate), math.log(rate) + (2 * z - 1) / (2 * noise**2))
    density = -(z**2) / (2 * noise**2) - math.log(noise * math.sqrt(2 * math.pi)) + math.log(step)
    found: NDArray[np.float64] = need("scipy.special").logsumexp(density + orders[:, None] * ratio, axis=1)
    return found


def _moment_by_sum(rate: float, noise: float, order: int) -> float:
    """The same for a whole order, by the binomial theorem."""
    special = need("scipy.special")
    k = np.arange(order + 1)
    binomial = special.gammaln(order + 1) - special.gammaln(k + 1) - special.gammaln(order - k + 1)
    terms = binomial + k * math.log(rate) + (order - k) * math.log1p(-rate) + (k * k - k) / (2 * noise**2)
    return float(special.logsumexp(terms))


def _total(releases: tuple[Release, ...]) -> NDArray[np.float64]:
    return np.asarray(np.sum([rdp(release) for release in releases], axis=0))


def _epsilon(divergence: NDArray[np.float64], delta: float) -> float:
    """Epsilon at delta. Source: C. Canonne, G. Kamath, T. Steinke, The discrete Gaussian, 2020, proposition 12."""
    gain = np.log1p(-1 / _ORDERS) - (math.log(delta) + np.log(_ORDERS)) / (_ORDERS - 1)
    return max(0.0, float(np.min(divergence + gain)))


def _prv(releases: list[Release], delta: float) -> float:
    accountant = need("opacus.accountants").PRVAccountant()
    accountant.history = [(r.noise, r.rate, r.steps) for r in releases]
    # A rate of 1 makes opacus take the logarithm of 0 and compare with it, which is meant and comes out right.
    with np.errstate(divide="ignore"):
        return float(accountant.get_epsilon(delta))


def noise_for(epsilon: float, delta: float, rate: float, steps: int) -> float:
    """The smallest noise multiplier, to a thousandth, whose steps stay within epsilon at delta, counted by RDP."""
    low, high = 0.0, 1.0
    while _epsilon(rdp(_steps(high, rate, steps)), delta) > epsilon:
        low, high = high, high * 2
        if high > 2**20:
            raise Unsuitable(f"no noise brings {steps} steps within epsilon {epsilon:g} at delta {delta:g}")
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if _epsilon(rdp(_steps(middle, rate, steps)), delta) <= epsilon else (middle, high)
    return high


def _steps(noise: float, rate: float, steps: int) -> Release:
    return Release(what="", neighbours="add or remove", noise=noise, rate=rate, steps=steps)
