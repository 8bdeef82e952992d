"""The cheapest set of controls that brings every risk under appetite: greedily, and exactly.

A control takes steps off the likelihood or the impact of some risks; a risk is settled when the level that the matrix
gives for what is left is within appetite. That is a covering problem with a monotone test.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from bartizan.catalog.entries import Catalog, Scales
from bartizan.core.records import Plan, Risk
from bartizan.core.terms import ControlId, ControlStatus, Party


class Exposure(msgspec.Struct, frozen=True):
    """A risk as the plan sees it: where it stands once what is verified is counted."""

    id: str
    likelihood: float
    impact: float


class Offer(msgspec.Struct, frozen=True):
    """A control that can be taken: its cost, and the steps it takes off, by the index of the risk."""

    control: ControlId
    cost: float
    gains: tuple[tuple[int, float, float], ...]


class Problem(msgspec.Struct, frozen=True):
    """What to plan for."""

    risks: tuple[Exposure, ...]
    offers: tuple[Offer, ...]
    matrix: tuple[tuple[int, ...], ...]
    appetite: int

    def level(self, likelihood: float, impact: float) -> int:
        """The level of what is left; fractions of a step are rounded up."""
        row = max(1, math.ceil(likelihood - 1e-9))
        column = max(1, math.ceil(impact - 1e-9))
        return self.matrix[row - 1][column - 1]


def problem_of(risks: Iterable[Risk], catalog: Catalog) -> Problem:
    """The planning problem of an assessment: all that is ours or shared and not verified can be taken."""
    scales = catalog.scales
    ordered = sorted(risks, key=lambda r: (-r.current.level, r.id))
    gains: dict[ControlId, list[tuple[int, float, float]]] = {}
    exposures = []
    for index, risk in enumerate(ordered):
        proved = [a for a in risk.controls if a.status is ControlStatus.VERIFIED]
        exposures.append(
            Exposure(
                risk.id,
                risk.inherent.likelihood - sum(a.likelihood for a in proved),
                risk.inherent.impact - sum(a.impact for a in proved),
            )
        )
        for a in risk.controls:
            settled = a.status in {ControlStatus.VERIFIED, ControlStatus.NOT_APPLICABLE}
            if a.party is not Party.SUPPLIER and not settled and (a.likelihood or a.impact):
                gains.setdefault(a.control, []).append((index, a.likelihood, a.impact))
    offers = tuple(
        Offer(control, _cost(catalog, control, scales), tuple(steps)) for control, steps in sorted(gains.items())
    )
    return Problem(tuple(exposures), offers, scales.matrix, scales.appetite)


def _cost(catalog: Catalog, control: ControlId, scales: Scales) -> float:
    return scales.costs[catalog.controls[control].effort]


def greedy(problem: Problem) -> Plan:
    """Highest risk first, then the control that takes most off it for its cost, until it is under appetite."""
    left = [[r.likelihood, r.impact] for r in problem.risks]
    taken: set[int] = set()
    offers_of: list[list[tuple[int, float, float]]] = [[] for _ in problem.risks]
    for number, offer in enumerate(problem.offers):
        for index, likely, bad in offer.gains:
            offers_of[index].append((number, likely, bad))
    stuck: list[str] = []
    for index, risk in enumerate(problem.risks):
        choices = [c for c in offers_of[index] if c[0] not in taken]
        choices.sort(key=lambda c: (problem.offers[c[0]].cost / (c[1] + c[2]), problem.offers[c[0]].control))
        while problem.level(*left[index]) > problem.appetite and choices:
            number = choices.pop(0)[0]
            taken.add(number)
            for other, likely, bad in problem.offers[number].gains:
                left[other][0] -= likely
                left[other][1] -= bad
        if problem.level(*left[index]) > problem.appetite:
            stuck.append(risk.id)
    controls = tuple(problem.offers[n].control for n in sorted(taken))
    cost = sum(problem.offers[n].cost for n in taken)
    return Plan(method="greedy", controls=controls, cost=cost, left=tuple(stuck), proven=False)
