"""The plan of a kept system as people work with it: what a budget leaves, and what each step of their order brings.

Levels are counted as the planner counts them, so that the end of a course and a plan with the same controls agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from bartizan.assess.planning.problem import Problem, problem_of
from bartizan.core.errors import InputError, printable
from bartizan.core.errors import Problem as Finding
from bartizan.core.records import Level, Risk, Step
from bartizan.core.terms import ControlId
from bartizan.register.plan_orders import PlanOrder, plan_order, set_plan_order
from bartizan.report.dossier import Dossier
from bartizan.report.planning import Planning
from bartizan.workflows.desk import Desk, kept_system
from bartizan.workflows.planning import plan_for

_LOOKS = 7_000
"""A slider asks often and waits for no long search; a plan that is not proven says so."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand once a control and all before it are taken."""

    step: Step
    cost: float
    """Of this control and all before it."""
    above: int
    """Risks above appetite that are left."""
    worst: int
    """The highest level that is left; 0 without risks."""
    settled: tuple[str, ...] = ()
    """Risks that come within appetite with this control, by id."""
    lowered: tuple[str, ...] = ()
    """Risks whose level falls with it, those that come within appetite left out."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The controls of a system one after the other."""

    above: int
    """Risks above appetite before anything is taken."""
    worst: int
    stages: tuple[Stage, ...]


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a plan shows."""

    whole: Planning
    """The plan without a budget."""
    held: PlanOrder
    mine: Course
    """In the order that people chose; the suggested one where nobody did."""
    suggested: Course
    total: float
    """What all controls cost together."""

    @property
    def is_own(self) -> bool:
        """Whether somebody chose another order than the suggested one."""
        return [s.step.control for s in self.mine.stages] != [s.step.control for s in self.suggested.stages]


def view(desk: Desk, name: str, dossier: Dossier) -> PlanView:
    """The plan of a kept system whose dossier was made already."""
    with desk.register.read() as connection:
        held = plan_order(connection, name)
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    steps = _steps(dossier, problem)
    return PlanView(
        whole=plan_for(dossier),
        held=held,
        mine=course(problem, steps, arranged(steps, held.controls)),
        suggested=course(problem, steps, tuple(steps)),
        total=sum(offer.cost for offer in problem.offers),
    )


def _steps(dossier: Dossier, problem: Problem) -> dict[ControlId, Step]:
    """What can be taken, in the suggested order. Governance lowers no risk by itself and is left out."""
    offered = {offer.control for offer in problem.offers}
    return {step.control: step for step in dossier.assessment.steps if step.control in offered}


def arranged(steps: Iterable[ControlId], wanted: Sequence[str]) -> tuple[ControlId, ...]:
    """The controls in the order that was wanted; those it does not name follow as suggested, others are left out."""
    known = tuple(steps)
    first = tuple(dict.fromkeys(ControlId(c) for c in wanted if c in known))
    return (*first, *(c for c in known if c not in first))


def course(problem: Problem, steps: Mapping[ControlId, Step], order: Iterable[ControlId]) -> Course:
    """What each control brings, in this order, on top of those before it."""
    numbers = {offer.control: n for n, offer in enumerate(problem.offers)}
    taken: list[int] = []
    before = start = problem.levels(())
    cost = 0.0
    stages = []
    for control in order:
        taken.append(numbers[control])
        cost += problem.offers[numbers[control]].cost
        now = problem.levels(taken)
        stages.append(_stage(problem, steps[control], cost, before, now))
        before = now
    return Course(above=_above(problem, start), worst=max(start, default=0), stages=tuple(stages))


def _stage(problem: Problem, step: Step, cost: float, before: Sequence[int], now: Sequence[int]) -> Stage:
    fell = [(risk.id, level) for risk, was, level in zip(problem.risks, before, now, strict=True) if level < was]
    was_above = {r.id for r, was in zip(problem.risks, before, strict=True) if was > problem.appetite}
    settled = tuple(risk for risk, level in fell if level <= problem.appetite and risk in was_above)
    return Stage(
        step=step,
        cost=cost,
        above=_above(problem, now),
        worst=max(now, default=0),
        settled=settled,
        lowered=tuple(risk for risk, _ in fell if risk not in settled),
    )


def _above(problem: Problem, levels: Iterable[int]) -> int:
    return sum(level > problem.appetite for level in levels)


# a budget


class Budgeted(msgspec.Struct, frozen=True, kw_only=True):
    """What a budget buys, and what it leaves."""

    planning: Planning
    risks: tuple[Risk, ...]
    """All risks, `residual` being what this plan leaves of each; the worst that is left first."""

    @property
    def above(self) -> int:
        """How many risks it leaves above appetite."""
        return len(self.planning.exact.left)


def budgeted(dossier: Dossier, budget: float | None) -> Budgeted:
    """The best plan within a budget, or the cheapest that does all that can be done."""
    planning = plan_for(dossier, budget, _LOOKS)
    problem = problem_of(dossier.assessment.risks, dossier.catalog)
    taken = [n for n, offer in enumerate(problem.offers) if offer.control in planning.exact.controls]
    left = residuals(problem, taken)
    risks = [msgspec.structs.replace(risk, residual=left[risk.id]) for risk in dossier.assessment.risks]
    risks.sort(key=lambda r: (-r.residual.level, -r.current.level, r.id))
    return Budgeted(planning=planning, risks=tuple(risks))


def residuals(problem: Problem, taken: Collection[int]) -> dict[str, Level]:
    """Likelihood, impact and level of every risk once the offers of these indices are taken."""
    width = 1 + max(map(len, problem.matrix))
    cells = tuple(tuple(y * width + x for x in range(1, 1 + len(row))) for y, row in enumerate(problem.matrix, 1))
    # A matrix whose every cell names its own place makes the planner's arithmetic say where a risk ends up.
    places = msgspec.structs.replace(problem, matrix=cells).levels(taken)
    found = {}
    for risk, place in zip(problem.risks, places, strict=True):
        row, column = divmod(place, width)
        found[risk.id] = Level(likelihood=row, impact=column, level=problem.matrix[row - 1][column - 1])
    return found


# the order


def arrange(
    desk: Desk, name: str, order: Sequence[str], *, by: str, revision: int | None = None
) -> tuple[ControlId, ...]:
    """Keep an order of a system's controls; an empty one goes back to what is suggested.

    Raises InputError where it names what is no control here or one twice, NotFound, Conflict.
    """
    with desk.register.change(by) as change:
        dossier = kept_system(desk, change.connection, name).dossier
        steps = _steps(dossier, problem_of(dossier.assessment.risks, dossier.catalog))
        _check(order, steps)
        wanted = arranged(steps, order)
        kept = () if wanted == tuple(steps) else wanted
        set_plan_order(change, name, kept, revision)
        return wanted


def moved(order: Sequence[str], control: str, by: int) -> tuple[str, ...]:
    """The order with one control so many places further down (or up, below 0), at most to either end."""
    rest = [c for c in order if c != control]
    if len(rest) == len(order):
        return tuple(order)
    place = min(max(list(order).index(control) + by, 0), len(rest))
    return (*rest[:place], control, *rest[place:])


def _check(order: Sequence[str], steps: Mapping[ControlId, Step]) -> None:
    unknown = [c for c in dict.fromkeys(order) if c not in steps]
    twice = [c for c in dict.fromkeys(order) if order.count(c) > 1]
    wrong = [*(f"'{printable(c, 60)}' is no control of this plan" for c in unknown[:20])]
    wrong += [f"'{printable(c, 60)}' stands in it twice" for c in twice[:20]]
    if wrong:
        raise InputError([Finding(file="order", finding=one, fix="reload the page and try again") for one in wrong])
