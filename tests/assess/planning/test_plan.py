"""The plans: by rule of thumb, and provably the cheapest; held against trying every set, and against a solver."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from bartizan.assess.planning.exact import exact, within
from bartizan.assess.planning.goals import settle
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import Exposure, Gain, Offer, Problem, problem_of
from bartizan.assess.rate import reduced
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Advice, Assessment, Factor, Level, Plan, Risk
from bartizan.core.terms import ComponentId, ControlId, ControlStatus, Party, ThreatId

MATRIX = ((1, 1, 2, 2, 3), (1, 2, 2, 3, 4), (2, 2, 3, 4, 4), (2, 3, 4, 4, 5), (3, 4, 4, 5, 5))


@st.composite
def matrices(draw: st.DrawFn) -> tuple[tuple[int, ...], ...]:
    rows, columns = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    cells = [[draw(st.integers(1, 5)) for _ in range(columns)] for _ in range(rows)]
    for i, j in itertools.product(range(rows), range(columns)):
        cells[i][j] = max(cells[i][j], cells[i - 1][j] if i else 1, cells[i][j - 1] if j else 1)
    return tuple(map(tuple, cells))


HOLDS = st.sampled_from((True, True, False))
STEPS = st.sampled_from((0.0, 0.1, 0.25, 0.5, 1.0, 1.5))


@st.composite
def problems(draw: st.DrawFn, most: int = 7) -> Problem:
    matrix = draw(matrices())
    rows, columns = len(matrix), len(matrix[0])
    risks = tuple(
        Exposure(
            f"threat@{i}",
            draw(st.integers(1, rows)) - draw(st.sampled_from((0.0, 0.5, 1.5))),
            float(draw(st.integers(1, columns))),
            draw(st.sampled_from((0.0, 0.25, 1.0))),
        )
        for i in range(draw(st.integers(1, 4)))
    )
    offers = []
    for n in range(draw(st.integers(0, most))):
        hit = draw(st.lists(st.integers(0, len(risks) - 1), min_size=1, unique=True))
        gains = [Gain(i, draw(STEPS), draw(STEPS)) for i in hit]
        offers.append(_offer(n, draw(st.sampled_from((3.0, 10.0, 40.0, 2.5, 0.0))), gains))
    risks, claimed = _with_claims(draw, risks, tuple(offers))
    return Problem(risks, claimed, matrix, draw(st.integers(1, 4)), draw(st.integers(1, rows)))


def _offer(number: int, cost: float, gains: list[Gain]) -> Offer:
    kept = tuple(g for g in gains if g.likelihood or g.impact)
    return Offer(ControlId(f"control_{number}"), cost, kept)


def _with_claims(
    draw: st.DrawFn, risks: tuple[Exposure, ...], offers: tuple[Offer, ...]
) -> tuple[tuple[Exposure, ...], tuple[Offer, ...]]:
    """Some offers are implemented already; their part counts as a claim until they are verified, unless it was measured
    that they do not hold.
    """
    claims = [[r.claimed_likelihood, r.claimed_impact] for r in risks]
    changed = []
    for offer in offers:
        share = draw(st.sampled_from((0.0, 0.0, 0.5)))
        gains = tuple(Gain(g.risk, g.likelihood, g.impact, share, draw(HOLDS)) for g in offer.gains)
        for gain in gains:
            claims[gain.risk][0] += gain.likelihood * share if gain.holds else 0.0
            claims[gain.risk][1] += gain.impact * share
        changed.append(Offer(offer.control, offer.cost, gains))
    pairs = zip(risks, claims, strict=True)
    return tuple(Exposure(r.id, r.likelihood, r.impact, *claim) for r, claim in pairs), tuple(changed)


def subsets(problem: Problem) -> Iterator[tuple[int, ...]]:
    numbers = range(len(problem.offers))
    return itertools.chain.from_iterable(itertools.combinations(numbers, size) for size in range(len(numbers) + 1))


def price(problem: Problem, taken: tuple[int, ...]) -> float:
    return sum(problem.offers[n].cost for n in taken)


def taken_by(problem: Problem, plan: Plan) -> tuple[int, ...]:
    return tuple(n for n, offer in enumerate(problem.offers) if offer.control in plan.controls)


@settings(max_examples=300, deadline=None)
@given(problems())
def test_the_exact_plan_costs_what_trying_every_set_finds(problem: Problem) -> None:
    targets = problem.targets()
    fits = [s for s in subsets(problem) if all(a <= b for a, b in zip(problem.levels(s), targets, strict=True))]
    plan = exact(problem)
    assert plan.proven
    assert plan.cost == pytest.approx(min(price(problem, s) for s in fits))
    assert all(a <= b for a, b in zip(problem.levels(taken_by(problem, plan)), targets, strict=True))


@settings(max_examples=200, deadline=None)
@given(problems())
def test_no_set_leaves_fewer_risks_above_appetite_than_the_exact_plan(problem: Problem) -> None:
    fewest = min(sum(level > problem.appetite for level in problem.levels(s)) for s in subsets(problem))
    assert len(exact(problem).left) == fewest


@settings(max_examples=300, deadline=None)
@given(problems(), st.sampled_from((0.0, 5.0, 13.0, 26.0, 50.0, 1000.0)))
def test_the_plan_for_a_budget_is_the_best_that_trying_every_set_finds(problem: Problem, budget: float) -> None:
    def rank(taken: tuple[int, ...]) -> tuple[int, int, float]:
        levels = problem.levels(taken)
        return sum(level > problem.appetite for level in levels), sum(levels), price(problem, taken)

    best = min(rank(s) for s in subsets(problem) if price(problem, s) <= budget)
    plan = within(problem, budget)
    found = rank(taken_by(problem, plan))
    assert plan.proven
    assert plan.cost <= budget
    assert found[:2] == best[:2]
    assert found[2] == pytest.approx(best[2])


@settings(max_examples=200, deadline=None)
@given(problems(), st.none() | st.sampled_from((0.0, 13.0, 50.0)))
def test_the_greedy_plan_keeps_to_its_budget_and_never_beats_the_exact_one(
    problem: Problem, budget: float | None
) -> None:
    plan = greedy(problem, budget)
    if budget is None:
        assert plan.cost >= exact(problem).cost - 1e-9
        assert plan.left == exact(problem).left
    else:
        assert plan.cost <= budget
        assert len(plan.left) >= len(within(problem, budget).left)


@settings(max_examples=100, deadline=None)
@given(problems(most=12))
def test_a_solver_from_a_library_finds_the_same_cost(problem: Problem) -> None:
    assert exact(problem).cost == pytest.approx(_milp_cost(problem), abs=1e-6)


def _milp_cost(problem: Problem) -> float:
    """The same goals as a mixed-integer program: a binary for each offer and for each want of each goal."""
    goals = settle(problem)
    wants = [(g, takes, want) for g, goal in enumerate(goals) for takes, wants in goal.ways for want in wants]
    offers = len(problem.offers)
    if not wants:
        return 0.0
    rows, lower = [], []
    for i, (_, takes, want) in enumerate(wants):
        for field in ("likelihood", "impact"):
            row = np.zeros(offers + len(wants))
            for take in takes:
                row[take.offer] = getattr(take, field) / 1e12
            row[offers + i] = -getattr(want, field) / 1e12
            rows.append(row)
            lower.append(-1e-9)
    for g in range(len(goals)):
        row = np.zeros(offers + len(wants))
        row[[offers + i for i, want in enumerate(wants) if want[0] == g]] = 1
        rows.append(row)
        lower.append(1)
    cost = np.array([o.cost for o in problem.offers] + [0.0] * len(wants))
    found = milp(
        cost,
        integrality=np.ones_like(cost),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.array(rows), np.array(lower), np.inf),
    )
    assert found.success
    return float(found.fun)


def test_a_search_that_may_look_at_nothing_gives_its_best_plan_as_unproven() -> None:
    gains = [[Gain(0, 1.0, 0.0), Gain(1, 0.5, 0.0)], [Gain(1, 1.0, 0.0), Gain(2, 0.5, 0.0)]]
    gains += [[Gain(2, 1.0, 0.0), Gain(0, 0.5, 0.0)], [Gain(0, 0.5, 0.0), Gain(1, 0.5, 0.0), Gain(2, 0.5, 0.0)]]
    offers = tuple(_offer(n, 10.0, g) for n, g in enumerate(gains))
    problem = Problem(tuple(Exposure(f"t@{i}", 4.0, 3.0) for i in range(3)), offers, MATRIX, 3)
    plan = exact(problem, looks=0)
    assert not plan.proven
    assert plan.left == ()
    assert exact(problem).proven


def test_a_plan_for_nothing_takes_nothing_and_is_proven() -> None:
    empty = Problem((), (), MATRIX, 2)
    for plan in (exact(empty), within(empty, 10.0)):
        assert (plan.controls, plan.cost, plan.left, plan.proven) == ((), 0, (), True)


def test_the_greedy_plan_buys_for_the_first_risk_what_is_cheapest_for_its_steps() -> None:
    offers = (_offer(0, 10.0, [Gain(0, 1.0, 0.0)]), _offer(1, 3.0, [Gain(0, 1.0, 0.0)]))
    plan = greedy(Problem((Exposure("t@a", 3.0, 3.0),), offers, MATRIX, 2))
    assert plan.controls == (ControlId("control_1"),)


def test_the_exact_plan_saves_what_the_greedy_one_spends_twice() -> None:
    offers = (
        _offer(0, 3.0, [Gain(0, 1.0, 0.0)]),
        _offer(1, 3.0, [Gain(1, 1.0, 0.0)]),
        _offer(2, 4.0, [Gain(0, 1.0, 0.0), Gain(1, 1.0, 0.0)]),
    )
    problem = Problem((Exposure("t@a", 3.0, 3.0), Exposure("t@b", 3.0, 3.0)), offers, MATRIX, 2)
    assert greedy(problem).cost == 6.0
    assert exact(problem).cost == 4.0


def test_a_risk_that_cannot_come_within_appetite_is_brought_as_low_as_it_goes() -> None:
    offers = (_offer(0, 10.0, [Gain(0, 1.0, 0.0)]), _offer(1, 3.0, [Gain(0, 0.5, 0.0)]))
    problem = Problem((Exposure("t@a", 5.0, 5.0),), offers, MATRIX, 2)
    for plan in (greedy(problem), exact(problem)):
        assert plan.left == ("t@a",)
        assert problem.levels(taken_by(problem, plan)) == problem.targets()


def test_verifying_what_is_implemented_takes_off_only_what_did_not_count_yet() -> None:
    risk = Exposure("t@a", 4.0, 3.0, claimed_likelihood=0.75)
    problem = Problem((risk,), (_offer(0, 3.0, [Gain(0, 1.5, 0.0, 0.5)]),), MATRIX, 2, floor=2)
    assert problem.levels(()) == (4,)
    assert problem.levels((0,)) == (problem.level(Exposure("t@a", 2.5, 3.0)),)


# From an assessment to a problem


def advice(name: str, status: ControlStatus, *, party: Party = Party.US, steps: float = 1.0) -> Advice:
    return Advice(
        control=ControlId(name),
        status=status,
        party=party,
        party_why="",
        likelihood=steps,
        impact=0.0,
        why="",
        said_by=(),
    )


def risk(*controls: Advice, likelihood: int = 5, impact: int = 3, name: str = "evasion") -> Risk:
    inherent = Level(likelihood=likelihood, impact=impact, level=MATRIX[likelihood - 1][impact - 1])
    current = reduced(inherent, controls, load_catalog().scales)
    return Risk(
        id=f"{name}@m",
        threat=ThreatId(name),
        component=ComponentId("m"),
        inherent=inherent,
        current=current,
        residual=current,
        factors=(Factor(id="access", score=3, weight=1.0, why=""),),
        impact_why=(),
        party=Party.US,
        party_why="",
        controls=controls,
    )


def test_what_is_verified_or_the_suppliers_or_not_applicable_is_not_on_offer() -> None:
    controls = (
        advice("rate_limit", ControlStatus.VERIFIED),
        advice("oversight", ControlStatus.NOT_APPLICABLE),
        advice("model_alignment", ControlStatus.NOT_STARTED, party=Party.SUPPLIER),
        advice("monitor_use", ControlStatus.PLANNED, party=Party.SHARED),
    )
    problem = problem_of([risk(*controls)], load_catalog())
    assert [offer.control for offer in problem.offers] == ["monitor_use"]
    assert problem.risks[0].likelihood == 4.0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_plan_counts_levels_as_the_rating_does(data: st.DataObject) -> None:
    names = ("rate_limit", "oversight", "monitor_use", "model_alignment")
    controls = [
        advice(
            name,
            data.draw(st.sampled_from(ControlStatus)),
            party=data.draw(st.sampled_from(Party)),
            steps=data.draw(st.sampled_from((0.1, 0.5, 1.0, 1.5))),
        )
        for name in names
    ]
    one = risk(*controls, likelihood=data.draw(st.integers(1, 5)), impact=data.draw(st.integers(1, 5)))
    catalog = load_catalog()
    problem = problem_of([one], catalog)
    assert problem.levels(()) == (one.current.level,)
    for taken in subsets(problem):
        bought = {problem.offers[n].control for n in taken}
        after = [
            a
            if a.control not in bought
            else advice(a.control, ControlStatus.VERIFIED, party=a.party, steps=a.likelihood)
            for a in controls
        ]
        assert problem.levels(taken) == (reduced(one.inherent, after, catalog.scales).level,)


def test_an_assessment_keeps_the_plan_as_its_residual(assessment: Assessment) -> None:
    problem = problem_of(assessment.risks, load_catalog())
    levels = problem.levels(taken_by(problem, greedy(problem)))
    residual = {r.id: r.residual.level for r in assessment.risks}
    assert {r.id: level for r, level in zip(problem.risks, levels, strict=True)} == residual
