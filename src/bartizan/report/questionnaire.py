"""What this system's suppliers must answer, and nothing else: as Markdown to send, and as a workbook to fill in.

Each question says why it is asked, which proof to attach, and what the customer does while there is no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.records import OpenPoint, Risk
from bartizan.core.terms import Party
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.gfm import bullets, table, text
from bartizan.report.sheets import Cell, Column, Sheet, workbook

_MOST_OWN = 3
_OTHER = "take another supplier, who can answer"
_NO_OWN = "no control of yours is known against this; accept or avoid"


def suppliers(dossier: Dossier) -> tuple[str, ...]:
    """Who has anything to answer, in the order of the assessment."""
    return tuple(dict.fromkeys(wording.supplier_name(point) for point in dossier.assessment.open_points))


def open_points(dossier: Dossier, supplier: str | None = None) -> tuple[OpenPoint, ...]:
    """The open points, of one supplier if one is named, those with the worst risk first.

    Raises InputError for a supplier that has nothing to answer, with the nearest name.
    """
    worst = {risk.id: risk.current.level for risk in dossier.assessment.risks}
    found = sorted(
        dossier.assessment.open_points,
        key=lambda p: (wording.supplier_name(p), -max((worst.get(r, 0) for r in p.risks), default=0), p.control),
    )
    if supplier is None:
        return tuple(found)
    chosen = tuple(p for p in found if wording.supplier_name(p).casefold() == wording.plain(supplier).casefold())
    if not chosen:
        fix = nearest(supplier, suppliers(dossier)) or "no supplier of this system has anything to answer"
        finding = f"no question for a supplier '{wording.plain(supplier):.70}'"
        raise InputError([Problem(file=wording.file_name(dossier), finding=finding, fix=fix)])
    return chosen


# Markdown


def render_markdown(dossier: Dossier, supplier: str | None = None) -> str:
    """The questionnaire as GitHub-flavoured Markdown, grouped by supplier, with room for each answer."""
    points = open_points(dossier, supplier)
    made = dossier.assessment
    lines = [f"# Questions on AI security: {text(made.system)}", ""]
    lines += [f"As of {wording.day(made.today)}, by the OWASP AI Exchange, edition {made.edition}.", ""]
    if not points:
        lines += ["No supplier of this system has anything to answer.", ""]
    for name in dict.fromkeys(map(wording.supplier_name, points)):
        lines += _supplier_part(dossier, name, [p for p in points if wording.supplier_name(p) == name])
    if points:
        lines += _own_lines(dossier, points)
    return "\n".join(lines).rstrip("\n") + "\n"


def _supplier_part(dossier: Dossier, name: str, points: list[OpenPoint]) -> Iterator[str]:
    yield f"## {text(name)}"
    yield ""
    yield f"{wording.number(len(points), 'question')}. Answer each in a sentence or two and attach what shows it."
    yield ""
    for number, point in enumerate(points, start=1):
        yield from _question(dossier, number, point)


def _own_lines(dossier: Dossier, points: Iterable[OpenPoint]) -> Iterator[str]:
    """The customer's own part, last, so that it can be cut off before the rest is sent."""
    yield "## For the customer: while there is no answer"
    yield ""
    yield "Keep this part. Until a question is answered, one of these holds."
    yield ""
    yield from table(("Supplier", "Subject", "Accept", "Mitigate yourself", "Avoid"), _own_rows(dossier, points))


def _own_rows(dossier: Dossier, points: Iterable[OpenPoint]) -> Iterator[tuple[str, ...]]:
    for point in points:
        who, what = wording.supplier_name(point), wording.control_name(dossier, point.control)
        yield tuple(map(text, (who, what, *_meanwhile(dossier, point))))


def _question(dossier: Dossier, number: int, point: OpenPoint) -> Iterator[str]:
    yield f"### {number}. {text(wording.control_name(dossier, point.control))}"
    yield ""
    yield f"**{text(point.question)}**"
    yield ""
    yield f"Why: {text(_why(dossier, point))}"
    yield ""
    evidence = dossier.control(point.control).verify
    if evidence:
        yield "Attach proof, such as the result of one of these:"
        yield ""
        yield from bullets(text(line) for line in evidence)
    yield "Answer:"
    yield ""
    yield "&nbsp;"
    yield ""


# workbook


def render_xlsx(dossier: Dossier, supplier: str | None = None) -> bytes:
    """The questionnaire as a workbook: one sheet to fill in, one on what the customer does meanwhile."""
    points = open_points(dossier, supplier)
    made = dossier.assessment
    title = f"Questions on AI security: {wording.plain(made.system)}"
    return workbook((_form(dossier, points), _own_part(dossier, points)), title=title, on=made.today)


def _form(dossier: Dossier, points: Iterable[OpenPoint]) -> Sheet:
    columns = (
        Column("Supplier", 22),
        Column("Subject", 28),
        Column("Question", 60),
        Column("Why we ask", 48),
        Column("Proof to attach", 60),
        Column("Answer", 60),
        Column("Attached", 24),
    )
    return Sheet(name="Questions", columns=columns, rows=tuple(_form_row(dossier, point) for point in points))


def _form_row(dossier: Dossier, point: OpenPoint) -> tuple[Cell, ...]:
    return (
        wording.supplier_name(point),
        wording.control_name(dossier, point.control),
        point.question,
        _why(dossier, point),
        "\n".join(dossier.control(point.control).verify),
        "",
        "",
    )


def _own_part(dossier: Dossier, points: Iterable[OpenPoint]) -> Sheet:
    heads = (("Supplier", 22), ("Subject", 28), ("Accept", 48), ("Mitigate yourself", 60), ("Avoid", 60))
    rows = tuple(
        (wording.supplier_name(p), wording.control_name(dossier, p.control), *_meanwhile(dossier, p)) for p in points
    )
    return Sheet(name="While unanswered", columns=tuple(Column(*head) for head in heads), rows=rows)


# what both say


def _why(dossier: Dossier, point: OpenPoint) -> str:
    names = wording.listing(wording.risk_names(dossier, point.risks))
    purpose = wording.plain(dossier.control(point.control).purpose).split(". ")[0]
    return f"{wording.sentence(purpose)} It bears on {names}."


def _meanwhile(dossier: Dossier, point: OpenPoint) -> tuple[str, str, str]:
    """Accept, mitigate yourself, avoid: what each means for the risks behind a question."""
    known = {risk.id: risk for risk in dossier.assessment.risks}
    risks = [known[name] for name in point.risks if name in known]
    return _accept(dossier, risks), _mitigate(dossier, risks), _avoid(risks)


def _accept(dossier: Dossier, risks: list[Risk]) -> str:
    worst = max((risk.current.level for risk in risks), default=0)
    if not worst:
        return "nothing rests on it now"
    above = any(risk.above_appetite for risk in risks)
    needs = "above your appetite: needs a reason, a name and an end date" if above else "within your appetite"
    return f"the risk stays {dossier.level_name(worst)}, {needs}"


def _mitigate(dossier: Dossier, risks: list[Risk]) -> str:
    gains: dict[str, float] = {}
    for risk in risks:
        for advice in risk.controls:
            if advice.party is Party.US:
                gains[advice.control] = gains.get(advice.control, 0.0) + advice.likelihood + advice.impact
    best = sorted((c for c in gains if gains[c]), key=lambda c: (-gains[c], c))[:_MOST_OWN]
    return wording.listing([wording.control_name(dossier, control) for control in best]) or _NO_OWN


def _avoid(risks: list[Risk]) -> str:
    ways = dict.fromkeys(wording.acts(change) for risk in risks for change in risk.changes)
    return "; or ".join(f"{way[:1].lower()}{way[1:]}" for way in list(ways)[:_MOST_OWN]) or _OTHER
