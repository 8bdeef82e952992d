"""The framework's own tables with this system's threats marked: the AI security matrix and the periodic table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from markupsafe import Markup

from bartizan.catalog.entries import MatrixRow
from bartizan.catalog.relations import printed_controls
from bartizan.catalog.tables import PrintedCell, PrintedRow
from bartizan.core.records import Risk
from bartizan.core.terms import ControlId, ControlStatus, Outcome, ThreatId
from bartizan.report.dossier import Dossier
from bartizan.report.names import Names
from bartizan.report.pictures.marks import element
from bartizan.report.wording import OUTCOMES, STATUSES

_RANK = (Outcome.APPLIES, Outcome.UNKNOWN, Outcome.THEORETICAL, Outcome.DOES_NOT_APPLY)
_SHORT: Mapping[ControlStatus, tuple[str, str]] = {
    ControlStatus.NOT_STARTED: ("chip", ""),
    ControlStatus.PLANNED: ("chip planned", "… "),
    ControlStatus.IMPLEMENTED: ("chip done", "✓ "),
    ControlStatus.VERIFIED: ("chip verified", "✓✓ "),
    ControlStatus.NOT_APPLICABLE: ("chip", "– "),
}


class Standing(msgspec.Struct, frozen=True):
    """How the system stands to one threat: the weightiest verdict over its components, and the risks."""

    outcome: Outcome
    risks: tuple[Risk, ...]


def standings(dossier: Dossier) -> dict[ThreatId, Standing]:
    """How the system stands to every threat that was judged."""
    outcomes: dict[ThreatId, set[Outcome]] = {}
    risks: dict[ThreatId, list[Risk]] = {}
    for verdict in dossier.assessment.verdicts:
        outcomes.setdefault(verdict.threat, set()).add(verdict.outcome)
    for risk in dossier.assessment.risks:
        risks.setdefault(risk.threat, []).append(risk)
    return {
        threat: Standing(next(o for o in _RANK if o in found), tuple(risks.get(threat, ())))
        for threat, found in outcomes.items()
    }


def security_matrix(dossier: Dossier) -> Markup | None:
    """The matrix of the edition as printed, each row with this system's verdict; None where the edition has none."""
    rows = matrix_rows(dossier)
    if not rows:
        return None
    here, words = standings(dossier), Names(dossier)
    heads = ("Threat", "Lifecycle", "Attack surface", "Asset", "Loses", "Here")
    return element(
        "table",
        element("caption", f"AI security matrix of the AI Exchange {words.edition}, as printed", class_="away"),
        element("thead", element("tr", *(element("th", h, scope="col") for h in heads))),
        element("tbody", *(_matrix_row(threat, row, here.get(threat), words) for threat, row in rows)),
        class_="framework",
    )


def matrix_rows(dossier: Dossier) -> tuple[tuple[ThreatId, MatrixRow], ...]:
    """The rows of the edition's matrix in the order of print."""
    edition = str(dossier.assessment.edition)
    rows = [(t.id, row) for t in dossier.catalog.threats.values() for row in t.matrix.get(edition, ())]
    return tuple(sorted(rows, key=lambda pair: pair[1].row))


def _matrix_row(threat: ThreatId, row: MatrixRow, here: Standing | None, words: Names) -> Markup:
    return element(
        "tr",
        element("th", row.label, scope="row"),
        *(element("td", text) for text in (row.lifecycle, row.surface, row.asset, row.impacted)),
        element("td", *_verdict(here, words)),
        class_=None if here and here.outcome is Outcome.APPLIES else "grey",
    )


def _verdict(here: Standing | None, words: Names) -> Iterator[Markup]:
    if here is None:
        yield element("span", "not in the rules of this edition")
        return
    yield element("span", OUTCOMES[here.outcome], class_=f"v {here.outcome.value}")
    for risk in here.risks:
        number, level = words.numbers[risk.id], risk.current.level
        text = f"Risk {number}, at {words.component(risk.component)}: {words.level(level)}"
        kind = f"num m{words.shade(level)}" + (" above" if risk.above_appetite else "")
        yield Markup(" ") + element("a", str(number), href=f"#{risk.id}", class_=kind, title=text, aria_label=text)


def periodic_table(dossier: Dossier) -> Markup | None:
    """The periodic table of the edition as printed: threats with their controls as chips, grey where not applying.

    A chip says how far the control is here. None where the edition has no such table.
    """
    table = dossier.catalog.tables.get(dossier.assessment.edition)
    if table is None:
        return None
    here, words, status = standings(dossier), Names(dossier), statuses_of(dossier)
    heads = ("Asset and impact", "Attack surface", "Threat", "Controls")
    return element(
        "table",
        element("caption", f"Periodic table of AI security {words.edition}, as printed", class_="away"),
        element("thead", element("tr", *(element("th", h, scope="col") for h in heads))),
        element("tbody", *(_periodic_row(row, here.get(row.threat), words, status) for row in table.rows)),
        class_="framework periodic",
    )


def statuses_of(dossier: Dossier) -> dict[ControlId, ControlStatus]:
    """How far each control is, where that is the same or least at the components it is advised for."""
    order = list(ControlStatus)
    found: dict[ControlId, ControlStatus] = {}
    for risk in dossier.assessment.risks:
        for advice in risk.controls:
            known = found.get(advice.control)
            if known is None or order.index(advice.status) < order.index(known):
                found[advice.control] = advice.status
    for declared in dossier.system.described.controls:
        found.setdefault(declared.control, declared.status)
    return found


def _periodic_row(
    row: PrintedRow, here: Standing | None, words: Names, status: Mapping[ControlId, ControlStatus]
) -> Markup:
    return element(
        "tr",
        element("td", row.asset_impact),
        element("td", row.attack_surface),
        element("th", row.label, element("div", *_verdict(here, words)), scope="row"),
        element("td", *(_cell(cell, words, status) for cell in row.cells)),
        class_=None if here and here.outcome is Outcome.APPLIES else "grey",
    )


def _cell(cell: PrintedCell, words: Names, status: Mapping[ControlId, ControlStatus]) -> Markup:
    catalog = words.dossier.catalog
    controls = printed_controls(catalog, cell, words.edition)
    name = catalog.groups[cell.group].name if cell.group else ""
    role = {"supplier": "By the supplier", "producer": "By you"}.get(cell.role or "", "")
    head = [element("span", text, class_="of") for text in (name, role) if text]
    return element("div", *head, *_chips(controls, words, status), class_="cell")


def _chips(controls: Iterable[ControlId], words: Names, status: Mapping[ControlId, ControlStatus]) -> Iterator[Markup]:
    for control in controls:
        state = status.get(control, ControlStatus.NOT_STARTED)
        kind, sign = _SHORT[state]
        entry = words.dossier.control(control)
        code = entry.names.get(words.edition) or entry.title
        text = f"{entry.title}: {STATUSES[state]}"
        yield element(
            "span", sign + code, element("span", f" ({STATUSES[state]})", class_="away"), class_=kind, title=text
        )
