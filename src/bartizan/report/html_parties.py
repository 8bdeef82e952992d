"""Who must act, what suppliers still owe, the plans, and how the system stands to other lists."""

from __future__ import annotations

import msgspec

from bartizan.core.records import Coverage, OpenPoint, Plan
from bartizan.core.terms import ControlId, Party
from bartizan.report.conclusions import best_plan, coverage_state, plan_in_words, plan_made, plan_title
from bartizan.report.names import Names
from bartizan.report.wording import supplier_name


class Share(msgspec.Struct, frozen=True):
    """The controls of one component by who must do them, each with its reason."""

    component: str
    by_party: dict[Party, tuple[ControlId, ...]]
    reasons: dict[Party, str]


class CoverageRow(msgspec.Struct, frozen=True):
    """An item of another list and its state in words."""

    item: Coverage
    state: str


class CoverageList(msgspec.Struct, frozen=True):
    """Another list and how the system stands to it."""

    title: str
    about: str
    sum: str
    rows: tuple[CoverageRow, ...]


class PlanView(msgspec.Struct, frozen=True):
    """A plan in words."""

    plan: Plan
    title: str
    about: str


def shares(words: Names) -> tuple[Share, ...]:
    """For each component with risks, which controls are whose."""
    found: dict[str, dict[Party, dict[ControlId, str]]] = {}
    for risk in words.dossier.assessment.risks:
        at = found.setdefault(risk.component, {p: {} for p in Party})
        for advice in risk.controls:
            at[advice.party].setdefault(advice.control, advice.party_why)
    return tuple(
        Share(
            component=words.component(component),
            by_party={p: tuple(by[p]) for p in Party},
            reasons={p: " ".join(dict.fromkeys(by[p].values())) for p in Party},
        )
        for component, by in found.items()
    )


def suppliers(words: Names) -> tuple[tuple[str, tuple[OpenPoint, ...]], ...]:
    """The open points of each supplier."""
    found: dict[str, list[OpenPoint]] = {}
    for point in words.dossier.assessment.open_points:
        found.setdefault(supplier_name(point), []).append(point)
    return tuple((name, tuple(points)) for name, points in found.items())


def coverage(words: Names) -> tuple[CoverageList, ...]:
    """The other lists, in the order of the assessment."""
    lists: dict[str, list[Coverage]] = {}
    for item in words.dossier.assessment.coverage:
        lists.setdefault(item.list, []).append(item)
    return tuple(_list(name, items, words) for name, items in lists.items())


def _list(name: str, items: list[Coverage], words: Names) -> CoverageList:
    listed = words.dossier.catalog.mappings.get(name)
    rows = tuple(CoverageRow(item, coverage_state(words.dossier, item)) for item in items)
    states: dict[str, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + 1
    return CoverageList(
        title=listed.title if listed else name,
        about=listed.about if listed else "",
        sum=", ".join(f"{times} {state}" for state, times in states.items()),
        rows=rows,
    )


def plan_views(words: Names) -> tuple[PlanView, ...]:
    """The plans in words, the one to follow first."""
    dossier = words.dossier
    best = best_plan(dossier)
    ordered = sorted(dossier.plans, key=lambda plan: plan is not best)
    return tuple(
        PlanView(plan, plan_title(dossier, plan), f"{plan_made(plan)} It {plan_in_words(dossier, plan)}.")
        for plan in ordered
    )


def planned(words: Names) -> tuple[ControlId, ...]:
    """The controls that any plan takes, in the order in which to take them."""
    dossier = words.dossier
    taken = {control for plan in dossier.plans for control in plan.controls}
    ordered = [step.control for step in dossier.assessment.steps if step.control in taken]
    return tuple(dict.fromkeys((*ordered, *sorted(taken))))
