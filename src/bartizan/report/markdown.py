"""The report as GitHub-flavoured Markdown: the manager's page first, then what an auditor follows to its proof."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from bartizan.core.records import OpenPoint, Risk, Step, Suggestion, Verdict
from bartizan.core.terms import Outcome, Party
from bartizan.report import conclusions, mermaid, wording
from bartizan.report.dossier import Dossier
from bartizan.report.gfm import bullets, code, link, table, text
from bartizan.report.markdown_risk import risk_part

_TOP = 5


def render(dossier: Dossier) -> str:
    """The report, ending in one line break. Names are escaped: what a stranger wrote cannot become markup."""
    parts = (
        _page_one, _picture, _heat_map, _risks, _controls, _responsibilities, _open, _verdicts, _coverage, _rests_on
    )  # fmt: skip
    lines = [line for part in parts for line in part(dossier)]
    return "\n".join(lines).rstrip("\n") + "\n"


# page one


def _page_one(dossier: Dossier) -> Iterator[str]:
    made, described = dossier.assessment, dossier.system.described
    yield f"# {text(made.system)}: AI security assessment"
    yield ""
    owner = f" Owner: {text(described.owner)}." if described.owner else ""
    about = f"{text(wording.sentence(described.about))} " if described.about else ""
    yield f"{about}Assessed on {wording.day(made.today)} by the OWASP AI Exchange, edition {made.edition}.{owner}"
    yield ""
    yield f"**{text(conclusions.headline(dossier))}**"
    yield ""
    yield from bullets(f"**{text(wording.sentence(note.text))}**" for note in conclusions.urgent_notes(dossier))
    if not made.risks:
        yield from _what_is_open(dossier)
        return
    yield from _top_risks(dossier)
    yield from _do_first(dossier)
    yield from _what_is_open(dossier)


def _top_risks(dossier: Dossier) -> Iterator[str]:
    yield "## The worst risks"
    yield ""
    rows = [
        (
            f"[{number}](#risk-{number})",
            text(wording.risk_name(dossier, risk)),
            dossier.level_name(risk.current.level),
            dossier.level_name(risk.residual.level),
            wording.PARTIES[risk.party],
        )
        for number, risk in enumerate(dossier.assessment.risks[:_TOP], start=1)
    ]
    yield from table(("", "Risk", "Now", "After the plan", "Who must act"), rows, "rllll")


def _do_first(dossier: Dossier) -> Iterator[str]:
    yield "## What to do first"
    yield ""
    steps = conclusions.first_steps(dossier, _TOP)
    for number, step in enumerate(steps, start=1):
        effort = wording.EFFORTS[step.effort.value]
        yield f"{number}. **{text(wording.step_title(dossier, step))}** ({effort} effort): {wording.step_buys(step)}."
    if not steps:
        yield "No control of yours takes these risks down further; each risk below lists what else you can decide."
    yield ""
    plan = conclusions.best_plan(dossier)
    if plan:
        yield f"The whole plan: {text(conclusions.plan_in_words(dossier, plan))}."
        yield ""


def _what_is_open(dossier: Dossier) -> Iterator[str]:
    made = dossier.assessment
    unknown = made.count(Outcome.UNKNOWN, rated=False)
    items = []
    if unknown:
        best = conclusions.suggestion_in_words(dossier, made.suggestions[0]) if made.suggestions else ""
        tail = f" Answer first: {text(best)}." if best else ""
        items.append(f"{wording.number(unknown, 'verdict waits', 'verdicts wait')} for an answer.{tail}")
    if made.open_points:
        names = wording.listing(list(dict.fromkeys(wording.supplier_name(p) for p in made.open_points)))
        items.append(f"{wording.number(len(made.open_points), 'question')} to ask of {text(names)}.")
    if items:
        yield "## What is open"
        yield ""
        yield from bullets(items)


# pictures


def _picture(dossier: Dossier) -> Iterator[str]:
    yield "## The system and where threats hit it"
    yield ""
    yield "```mermaid"
    yield mermaid.render(dossier).rstrip("\n")
    yield "```"
    yield ""


def _heat_map(dossier: Dossier) -> Iterator[str]:
    if not dossier.assessment.risks:
        return
    scales = dossier.catalog.scales
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, risk in enumerate(dossier.assessment.risks, start=1):
        cells[risk.current.likelihood, risk.current.impact].append(number)
    yield "## Heat map"
    yield ""
    yield "Numbers are risks as they are now, numbered as below. Bold: above your appetite."
    yield ""
    impacts = range(1, len(scales.impact) + 1)
    header = ["Likelihood, impact", *(text(wording.impact_name(dossier, n)) for n in impacts)]
    rows = []
    for likelihood in range(len(scales.likelihood), 0, -1):
        row = [f"**{text(wording.likelihood_name(dossier, likelihood))}**"]
        for bad in impacts:
            listed = ", ".join(f"[{n}](#risk-{n})" for n in cells[likelihood, bad])
            above = scales.matrix[likelihood - 1][bad - 1] > scales.appetite
            row.append(f"**{listed}**" if listed and above else listed or " ")
        rows.append(row)
    yield from table(header, rows, "l" + "c" * len(impacts))


# risks


def _risks(dossier: Dossier) -> Iterator[str]:
    yield "## Risks and their proofs"
    yield ""
    if not dossier.assessment.risks:
        yield "None. Every verdict and its reason is listed under “All verdicts”."
        yield ""
        return
    verdicts = {verdict.id: verdict for verdict in dossier.assessment.verdicts}
    for number, risk in enumerate(dossier.assessment.risks, start=1):
        yield from risk_part(dossier, number, risk, verdicts[risk.id])


# controls and responsibilities


def _controls(dossier: Dossier) -> Iterator[str]:
    steps = dossier.assessment.steps
    if not steps:
        return
    plan = conclusions.best_plan(dossier)
    taken = set(plan.controls) if plan else set()
    yield "## Controls in order"
    yield ""
    yield "Highest risk first, then cheapest. ✓ marks what belongs to the plan."
    yield ""
    rows = [_step(dossier, step, step.control in taken) for step in steps]
    yield from table(("", "Control", "Status", "Who", "Effort", "What it buys", "Plan"), rows, "rlllllc")
    yield from bullets(
        f"{'Exact' if p.method == 'exact' else 'Greedy'} plan: {text(conclusions.plan_in_words(dossier, p))}."
        + (" No cheaper plan does as much." if p.proven else "")
        for p in dossier.plans
    )


def _step(dossier: Dossier, step: Step, taken: bool) -> tuple[str, ...]:
    return (
        str(step.order),
        link(wording.step_title(dossier, step), dossier.control(step.control).permalink),
        wording.STATUSES[step.status],
        wording.PARTIES[step.party],
        wording.EFFORTS[step.effort.value],
        wording.step_buys(step),
        "✓" if taken else " ",
    )


def _responsibilities(dossier: Dossier) -> Iterator[str]:
    if not dossier.assessment.risks:
        return
    yield "## Who is responsible"
    yield ""
    rows = [_duty(dossier, number, risk) for number, risk in enumerate(dossier.assessment.risks, start=1)]
    header = ("", "Risk", "Who must act", "Why", "Controls: you", "Shared", "Supplier")
    yield from table(header, rows, "rlllrrr")


def _duty(dossier: Dossier, number: int, risk: Risk) -> tuple[str, ...]:
    counts = Counter(advice.party for advice in risk.controls)
    return (
        f"[{number}](#risk-{number})",
        text(wording.risk_name(dossier, risk)),
        wording.PARTIES[risk.party],
        text(risk.party_why),
        *(str(counts[party]) for party in (Party.US, Party.SHARED, Party.SUPPLIER)),
    )


# what is open


def _open(dossier: Dossier) -> Iterator[str]:
    made = dossier.assessment
    if made.suggestions:
        yield "## Answers still worth giving"
        yield ""
        rows = [_answer(dossier, suggestion) for suggestion in made.suggestions]
        yield from table(("Component", "Field", "Question", "Decides verdicts"), rows, "lllr")
    if made.open_points:
        yield "## Questions to suppliers"
        yield ""
        yield "Until a question is answered, accept the risk, mitigate it yourself, or avoid the supplier."
        yield ""
        rows = [_asked(dossier, point) for point in made.open_points]
        yield from table(("Supplier", "Control", "Question", "Because of"), rows)


def _answer(dossier: Dossier, suggestion: Suggestion) -> tuple[str, ...]:
    return (
        text(wording.name_of(dossier, suggestion.component)),
        code(suggestion.field),
        text(conclusions.question_of(dossier, suggestion)) or " ",
        str(len(suggestion.verdicts)),
    )


def _asked(dossier: Dossier, point: OpenPoint) -> tuple[str, ...]:
    return (
        text(wording.supplier_name(point)),
        text(wording.control_name(dossier, point.control)),
        text(point.question),
        text("; ".join(wording.risk_names(dossier, point.risks))),
    )


# everything else


def _verdicts(dossier: Dossier) -> Iterator[str]:
    yield "## All verdicts"
    yield ""
    signs = ", ".join(f"{wording.SIGNS[o]} {wording.OUTCOMES[o]}" for o in Outcome)
    yield f"{signs}. “Rests on” gives each fact its source: a line of the description, a default, or what was computed."
    yield ""
    rows = [_verdict(dossier, verdict) for verdict in dossier.assessment.verdicts]
    yield from table(("", "Threat", "Where", "Why", "Rests on", "Rule"), rows, "clllll")


def _verdict(dossier: Dossier, verdict: Verdict) -> tuple[str, ...]:
    return (
        wording.SIGNS[verdict.outcome],
        link(wording.threat_name(dossier, verdict.threat), dossier.threat(verdict.threat).permalink),
        text(wording.at(dossier, verdict.component)),
        text(wording.proof(dossier, verdict)),
        text(wording.all_sources(dossier, verdict)) or " ",
        text(wording.rule(verdict)),
    )


_STATES = {
    "concerned": "concerns you",
    "partly": "partly covered",
    "covered": "covered",
    "not_concerned": "does not concern you",
    "unknown": "unknown",
}


def _coverage(dossier: Dossier) -> Iterator[str]:
    made = dossier.assessment
    if not made.coverage:
        return
    yield "## How it stands to other lists"
    yield ""
    by_list: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for item in made.coverage:
        risks = "; ".join(wording.risk_names(dossier, item.risks))
        missing = ", ".join(wording.control_name(dossier, c) for c in item.controls_missing)
        row = (text(item.item), text(item.name), _STATES[item.state], text(risks) or " ", text(missing) or " ")
        by_list[item.list].append(row)
    for name, rows in by_list.items():
        found = dossier.catalog.mappings.get(name)
        yield f"### {text(found.title if found else name)}"
        yield ""
        yield from table(("Item", "Name", "State", "Risks", "Controls not in place"), rows)


def _rests_on(dossier: Dossier) -> Iterator[str]:
    yield "## What this rests on"
    yield ""
    yield from table(("", ""), [(text(name), text(value) or " ") for name, value in conclusions.foundations(dossier)])
    yield from bullets(text(wording.sentence(note.text)) for note in dossier.assessment.notes)
