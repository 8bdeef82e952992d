"""What there is to plan for: risks to bring within appetite, and controls that take steps off them at a cost.

A control takes steps off the likelihood or the impact of some risks. A risk is settled when the level that the matrix
gives for what is left is within appetite; where all controls together cannot do that, when it is as low as they bring
it. That is a covering problem with a monotone test. Levels are counted exactly as in `rate.reduced`: what is
implemented and not verified counts in part and to the floor, and taking it means to verify it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from bartizan.assess.rate import IMPACT_FLOOR, after, can_be_taken
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Plan, Risk
from bartizan.core.terms import ControlId, ControlStatus


class Exposure(msgspec.Struct, frozen=True):
    """A risk as the plan sees it: its inherent steps less what is verified, and what is claimed on top of that."""

    id: str
    likelihood: float
    impact: float
    claimed_likelihood: float = 0.0
    claimed_impact: float = 0.0


class Gain(msgspec.Struct, frozen=True, gc=False):
    """What an offer takes off one risk, in steps; ``counted`` is the share of it that counts already as a claim.

    Of one that was measured not to hold, nothing of the likelihood counts already.
    """

    risk: int
    likelihood: float
    impact: float
    counted: float = 0.0
    holds: bool = True

    @property
    def counted_likelihood(self) -> float:
        """The share of its likelihood that counts already."""
        return self.counted if self.holds else 0.0


class Offer(msgspec.Struct, frozen=True):
    """A control that can be taken: its cost, and what it takes off which risks."""

    control: ControlId
    cost: float
    gains: tuple[Gain, ...]


class Problem(msgspec.Struct, frozen=True):
    """What to plan for. The matrix may not fall where likelihood or impact rises."""

    risks: tuple[Exposure, ...]
    offers: tuple[Offer, ...]
    matrix: tuple[tuple[int, ...], ...]
    appetite: int
    floor: int = 1
    """The likelihood below which nothing unverified brings a risk."""

    def level(self, risk: Exposure, gains: Iterable[Gain] = ()) -> int:
        """The level of what is left of a risk after these gains; fractions of a step are rounded up."""
        likely, bad, claimed_likely, claimed_bad = 0.0, 0.0, risk.claimed_likelihood, risk.claimed_impact
        for gain in gains:
            likely += gain.likelihood
            bad += gain.impact
            claimed_likely -= gain.likelihood * gain.counted_likelihood
            claimed_bad -= gain.impact * gain.counted
        row = after(risk.likelihood, likely, claimed_likely, self.floor)
        column = after(risk.impact, bad, claimed_bad, IMPACT_FLOOR)
        return self.matrix[row - 1][column - 1]

    def levels(self, taken: Collection[int]) -> tuple[int, ...]:
        """The level of every risk once the offers of these indices are taken."""
        gains: list[list[Gain]] = [[] for _ in self.risks]
        for number in sorted(taken):
            for gain in self.offers[number].gains:
                gains[gain.risk].append(gain)
        return tuple(self.level(risk, found) for risk, found in zip(self.risks, gains, strict=True))

    def targets(self) -> tuple[int, ...]:
        """The level to bring each risk to: the appetite, or the lowest that can be reached where that is higher."""
        return tuple(max(self.appetite, lowest) for lowest in self.levels(range(len(self.offers))))


def problem_of(risks: Iterable[Risk], catalog: Catalog) -> Problem:
    """The planning problem of an assessment: all that is ours or shared and not verified can be taken."""
    scales = catalog.scales
    ordered = sorted(risks, key=lambda r: (-r.current.level, r.id))
    offered: dict[ControlId, list[Gain]] = {}
    exposures = []
    for index, risk in enumerate(ordered):
        exposures.append(_exposure(risk, scales.unverified))
        for advice in risk.controls:
            if can_be_taken(advice):
                counted = scales.unverified if advice.status is ControlStatus.IMPLEMENTED else 0.0
                gain = Gain(index, advice.likelihood, advice.impact, counted, advice.holds is not False)
                offered.setdefault(advice.control, []).append(gain)
    offers = tuple(
        Offer(control, scales.costs[catalog.controls[control].effort], tuple(gains))
        for control, gains in sorted(offered.items())
    )
    return Problem(tuple(exposures), offers, scales.matrix, scales.appetite, scales.floor)


def _exposure(risk: Risk, unverified: float) -> Exposure:
    likely, bad = float(risk.inherent.likelihood), float(risk.inherent.impact)
    claimed_likely = claimed_bad = 0.0
    for advice in risk.controls:
        if advice.status is ControlStatus.VERIFIED:
            likely -= advice.likelihood
            bad -= advice.impact
        elif advice.status is ControlStatus.IMPLEMENTED:
            claimed_likely += advice.likelihood * unverified if advice.holds is not False else 0.0
            claimed_bad += advice.impact * unverified
    return Exposure(risk.id, likely, bad, claimed_likely, claimed_bad)


def plan_of(
    problem: Problem, taken: Collection[int], *, exact: bool, proven: bool, budget: float | None = None
) -> Plan:
    """The plan that takes the offers of these indices, with the risks that it leaves above appetite."""
    levels = problem.levels(taken)
    return Plan(
        method="exact" if exact else "greedy",
        controls=tuple(problem.offers[n].control for n in sorted(taken)),
        cost=sum(problem.offers[n].cost for n in taken),
        left=tuple(r.id for r, now in zip(problem.risks, levels, strict=True) if now > problem.appetite),
        proven=proven,
        budget=budget,
    )
