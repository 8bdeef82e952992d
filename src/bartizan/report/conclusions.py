"""What an assessment comes to, in the words that every format shares: the headline, what to do, what to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bartizan import __version__
from bartizan.core.records import Coverage, CoverageState, Plan, Step
from bartizan.core.terms import Outcome
from bartizan.report.dossier import Dossier
from bartizan.report.wording import (
    ACTS,
    amount,
    appetite,
    control_name,
    day,
    effort,
    file_name,
    likelihood_name,
    listing,
    number,
    percent,
    plain,
    step_buys,
)


def headline(dossier: Dossier) -> str:
    """The answer in a sentence: how many risks, how bad, how many above appetite."""
    risks = dossier.assessment.risks
    if not risks:
        return "No threat of the catalogue becomes a risk for the system as it is described."
    above = _above(dossier)
    where = f"{above} above" if above else "all within"
    accepted = sum(risk.above_appetite and risk.is_accepted for risk in risks)
    of_them = f", {accepted} of them accepted" if accepted else ""
    levels = levels_in_words(dossier)
    return f"{number(len(risks), 'risk')}: {levels}; {where} your appetite ({appetite(dossier)}){of_them}."


def levels_in_words(dossier: Dossier) -> str:
    """How many risks of each level there are now, worst first: '5 very high, 6 high'."""
    counts: dict[int, int] = {}
    for risk in dossier.assessment.risks:
        counts[risk.current.level] = counts.get(risk.current.level, 0) + 1
    return listing([f"{counts[n]} {dossier.level_name(n)}" for n in sorted(counts, reverse=True)])


def best_plan(dossier: Dossier) -> Plan | None:
    """The plan to follow: the exact one where there is one, else the greedy one."""
    return next((plan for plan in dossier.plans if plan.method == "exact"), next(iter(dossier.plans), None))


def first_steps(dossier: Dossier, most: int) -> tuple[Step, ...]:
    """What to do first: the controls of the plan, in the order in which to take them."""
    return tuple(step for step in dossier.assessment.steps if step.planned)[:most]


NOTHING_FIRST: Final = "No control of yours is left to take: either no risk applies, or all that counts is verified."


def do_first(dossier: Dossier) -> str:
    """The first step in a sentence, with its price and what it buys; empty when the plan takes nothing."""
    step = next(iter(first_steps(dossier, 1)), None)
    if step is None:
        return ""
    act = f"{ACTS[step.status].lower()} {control_name(dossier, step.control)}"
    return f"Do first: {act} ({effort(dossier, step)}); it {step_buys(dossier, step)}."


def plan_in_words(dossier: Dossier, plan: Plan) -> str:
    """What a plan takes and what it buys: 'takes 9 controls and 41 person-days, and brings ... down to 2'."""
    left = "none" if not plan.left else str(len(plan.left))
    risks = number(_above(dossier), "risk")
    return f"takes {_price(dossier, plan, ' and ')}, and brings {risks} above your appetite down to {left}"


def plan_in_brief(dossier: Dossier, plan: Plan) -> str:
    """The same where room is short: '9 controls, 41 person-days: 12 risks above appetite become 2'."""
    becomes = number(_above(dossier), "risk above appetite becomes", "risks above appetite become")
    return f"{_price(dossier, plan, ', ')}: {becomes} {len(plan.left) or 'none'}"


def _price(dossier: Dossier, plan: Plan, joint: str) -> str:
    cost = f"{amount(plan.cost)} {plain(dossier.catalog.scales.cost_unit)}"
    return f"{number(len(plan.controls), 'control')}{joint}{cost}"


def whole_plan(dossier: Dossier) -> str:
    """The plan to follow, in a sentence; empty where there is nothing to bring down or nothing to take."""
    plan = best_plan(dossier)
    return f"The whole plan {plan_in_words(dossier, plan)}." if plan and plan.controls and _above(dossier) else ""


def _above(dossier: Dossier) -> int:
    return sum(risk.above_appetite for risk in dossier.assessment.risks)


PLANS: Final[Mapping[str, str]] = {"exact": "Cheapest plan", "greedy": "Plan by rule of thumb"}


def plan_title(dossier: Dossier, plan: Plan) -> str:
    """What kind of plan it is, with its budget where it has one."""
    unit = plain(dossier.catalog.scales.cost_unit)
    return PLANS[plan.method] + ("" if plan.budget is None else f" within a budget of {amount(plan.budget)} {unit}")


def plan_made(plan: Plan) -> str:
    """How a plan was made, and how sure it is."""
    if plan.method == "greedy":
        return "Takes the highest risk first, and for it what takes most off for its cost."
    return f"Weighs all combinations{', and no cheaper one does as well' if plan.proven else '; stopped early'}."


def how_far_apart(dossier: Dossier) -> str:
    """How the two plans compare in cost; empty unless there is one of each without a budget."""
    costs = {p.method: p.cost for p in dossier.plans if p.budget is None}
    if len(costs) < 2:
        return ""
    greedy, exact = costs["greedy"], costs["exact"]
    unit = plain(dossier.catalog.scales.cost_unit)
    if greedy == exact:
        return f"Both plans cost the same: {amount(exact)} {unit}."
    more = f" ({percent((greedy - exact) / exact)} more)" if exact else ""
    return f"The rule of thumb costs {amount(greedy - exact)} {unit} more than the cheapest plan{more}."


def what_is_open(dossier: Dossier) -> str:
    """How many verdicts wait for an answer, in a sentence."""
    open_ = dossier.assessment.count(Outcome.UNKNOWN, rated=False)
    if not open_:
        return "Every verdict is decided."
    wait = number(open_, "verdict waits", "verdicts wait")
    return f"Still open: {wait} for {number(len(dossier.assessment.suggestions), 'answer')}."


# other lists

_BY_THREATS: Final[Mapping[CoverageState, str]] = {
    "concerned": "applies here",
    "partly": "applies in part",
    "covered": "covered",
    "not_concerned": "does not apply here",
    "unknown": "not decided yet",
}
_BY_CONTROLS: Final[Mapping[CoverageState, str]] = {
    "concerned": "nothing of it is in place",
    "partly": "partly in place",
    "covered": "in place",
    "not_concerned": "does not apply here",
    "unknown": "nothing to judge it by",
}


def coverage_state(dossier: Dossier, item: Coverage) -> str:
    """How the system stands to an item of another list: by threats where the item names some, else by controls."""
    listed = dossier.catalog.mappings.get(item.list)
    by_threats = any(i.id == item.item and i.threats for i in listed.items) if listed else False
    return (_BY_THREATS if by_threats else _BY_CONTROLS)[item.state]


# what it rests on


def foundations(dossier: Dossier) -> list[tuple[str, str]]:
    """What the assessment rests on, as pairs of a name and a value."""
    made, described = dossier.assessment, dossier.system.described
    return [
        ("System", plain(made.system)),
        ("What it does", plain(described.about)),
        ("Owner", plain(described.owner)),
        ("Assessed on", day(made.today)),
        ("Result", headline(dossier)),
        ("Framework", f"OWASP AI Exchange, edition {made.edition}"),
        ("Program", f"Bartizan {__version__}"),
        ("Description", file_name(dossier)),
        ("Digest of the description", f"sha256:{made.description_digest}"),
        ("Digest of the catalogue", f"sha256:{made.catalog_digest}"),
        ("Appetite", f"risks up to {appetite(dossier)} need no decision"),
        ("Controls not verified", unverified(dossier)),
    ]


def unverified(dossier: Dossier) -> str:
    """How far a control counts that nobody verified."""
    scales = dossier.catalog.scales
    floor = likelihood_name(dossier, scales.floor)
    return f"count {percent(scales.unverified)} and bring no likelihood below {floor}"
