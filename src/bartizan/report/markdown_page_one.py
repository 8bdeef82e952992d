"""The first page of the Markdown report: the answer, the worst risks, what to do first, and what is open."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.core.terms import Outcome
from bartizan.report import conclusions, questions, remarks, wording
from bartizan.report.dossier import Dossier
from bartizan.report.gfm import bullets, table, text

_TOP = 5


def page_one(dossier: Dossier) -> Iterator[str]:
    """The lines that a manager reads."""
    made, described = dossier.assessment, dossier.system.described
    yield f"# {text(made.system)}: AI security assessment"
    yield ""
    owner = f" Owner: {text(described.owner)}." if described.owner else ""
    about = f"{text(wording.sentence(described.about))} " if described.about else ""
    yield f"{about}Assessed on {wording.day(made.today)} by the OWASP AI Exchange, edition {made.edition}.{owner}"
    yield ""
    yield f"**{text(conclusions.headline(dossier))}**"
    yield ""
    yield from bullets(f"**{text(wording.sentence(r.title))}** {text(r.text)}" for r in remarks.grave(dossier))
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
        does = f"{text(wording.effort(dossier, step))}; it {wording.step_buys(dossier, step)}"
        yield f"{number}. **{text(wording.step_title(dossier, step))}**: {does}."
    if not steps:
        yield conclusions.NOTHING_FIRST
    yield ""
    if whole := conclusions.whole_plan(dossier):
        yield text(whole)
        yield ""


def _what_is_open(dossier: Dossier) -> Iterator[str]:
    made = dossier.assessment
    items = []
    if made.count(Outcome.UNKNOWN, rated=False):
        best = questions.suggestion_in_words(dossier, made.suggestions[0]) if made.suggestions else ""
        items.append(conclusions.what_is_open(dossier) + (f" Answer first: {text(best)}." if best else ""))
    if made.open_points:
        names = wording.listing(list(dict.fromkeys(wording.supplier_name(p) for p in made.open_points)))
        items.append(f"{wording.number(len(made.open_points), 'question')} to ask of {text(names)}.")
    if items:
        yield "## What is open"
        yield ""
        yield from bullets(items)
