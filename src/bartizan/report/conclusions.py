"""What an assessment comes to, in the words that every format shares: the headline, what to do, what to answer."""

from __future__ import annotations

from bartizan import __version__
from bartizan.core.records import Note, Plan, Step, Suggestion
from bartizan.report.dossier import Dossier
from bartizan.report.wording import amount, appetite, day, file_name, likelihood_name, listing, name_of, number, plain


def headline(dossier: Dossier) -> str:
    """The answer in a sentence: how many risks, how bad, how many above appetite."""
    risks = dossier.assessment.risks
    if not risks:
        return "No threat of the catalogue becomes a risk for the system as it is described."
    above = sum(risk.above_appetite for risk in risks)
    where = f"{above} above" if above else "all within"
    return f"{number(len(risks), 'risk')}: {levels_in_words(dossier)}; {where} your appetite ({appetite(dossier)})."


def levels_in_words(dossier: Dossier) -> str:
    """How many risks of each level there are now, worst first: '5 very high, 6 high'."""
    counts: dict[int, int] = {}
    for risk in dossier.assessment.risks:
        counts[risk.current.level] = counts.get(risk.current.level, 0) + 1
    return listing([f"{counts[n]} {dossier.level_name(n)}" for n in sorted(counts, reverse=True)])


def urgent_notes(dossier: Dossier) -> tuple[Note, ...]:
    """The notes that a reader must see first: broken limits of agents, and decisions that no longer hold."""
    order = ("lethal_trifecta", "rule_of_two", "lapsed_decision", "orphaned_decision")
    urgent = [note for note in dossier.assessment.notes if note.kind in order]
    return tuple(sorted(urgent, key=lambda note: order.index(note.kind)))


def best_plan(dossier: Dossier) -> Plan | None:
    """The plan to follow: the exact one where there is one, else the greedy one."""
    return next((plan for plan in dossier.plans if plan.method == "exact"), next(iter(dossier.plans), None))


def first_steps(dossier: Dossier, most: int) -> tuple[Step, ...]:
    """What to do first: the controls of the plan, in the order in which to take them; without a plan, of all."""
    plan = best_plan(dossier)
    chosen = [s for s in dossier.assessment.steps if s.buys and (plan is None or s.control in plan.controls)]
    return tuple(chosen[:most])


def plan_in_words(dossier: Dossier, plan: Plan) -> str:
    """A plan in a sentence: how many controls, what they cost, what stays above appetite."""
    unit = plain(dossier.catalog.scales.cost_unit)
    left = number(len(plan.left), "risk stays", "risks stay") if plan.left else "no risk stays"
    return f"{number(len(plan.controls), 'control')}, {amount(plan.cost)} {unit}; {left} above appetite"


def suggestion_in_words(dossier: Dossier, suggestion: Suggestion) -> str:
    """What to answer and what it decides: 'Memory: Is it stored as embeddings? (decides 2 verdicts)'."""
    asked = question_of(dossier, suggestion) or f"the field {plain(suggestion.field)}"
    decides = number(len(suggestion.verdicts), "verdict")
    return f"{name_of(dossier, suggestion.component)}: {asked} (decides {decides})"


def question_of(dossier: Dossier, suggestion: Suggestion) -> str:
    """The question behind a missing answer, where the verdicts that wait for it share exactly one; else empty."""
    waiting = {v.id: v for v in dossier.assessment.verdicts if v.id in suggestion.verdicts}
    asked = [{plain(f.says) for f in v.facts if f.value is None and f.fact != "component"} for v in waiting.values()]
    shared = set.intersection(*asked) if asked else set()
    return shared.pop() if len(shared) == 1 else ""


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
    return f"count {scales.unverified:.0%} and bring no likelihood below {floor}"
