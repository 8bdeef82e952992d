"""From a dossier to its plans, with or without a budget: what `bartizan plan` does, without a terminal."""

from __future__ import annotations

from bartizan.assess.planning.exact import exact, within
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import problem_of
from bartizan.report.dossier import Dossier
from bartizan.report.planning import Planning


def plan_for(dossier: Dossier, budget: float | None = None) -> Planning:
    """The exact plan and the greedy one for the risks of a dossier; with a budget, both within it."""
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    whole = next((plan for plan in dossier.plans if plan.method == "exact" and plan.budget is None), None)
    whole = whole or exact(problem)
    best = whole if budget is None else within(problem, budget)
    taken = [n for n, offer in enumerate(problem.offers) if offer.control in best.controls]
    levels = {risk.id: level for risk, level in zip(problem.risks, problem.levels(taken), strict=True)}
    return Planning(dossier=dossier, greedy=greedy(problem, budget), exact=best, whole=whole, levels=levels)
