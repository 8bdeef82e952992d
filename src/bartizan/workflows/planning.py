"""From a dossier to its plans, with or without a budget: what `bartizan plan` does, without a terminal."""

from __future__ import annotations

from functools import lru_cache

from bartizan.assess.planning.exact import LOOKS, exact, within
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import problem_of
from bartizan.report.dossier import Dossier
from bartizan.report.planning import Planning

_within = lru_cache(maxsize=256)(within)
"""A budget that is looked at again, as with a slider that goes back, is answered at once."""


def plan_for(dossier: Dossier, budget: float | None = None, looks: int = LOOKS) -> Planning:
    """The exact plan and the greedy one for the risks of a dossier; with a budget, both within it.

    `looks` bounds the search for a plan within a budget; one that is cut short says that it is not proven.
    """
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    whole = next((plan for plan in dossier.plans if plan.method == "exact" and plan.budget is None), None)
    whole = whole or exact(problem)
    best = whole if budget is None else _within(problem, budget, looks)
    taken = [n for n, offer in enumerate(problem.offers) if offer.control in best.controls]
    levels = {risk.id: level for risk, level in zip(problem.risks, problem.levels(taken), strict=True)}
    return Planning(dossier=dossier, greedy=greedy(problem, budget), exact=best, whole=whole, levels=levels)
