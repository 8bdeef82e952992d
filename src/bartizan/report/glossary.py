"""The words of risk work and of the framework, each explained in one line; the same wherever a report explains them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bartizan.report.dossier import Dossier
from bartizan.report.wording import control_name, first_sentence, threat_name

TERMS: Final[Mapping[str, str]] = {
    "risk": "A threat that applies to a part of your system, with how likely it is and how much it would hurt.",
    "appetite": "The highest level of risk that you accept without a decision; what is above it needs one.",
    "likelihood": "How soon to expect that a threat comes true here, on a scale of steps.",
    "impact": "How much it would hurt you and others if it came true, on a scale of steps.",
    "without controls": "The inherent risk: as if nothing that you or a supplier did against it counted.",
    "after the plan": "The residual risk: what is left when every control of the plan is in place and verified.",
    "theoretical": "The threat is possible here, but nobody gains by it or no harm comes of it.",
    "verified": "Somebody checked that the control is in place and works; what is only claimed counts in part.",
    "lethal trifecta": "Strangers' content in, sensitive data in reach and a way out together: data can be stolen by a "
    "planted text.",
    "rule of two": "Of untrusted content, sensitive data and consequential actions an agent may have two, unless a "
    "person approves each action.",
    "periodic table": "The AI Exchange's overview of threats by asset and impact, each with its controls.",
    "edition": "The AI Exchange is released in editions; rules and names differ between them.",
}
"""Terms in lower case, as they stand in running text."""


def threats_in_a_line(dossier: Dossier, threats: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Name and one-line explanation of each threat, by id, in the order of their names."""
    found = {i: (threat_name(dossier, i), first_sentence(dossier.threat(i).what)) for i in threats}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def controls_in_a_line(dossier: Dossier, controls: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Title and one-line explanation of each control, by id, in the order of their titles."""
    found = {i: (control_name(dossier, i), first_sentence(dossier.control(i).purpose)) for i in controls}
    return dict(sorted(found.items(), key=lambda item: item[1]))
