"""The plan by the rule of thumb: highest risk first, then the control that takes most off it for its cost."""

from __future__ import annotations

from bartizan.assess.planning.problem import Gain, Problem, plan_of
from bartizan.core.records import Plan


def greedy(problem: Problem, budget: float | None = None) -> Plan:
    """Highest risk first, then the control that takes most off it for its cost, until the risk is at its target.

    With a budget, a control that no longer fits is passed over.
    """
    return plan_of(problem, greedily(problem, budget), exact=False, proven=False, budget=budget)


def greedily(problem: Problem, budget: float | None = None) -> frozenset[int]:
    """The indices of the offers that the greedy plan takes."""
    offered: list[list[tuple[int, Gain]]] = [[] for _ in problem.risks]
    for number, offer in enumerate(problem.offers):
        for gain in offer.gains:
            offered[gain.risk].append((number, gain))
    taken: set[int] = set()
    left = float("inf") if budget is None else budget
    for risk, choices in zip(problem.risks, offered, strict=True):
        target = max(problem.appetite, problem.level(risk, [g for _, g in choices]))
        held = [g for number, g in choices if number in taken]
        free = [choice for choice in choices if choice[0] not in taken]
        free.sort(key=lambda c: (problem.offers[c[0]].cost / (c[1].likelihood + c[1].impact), c[0]))
        for number, gain in free:
            if problem.level(risk, held) <= target:
                break
            if problem.offers[number].cost <= left + 1e-9:
                left -= problem.offers[number].cost
                taken.add(number)
                held.append(gain)
    return frozenset(taken)
