"""The plan that nobody can beat: the cheapest offers that bring every risk to its target, or the best for a budget."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bartizan.assess.planning.branch_and_bound import Search, bits, each
from bartizan.assess.planning.goals import Goal, lower, settle
from bartizan.assess.planning.greedy import greedily
from bartizan.assess.planning.problem import Problem, plan_of
from bartizan.core.records import Plan

LOOKS = 300_000
"""How often a search may look at a goal before it gives its best plan as unproven: a second or two of work."""


def exact(problem: Problem, looks: int = LOOKS) -> Plan:
    """The cheapest plan that brings every risk within appetite, or as low as it goes where that is impossible.

    When the search looks at goals more than ``looks`` times, ``proven`` is false and the plan is the best it found.
    """
    costs = [offer.cost for offer in problem.offers]
    start = bits(greedily(problem))
    taken, proven = 0, True
    for goals in _independent(settle(problem)):
        search = Search(goals, costs, grain=_grain(costs))
        search.offer(search.trimmed(start))
        proven &= search.run(looks)
        looks -= search.looks
        taken |= search.best
    return plan_of(problem, tuple(each(taken)), exact=True, proven=proven)


def within(problem: Problem, budget: float, looks: int = LOOKS) -> Plan:
    """The best plan within a budget: fewest risks above appetite, then the lowest sum of levels, then cost.

    When the search looks at goals more than ``looks`` times, ``proven`` is false and the plan is the best it found.
    """
    costs = [offer.cost for offer in problem.offers]
    above = 1.0 + sum(problem.levels(()))
    goals = lower(problem, above)
    grain = _grain(costs)
    share = 0.5 / (sum(costs) + 1.0)
    search = Search(goals, costs, grain=grain * share, share=share, budget=budget)
    for start in (greedily(problem, budget), _taken_by(problem, exact(problem, looks))):
        search.offer(search.fitted(bits(start)))
    proven = search.run(looks)
    return plan_of(problem, tuple(each(search.best)), exact=True, proven=proven, budget=budget)


def _taken_by(problem: Problem, plan: Plan) -> list[int]:
    return [n for n, offer in enumerate(problem.offers) if offer.control in plan.controls]


def _grain(costs: Sequence[float]) -> float:
    """The step in which sums of these costs differ at least; 0 where that is finer than a millionth."""
    whole = [round(cost * 1e6) for cost in costs]
    fits = all(abs(w - c * 1e6) < 1e-3 for w, c in zip(whole, costs, strict=True))
    return math.gcd(*whole) / 1e6 if fits else 0.0


def _independent(goals: Sequence[Goal]) -> list[list[Goal]]:
    """The goals in groups that share no offer."""
    groups: list[tuple[int, list[Goal]]] = []
    for goal in goals:
        mask, members = goal.mask, [goal]
        apart = []
        for other_mask, other in groups:
            if other_mask & mask:
                mask, members = mask | other_mask, other + members
            else:
                apart.append((other_mask, other))
        groups = [*apart, (mask, members)]
    return [members for _, members in groups]
