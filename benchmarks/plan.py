"""How far the plan by rule of thumb is from the cheapest one, and what the proof costs; against HiGHS in the same run.

Run: python benchmarks/plan.py [--budgets]. Needs the lab extra for HiGHS (scipy.optimize.milp).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from bartizan.assess.assessment import assess
from bartizan.assess.planning.exact import exact, within
from bartizan.assess.planning.goals import settle
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import Problem, problem_of
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Plan
from bartizan.core.terms import EDITIONS
from bartizan.system.reading import read_system

_T = TypeVar("_T")
EXAMPLES = Path(__file__).parents[1] / "examples"


def highs(problem: Problem) -> float:
    """The cost of the cheapest plan by HiGHS: a binary for each offer and each way to settle a risk."""
    goals, offers = settle(problem), len(problem.offers)
    ways = [(g, takes, want) for g, goal in enumerate(goals) for takes, wants in goal.ways for want in wants]
    if not ways:
        return 0.0
    rows = np.zeros((2 * len(ways) + len(goals), offers + len(ways)))
    for i, (g, takes, want) in enumerate(ways):
        for take in takes:
            rows[2 * i, take.offer] = take.likelihood / 1e12
            rows[2 * i + 1, take.offer] = take.impact / 1e12
        rows[2 * i, offers + i], rows[2 * i + 1, offers + i] = -want.likelihood / 1e12, -want.impact / 1e12
        rows[2 * len(ways) + g, offers + i] = 1
    lower = np.array([-1e-9] * (2 * len(ways)) + [1.0] * len(goals))
    cost = np.array([offer.cost for offer in problem.offers] + [0.0] * len(ways))
    found = milp(
        cost,
        integrality=np.ones_like(cost),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, lower, np.inf),
    )
    assert found.fun is not None
    return float(found.fun)


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """The result, and the CPU time in milliseconds."""
    start = time.process_time()
    result = work()
    return result, (time.process_time() - start) * 1000


def row(name: str, thumb: Plan, plan: Plan, spent: float, other: str) -> str:
    """One line of the table."""
    gap = f"{(thumb.cost - plan.cost) / plan.cost:+.0%}" if plan.cost else "-"
    left = f"{len(thumb.left)}/{len(plan.left)}"
    proven = "yes" if plan.proven else "no"
    return f"{name:<46}{thumb.cost:>7g}{plan.cost:>7g}{gap:>7}{left:>7}{proven:>7}{spent:>9.0f}{other:>9}"


def main() -> None:
    """Print a line per example and edition."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--budgets", action="store_true", help="also the best plan for 20, 50 and 100")
    budgets = (20.0, 50.0, 100.0) if options.parse_args().budgets else ()
    catalog = load_catalog()
    print(f"{'':<46}{'greedy':>7}{'exact':>7}{'gap':>7}{'left':>7}{'proven':>7}{'CPU ms':>9}{'HiGHS':>9}")
    for file in sorted(EXAMPLES.glob("*/system.yaml")):
        system = read_system(file)
        for edition in EDITIONS:
            problem = problem_of(assess(system, catalog, today="2026-11-22", edition=edition).risks, catalog)
            plan, spent = timed(partial(exact, problem))
            theirs, other = timed(partial(highs, problem))
            assert abs(theirs - plan.cost) < 1e-6 or not plan.proven, (file, edition, theirs, plan.cost)
            size = f"{len(problem.risks)}x{len(problem.offers)}"
            print(row(f"{file.parent.name} {edition} {size}", greedy(problem), plan, spent, f"{other:.0f}"))
            for budget in budgets:
                best, spent = timed(partial(within, problem, budget))
                print(row(f"    for at most {budget:g}", greedy(problem, budget), best, spent, ""))


if __name__ == "__main__":
    main()
