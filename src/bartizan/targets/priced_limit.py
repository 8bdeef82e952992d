"""A limit that also counts what the changes cost: an attacker who can do much may still not be able to pay for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Domain, Inputs, flat
from bartizan.targets.limit import Limit, Norm


class PricedLimit(Limit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ball around each input, cut to the changes that cost no more than ``most``, at a price for each value.

    With an infinite radius the cost alone counts.
    """

    most: float
    prices: tuple[float, ...]
    """What one unit of change of each value costs, 0 or more."""

    @classmethod
    def of(cls, domain: Domain, norm: Norm, radius: float, most: float) -> PricedLimit:
        """With the prices of a domain's features, in the units that the domain has."""
        steps = np.eye(domain.size).reshape(-1, *domain.shape)
        prices = domain.cost(steps, np.zeros_like(steps))
        return cls(norm=norm, radius=radius, most=most, prices=tuple(prices.tolist()))

    def __str__(self) -> str:
        return f"{super().__str__()}, cost {self.most:g}"

    def cost(self, x: Inputs, origin: Inputs) -> NDArray[np.float64]:
        """What the changes of each sample cost, shape (n,)."""
        return _cost(_change(x, origin), self._prices())

    def holds(self, x: Inputs, origin: Inputs, slack: float = 1e-5) -> NDArray[np.bool_]:
        """Which samples lie within the ball and can be paid for, shape (n,)."""
        paid = self.cost(x, origin) <= self.most * (1 + slack) + 1e-9
        return np.asarray(super().holds(x, origin, slack) & paid)

    def project(self, x: Inputs, origin: Inputs) -> Inputs:
        """Points within it, same shape and type as ``x``: the nearest in the ball, moved as little as it takes to pay.

        Paying less only shortens changes, so the ball is not left again. Source: Duchi, Shalev-Shwartz, Singer,
        Chandra, Efficient projections onto the l1-ball (ICML 2008), section 3, with a weight for each value.
        """
        change, prices = _change(super().project(x, origin), origin), self._prices()
        dear = _cost(change, prices) > self.most
        change[dear] = _affordable(change[dear], prices, self.most)
        nearest: Inputs = (origin + change.reshape(x.shape)).astype(x.dtype, copy=False)
        return nearest

    def _prices(self) -> NDArray[np.float64]:
        return np.asarray(self.prices, np.float64)


def _change(x: Inputs, origin: Inputs) -> NDArray[np.float64]:
    change: NDArray[np.float64] = flat(np.asarray(x, float) - np.asarray(origin, float))
    return change


def _cost(change: NDArray[np.float64], prices: NDArray[np.float64]) -> NDArray[np.float64]:
    cost: NDArray[np.float64] = np.abs(change) @ prices
    return cost


def _affordable(change: NDArray[np.float64], prices: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """The nearest changes that cost exactly ``most``; each of ``change`` costs more."""
    size = np.abs(change)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(prices > 0, size / prices, np.inf)
    order = np.argsort(-worth, axis=1)
    spent = np.cumsum(np.take_along_axis(size * prices, order, axis=1), axis=1)
    weight = np.cumsum(prices[order] ** 2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(weight > 0, (spent - most) / weight, -np.inf)
    # each prefix asks for no more than all values do, and the right one for just as much: the largest is the answer
    shorter: NDArray[np.float64] = np.sign(change) * np.maximum(size - cut.max(axis=1, keepdims=True) * prices, 0.0)
    return shorter
