"""Where duties stand, in one line."""

from __future__ import annotations

from collections import Counter

from bartizan.core.privacy import Stand
from bartizan.report.dossier import Dossier


def in_brief(dossier: Dossier) -> str:
    """One line for the summary of an assessment; "" where the description says nothing of people."""
    if dossier.assessment.privacy is None:
        return ""
    counts = Counter(verdict.stand for verdict in dossier.assessment.privacy.verdicts)
    shown = f"{counts['met']} shown"
    parts = [f"{counts[stand]} {words}" for stand, words in _BRIEF if counts[stand]]
    return f"Privacy: {', '.join([*parts, shown])}; bartizan privacy says which."


_BRIEF: tuple[tuple[Stand, str], ...] = (
    ("forbidden", "forbidden"),
    ("not_met", "duties not met"),
    ("unknown", "unknown"),
)
