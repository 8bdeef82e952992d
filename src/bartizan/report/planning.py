"""Two plans side by side: the cheapest that can be proven, and the one by rule of thumb. Terminal, Markdown, JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import msgspec

from bartizan.core.records import Plan, Risk, Step
from bartizan.report import gfm, wording
from bartizan.report.dossier import Dossier


class Planning(msgspec.Struct, frozen=True, kw_only=True):
    """A system, and what to take with or without a budget. ``whole`` is the exact plan without one."""

    dossier: Dossier
    greedy: Plan
    exact: Plan
    whole: Plan
    levels: dict[str, int]
    """The level of every risk after the exact plan, by the risk's id."""


def answer(planning: Planning) -> str:
    """What to do, in two or three sentences: the exact plan, how sure that is, and how far off the other one is."""
    plan, dossier = planning.exact, planning.dossier
    if not dossier.assessment.risks:
        return "No threat of the catalogue becomes a risk for the system as it is described; there is nothing to plan."
    if not planning.whole.controls and not planning.whole.left:
        return "Every risk is within your appetite already; there is nothing to take."
    return " ".join(filter(None, (_main(planning), _sure(plan), _apart(planning), _whole(planning))))


def _main(planning: Planning) -> str:
    dossier, plan = planning.dossier, planning.exact
    does = _left(dossier, plan)
    for_budget = "" if plan.budget is None else f" for at most {_cost(dossier, plan.budget)}"
    name = "The cheapest plan" if plan.budget is None else "The best plan"
    taken = wording.number(len(plan.controls), "control")
    return f"{name}{for_budget} takes {taken} and {_cost(dossier, plan.cost)}, and leaves {does}."


def _left(dossier: Dossier, plan: Plan) -> str:
    risks = wording.number(len(plan.left), "risk") if plan.left else "no risk"
    return f"{risks} above your appetite ({wording.appetite(dossier)})"


def _cost(dossier: Dossier, cost: float) -> str:
    return f"{wording.amount(cost)} {wording.plain(dossier.catalog.scales.cost_unit)}"


def _sure(plan: Plan) -> str:
    better = "none that is cheaper does as much" if plan.budget is None else "no other within the budget does better"
    return f"This is proven: {better}." if plan.proven else "This is the best that was found; it is not proven."


def _apart(planning: Planning) -> str:
    dossier, thumb, plan = planning.dossier, planning.greedy, planning.exact
    rule = "Taking the highest risk first, then the cheapest control,"
    if thumb.left == plan.left and thumb.cost == plan.cost:
        return f"{rule} costs the same."
    cost = f"{rule} costs {_cost(dossier, thumb.cost)}"
    if len(thumb.left) != len(plan.left):
        return f"{cost} and leaves {_left(dossier, thumb)}."
    more = thumb.cost - plan.cost
    share = f" ({wording.percent(more / plan.cost)})" if plan.cost and more > 0 else ""
    return f"{cost}: {wording.amount(abs(more))} {'more' if more > 0 else 'less'}{share}."


def _whole(planning: Planning) -> str:
    if planning.exact.budget is None or len(planning.exact.left) == len(planning.whole.left):
        return ""
    whole = planning.whole
    does = _left(planning.dossier, whole)
    return f"Without a budget it would take {_cost(planning.dossier, whole.cost)} to leave {does}."


def chosen(planning: Planning) -> tuple[Step, ...]:
    """The controls that either plan takes in the order to take them: highest risk first, then cheapest."""
    taken = {*planning.exact.controls, *planning.greedy.controls}
    level = {risk.id: risk.current.level for risk in planning.dossier.assessment.risks}
    steps = [step for step in planning.dossier.assessment.steps if step.control in taken]
    steps.sort(key=lambda s: (-max(level[r] for r in s.risks), s.cost, -s.buys, s.control))
    return tuple(steps)


def staying(planning: Planning) -> tuple[Risk, ...]:
    """The risks that stay above appetite after the exact plan, worst first."""
    found = [r for r in planning.dossier.assessment.risks if r.id in planning.exact.left]
    return tuple(sorted(found, key=lambda r: (-planning.levels[r.id], r.id)))


def _stays(planning: Planning, risk: Risk) -> str:
    dossier = planning.dossier
    now, after = dossier.level_name(risk.current.level), dossier.level_name(planning.levels[risk.id])
    moved = f"stays {now}" if now == after else f"{now} now, {after} after the plan"
    why = "the budget ends here" if risk.id not in planning.whole.left else "no control of yours brings it further down"
    return f"{wording.threat_name(dossier, risk.threat)} at {wording.at(dossier, risk.component)}: {moved}; {why}"


def _head(planning: Planning) -> str:
    made = planning.dossier.assessment
    return f"{wording.plain(made.system)} · plan · AI Exchange {made.edition} · {wording.day(made.today)}"


_AFTER = "Transfer, avoid or accept what stays; an acceptance needs a reason, a name and an end date."
_BASE = "Governance is not in the plan, as it lowers no risk by itself and carries every control."


def _sums(planning: Planning) -> tuple[str, str]:
    return wording.amount(planning.exact.cost), wording.amount(planning.greedy.cost)


def terminal(planning: Planning, width: int = 80) -> str:
    """The plans as text with no line longer than ``width`` columns (at least 60)."""
    return "\n".join(_terminal(planning, max(width, 60))) + "\n"


def _terminal(planning: Planning, width: int) -> Iterator[str]:
    yield from textwrap.wrap(_head(planning), width)
    yield ""
    yield from textwrap.wrap(answer(planning), width)
    steps = chosen(planning)
    if steps:
        room = max(10, min(width - 34, max(len(wording.step_title(planning.dossier, s)) for s in steps)))
        yield ""
        yield f" #  {'Control':<{room}}  {'Cost':>6}  {'Exact':>6}  {'Greedy':>6}"
        for i, step in enumerate(steps, start=1):
            name = wording.step_title(planning.dossier, step)
            name = name if len(name) <= room else name[: room - 1] + "…"
            marks = "  ".join(f"{'●' if step.control in p.controls else '–':>6}" for p in _both(planning))
            yield f"{i:>2}  {name:<{room}}  {wording.amount(step.cost):>6}  {marks}"
        sums = "  ".join(f"{total:>6}" for total in _sums(planning))
        yield f"    {_sum_label(planning):<{room}}  {'':>6}  {sums}"
    left = staying(planning)
    if left:
        yield ""
        yield "Stays above appetite"
        for risk in left:
            yield from textwrap.wrap(_stays(planning, risk), width, initial_indent=" · ", subsequent_indent="   ")
        yield from textwrap.wrap(_AFTER, width)
    if steps:
        yield ""
        yield from textwrap.wrap(_BASE, width)


def _both(planning: Planning) -> tuple[Plan, Plan]:
    return planning.exact, planning.greedy


def _sum_label(planning: Planning) -> str:
    return f"Sum, {wording.plain(planning.dossier.catalog.scales.cost_unit)}"


def markdown(planning: Planning) -> str:
    """The plans as GitHub-flavoured Markdown."""
    dossier = planning.dossier
    lines = [f"# {gfm.text(_head(planning))}", "", gfm.text(answer(planning)), ""]
    steps = chosen(planning)
    if steps:
        rows = [
            [
                str(i),
                gfm.text(wording.step_title(dossier, step)),
                wording.amount(step.cost),
                *("●" if step.control in plan.controls else "–" for plan in _both(planning)),
                gfm.text(wording.step_buys(dossier, step)),
            ]
            for i, step in enumerate(steps, start=1)
        ]
        rows.append(["", gfm.text(_sum_label(planning)), "", *_sums(planning), ""])
        lines += gfm.table(("#", "Control", "Cost", "Exact", "Greedy", "Buys"), rows, align="rlrccl")
    left = staying(planning)
    if left:
        lines += [
            "## Stays above appetite",
            "",
            *gfm.bullets(gfm.text(_stays(planning, risk)) for risk in left),
            _AFTER,
            "",
        ]
    if steps:
        lines += [_BASE, ""]
    return "\n".join(lines)


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    schema_version: int
    system: str
    edition: int
    today: str
    cost_unit: str
    appetite: int
    answer: str
    exact: Plan
    greedy: Plan
    without_budget: Plan
    steps: tuple[Step, ...]
    levels: dict[str, int]


def json(planning: Planning) -> str:
    """The plans as JSON: both, the steps in order, and the level of every risk after the exact one."""
    made, scales = planning.dossier.assessment, planning.dossier.catalog.scales
    payload = _Payload(
        schema_version=1,
        system=made.system,
        edition=made.edition,
        today=made.today,
        cost_unit=scales.cost_unit,
        appetite=scales.appetite,
        answer=answer(planning),
        exact=planning.exact,
        greedy=planning.greedy,
        without_budget=planning.whole,
        steps=chosen(planning),
        levels=planning.levels,
    )
    return msgspec.json.format(msgspec.json.encode(payload), indent=2).decode() + "\n"
