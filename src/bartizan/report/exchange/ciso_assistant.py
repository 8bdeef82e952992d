"""The CSV of a CISO Assistant risk assessment.

Impacts and probabilities are words of the scales, which must be those of the risk matrix that is chosen there; controls
stand one a line, as its import reads them, other lists are joined by ``|``. Only risks that are open are in it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange.cells import guard, shown
from bartizan.report.exchange.entries import Entry, controls, open_ones, system_id, what

HEADER = (
    "ref_id",
    "assets",
    "threats",
    "name",
    "description",
    "existing_controls",
    "current_impact",
    "current_proba",
    "current_risk",
    "additional_controls",
    "residual_impact",
    "residual_proba",
    "residual_risk",
    "treatment",
    "justification",
    "filtering_labels",
)


def render(dossier: Dossier) -> str:
    """The risk assessment of one system."""
    return render_all([dossier])


def render_all(dossiers: Iterable[Dossier]) -> str:
    """The risk assessment of several systems."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(HEADER)
    for dossier in dossiers:
        writer.writerows([guard(shown(cell)) for cell in _row(dossier, entry)] for entry in open_ones(dossier))
    return buffer.getvalue()


def _row(dossier: Dossier, entry: Entry) -> tuple[str, ...]:
    return (
        entry.id,
        _single(wording.at(dossier, entry.component)),
        _single(wording.threat_name(dossier, entry.threat)),
        entry.name,
        what(dossier, entry),
        "\n".join(controls(dossier, entry, in_place=True)),
        *_words(dossier, entry.current),
        "\n".join(controls(dossier, entry, in_place=False)),
        *_words(dossier, entry.residual),
        entry.treatment if entry.settled == "held" else "open",
        entry.reason,
        "|".join(("bartizan", _single(system_id(dossier)))),
    )


def _single(text: str) -> str:
    """One value of a list: the sign that separates values cannot be in it."""
    return text.replace("|", "/")


def _words(dossier: Dossier, numbers: tuple[int, int, int]) -> tuple[str, str, str]:
    likelihood, impact, level = numbers
    return (
        wording.impact_name(dossier, impact),
        wording.likelihood_name(dossier, likelihood),
        wording.plain(dossier.level_name(level)),
    )
