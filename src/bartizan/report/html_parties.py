"""Who must act, what suppliers still owe, the plans, and how the system stands to other lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bartizan.core.records import Coverage, CoverageState, OpenPoint, Plan
from bartizan.core.terms import ControlId, Party
from bartizan.report.html_words import Words, amount
from bartizan.report.wording import number, supplier_name

_BY_THREATS: Mapping[CoverageState, str] = {
    "concerned": "applies here",
    "partly": "applies in part",
    "covered": "covered",
    "not_concerned": "does not apply here",
    "unknown": "not decided yet",
}
_BY_CONTROLS: Mapping[CoverageState, str] = {
    "concerned": "nothing of it is in place",
    "partly": "partly in place",
    "covered": "in place",
    "not_concerned": "does not apply here",
    "unknown": "nothing to judge it by",
}


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


def shares(words: Words) -> tuple[Share, ...]:
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


def suppliers(words: Words) -> tuple[tuple[str, tuple[OpenPoint, ...]], ...]:
    """The open points of each supplier."""
    found: dict[str, list[OpenPoint]] = {}
    for point in words.dossier.assessment.open_points:
        found.setdefault(supplier_name(point), []).append(point)
    return tuple((name, tuple(points)) for name, points in found.items())


def coverage(words: Words) -> tuple[CoverageList, ...]:
    """The other lists, in the order of the assessment."""
    lists: dict[str, list[Coverage]] = {}
    for item in words.dossier.assessment.coverage:
        lists.setdefault(item.list, []).append(item)
    return tuple(_list(name, items, words) for name, items in lists.items())


def _list(name: str, items: list[Coverage], words: Words) -> CoverageList:
    listed = words.dossier.catalog.mappings.get(name)
    threats = {i.id for i in listed.items if i.threats} if listed else set()
    rows = tuple(CoverageRow(i, (_BY_THREATS if i.item in threats else _BY_CONTROLS)[i.state]) for i in items)
    states: dict[str, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + 1
    return CoverageList(
        title=listed.title if listed else name,
        about=listed.about if listed else "",
        sum=", ".join(f"{times} {state}" for state, times in states.items()),
        rows=rows,
    )


def plan_views(words: Words) -> tuple[PlanView, ...]:
    """The plans in words."""
    return tuple(_plan_view(plan, words) for plan in words.dossier.plans)


def _plan_view(plan: Plan, words: Words) -> PlanView:
    unit = words.dossier.catalog.scales.cost_unit
    budget = "" if plan.budget is None else f" within a budget of {amount(plan.budget)} {unit}"
    if plan.method == "greedy":
        title, how = "Step by step", "Takes the highest risk first, and for it what takes most off for its cost"
    else:
        title = "Cheapest"
        how = "Searches all combinations" + (", and no cheaper one does as well" if plan.proven else "; stopped early")
    left = f"{number(len(plan.left), 'risk')} above appetite" if plan.left else "no risk above appetite"
    cost = f"{number(len(plan.controls), 'control')} for {amount(plan.cost)} {unit}{budget}"
    return PlanView(plan, title + budget, f"{how}. It takes {cost} and leaves {left}.")


def how_far_apart(plans: Iterable[Plan], unit: str) -> str:
    """How the cheapest plan compares with the one step by step; empty unless there is one of each without a budget."""
    costs = {p.method: p for p in plans if p.budget is None}
    if len(costs) < 2:
        return ""
    greedy, exact = costs["greedy"], costs["exact"]
    gap = greedy.cost - exact.cost
    if not gap:
        return f"Both plans cost the same: {amount(exact.cost)} {unit}."
    more = f" ({gap / exact.cost:.0%} more)".replace("%", " %") if exact.cost else ""
    return f"Going step by step costs {amount(gap)} {unit} more than the cheapest plan{more}."
