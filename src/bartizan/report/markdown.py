"""The report as GitHub-flavoured Markdown: the manager's page first, then what an auditor follows to its proof."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from bartizan.core.records import OpenPoint, Plan, Risk, Step, Suggestion, Verdict
from bartizan.core.terms import Outcome, Party
from bartizan.report import conclusions, loss, mermaid, proofs, questions, remarks, wording
from bartizan.report.dossier import Dossier
from bartizan.report.gfm import bullets, code, link, table, text
from bartizan.report.glossary import TERMS
from bartizan.report.markdown_page_one import page_one
from bartizan.report.markdown_risk import risk_part
from bartizan.report.privacy.rows import rows_of


def render(dossier: Dossier) -> str:
    """The report, ending in one line break. Names are escaped: what a stranger wrote cannot become markup."""
    parts = (
        page_one, _picture, _heat_map, _risks, _controls, _loss, _responsibilities, _open, _privacy, _verdicts,
        _coverage, _rests_on, _terms,
    )  # fmt: skip
    lines = [line for part in parts for line in part(dossier)]
    return "\n".join(lines).rstrip("\n") + "\n"


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
    yield "## Controls in order"
    yield ""
    yield (
        "Those of the plan first, and among them the highest risk, then the cheapest. Those marked “further” lower "
        "risks more than your appetite asks."
    )
    yield ""
    rows = [_step(dossier, step) for step in steps]
    yield from table(("", "Control", "Plan", "Status", "Who must act", "Effort", "What it buys"), rows, "rllllll")
    yield from bullets(_plan(dossier, plan) for plan in dossier.plans)
    if gap := conclusions.how_far_apart(dossier):
        yield text(gap)
        yield ""


def _step(dossier: Dossier, step: Step) -> tuple[str, ...]:
    return (
        str(step.order),
        link(wording.step_title(dossier, step), dossier.control(step.control).permalink),
        f"**{wording.in_plan(step)}**" if step.planned else wording.in_plan(step),
        wording.STATUSES[step.status],
        wording.PARTIES[step.party],
        wording.EFFORTS[step.effort],
        wording.step_buys(dossier, step),
    )


def _plan(dossier: Dossier, plan: Plan) -> str:
    said = f"{conclusions.plan_made(plan)} It {conclusions.plan_in_words(dossier, plan)}."
    return f"**{text(conclusions.plan_title(dossier, plan))}**: {text(said)}"


def _loss(dossier: Dossier) -> Iterator[str]:
    found = dossier.loss
    if found is None:
        return
    yield "## Annual loss"
    yield ""
    yield text(" ".join(loss.in_words(dossier, found)))
    yield ""
    head = (text(f"Loss in a year, {found.unit}"), *loss.STAGES)
    yield from table(head, [tuple(map(text, row)) for row in loss.figures(found)], "lrrr")
    rows = [tuple(map(text, row)) for row in loss.parts(dossier, found)]
    yield from table(("Risk", "Mean a year now", "Share"), rows, "lrr")


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


def _privacy(dossier: Dossier) -> Iterator[str]:
    found = rows_of(dossier)
    if found is None:
        return
    yield "## Privacy"
    yield ""
    yield text(found.headline)
    yield ""
    rows = [
        (
            f"**{text(row.title)}**" + (f"<br>{text(row.place)}" if row.place else ""),
            text(row.law),
            text(row.stands),
            text(row.why),
            text(row.shown),
        )
        for row in found.rows
    ]
    yield from table(("Duty", "Law", "Stands", "Why", "What shows it"), rows)
    yield text(f"{found.rest} {found.not_advice}")
    yield ""


def _open(dossier: Dossier) -> Iterator[str]:
    made = dossier.assessment
    if made.suggestions:
        yield "## Answers still worth giving"
        yield ""
        rows = [_answer(dossier, suggestion) for suggestion in made.suggestions]
        yield from table(("Component", "Field", "Question", "Verdicts that wait"), rows, "lllr")
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
        text(questions.question_of(dossier, suggestion.component, suggestion.field)),
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
        text(proofs.proof(dossier, verdict)),
        text(proofs.all_sources(dossier, verdict)) or " ",
        text(proofs.rule(verdict)),
    )


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
        row = (
            text(item.item),
            text(item.name),
            conclusions.coverage_state(dossier, item),
            text(risks) or " ",
            text(missing) or " ",
        )
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
    yield from bullets(
        f"{text(wording.sentence(r.title))} {text(r.text)}" for r in remarks.remarks(dossier) if not r.grave
    )


def _terms(_: Dossier) -> Iterator[str]:
    yield "## Terms"
    yield ""
    yield from bullets(f"**{term}**: {text(line)}" for term, line in TERMS.items())
