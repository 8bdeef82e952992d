"""Sentences that the report formats share, so that every format says the same thing in the same words.

Names come from the description of a stranger. What leaves this module is one line without control characters; a format
still escapes it for its own syntax.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from bartizan.catalog.scales import LevelBand
from bartizan.core.records import Change, Decision, Level, OpenPoint, Risk, Step, Verdict
from bartizan.core.terms import SYSTEM, ControlStatus, Effort, Outcome, Party, Treatment
from bartizan.report.dossier import Dossier

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.APPLIES: "applies",
    Outcome.THEORETICAL: "theoretical",
    Outcome.DOES_NOT_APPLY: "does not apply",
    Outcome.UNKNOWN: "unknown",
}
SIGNS: Final[Mapping[Outcome, str]] = {
    Outcome.APPLIES: "●",
    Outcome.THEORETICAL: "○",
    Outcome.DOES_NOT_APPLY: "–",
    Outcome.UNKNOWN: "?",
}
"""Shape first, colour second."""
PARTIES: Final[Mapping[Party, str]] = {
    Party.US: "you",
    Party.SUPPLIER: "the supplier",
    Party.SHARED: "you and the supplier",
}
STATUSES: Final[Mapping[ControlStatus, str]] = {
    ControlStatus.NOT_STARTED: "not started",
    ControlStatus.PLANNED: "planned",
    ControlStatus.IMPLEMENTED: "implemented, not verified",
    ControlStatus.VERIFIED: "verified",
    ControlStatus.NOT_APPLICABLE: "not applicable",
}
ACTS: Final[Mapping[ControlStatus, str]] = {
    ControlStatus.NOT_STARTED: "Put in place",
    ControlStatus.PLANNED: "Finish",
    ControlStatus.IMPLEMENTED: "Verify",
    ControlStatus.VERIFIED: "Keep",
    ControlStatus.NOT_APPLICABLE: "Leave",
}
"""What there is to do about a control that is so far."""
EFFORTS: Final[Mapping[Effort, str]] = {Effort.S: "small", Effort.M: "medium", Effort.L: "large"}
TREATMENTS: Final[Mapping[Treatment, str]] = {
    Treatment.MITIGATE: "Mitigate",
    Treatment.TRANSFER: "Transfer",
    Treatment.AVOID: "Avoid",
    Treatment.ACCEPT: "Accept",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIRST_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_JOINERS = "\u200c\u200d"
_SPACES = frozenset({"Zl", "Zp", "Cc"})
_DROPPED = frozenset({"Cf", "Cs", "Cn", "Co"})


def plain(text: str) -> str:
    """The text on one line: control characters and line breaks become spaces, invisible direction marks go.

    Terminal escapes, bidirectional overrides and zero-width characters cannot do anything in what is returned; the
    joiners that some scripts need stay.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = []
    for letter in text:
        category = unicodedata.category(letter)
        if category in _SPACES:
            kept.append(" ")
        elif category not in _DROPPED or letter in _JOINERS:
            kept.append(letter)
    return " ".join("".join(kept).split())


def day(iso: str) -> str:
    """A date as people write it: 22 Nov 2026. What is no date stays as it is."""
    try:
        date = datetime.date.fromisoformat(iso)
    except ValueError:
        return plain(iso)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def listing(parts: Sequence[str], word: str = "and") -> str:
    """The parts as a sentence lists them: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def number(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 risk, 2 risks."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def amount(value: float) -> str:
    """A number without idle zeros: 3, 2.5, 12,500."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share of one: 50 %."""
    return f"{share:.0%}".replace("%", " %")


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text with a capital in front and a stop at the end."""
    text = plain(text)
    return f"{capital(text)}{'' if text[-1:] in '.?!' else '.'}" if text else ""


def first_sentence(text: str) -> str:
    """The first sentence of a text: what explains a term in a line."""
    return plain(_FIRST_SENTENCE.split(text, maxsplit=1)[0])


# names


def name_of(dossier: Dossier, component: str) -> str:
    """What people call a component, on one line."""
    return plain(dossier.label(component)) or component


def at(dossier: Dossier, component: str) -> str:
    """The place of a verdict: the component's name, or 'the system as a whole'."""
    return "the system as a whole" if component == SYSTEM else name_of(dossier, component)


def threat_name(dossier: Dossier, threat: str) -> str:
    """The threat's name in the edition of the assessment."""
    return plain(dossier.threat(threat).name_in(dossier.assessment.edition))


def control_name(dossier: Dossier, control: str) -> str:
    """The control's title in plain words."""
    return plain(dossier.control(control).title)


def risk_name(dossier: Dossier, risk: Risk | Verdict) -> str:
    """The threat and where: 'Indirect prompt injection at Mail agent'."""
    return f"{threat_name(dossier, risk.threat)} at {at(dossier, risk.component)}"


def risk_names(dossier: Dossier, ids: Iterable[str]) -> list[str]:
    """The names of risks that are given by id; an id that is no risk stays as it is."""
    known = {risk.id: risk for risk in dossier.assessment.risks}
    return [risk_name(dossier, known[i]) if i in known else plain(i) for i in ids]


def file_name(dossier: Dossier) -> str:
    """The description's file without its folders, which are the business of one machine only."""
    return plain(PurePath(dossier.system.file).name) or "system.yaml"


# levels


def band(bands: Sequence[LevelBand], step: int) -> str:
    """The word for a step of a scale, counted from 1."""
    return plain(bands[min(max(step, 1), len(bands)) - 1].name.replace("_", " "))


def likelihood_name(dossier: Dossier, step: int) -> str:
    """The word for a step of the likelihood scale."""
    return band(dossier.catalog.scales.likelihood, step)


def impact_name(dossier: Dossier, step: int) -> str:
    """The word for a step of the impact scale."""
    return band(dossier.catalog.scales.impact, step)


def rating(dossier: Dossier, level: Level) -> str:
    """A level with its arithmetic: 'very high (likelihood 5, impact 5)'."""
    return f"{dossier.level_name(level.level)} (likelihood {level.likelihood}, impact {level.impact})"


def movement(dossier: Dossier, risk: Risk) -> str:
    """How the risk moves: 'very high now, low after the plan'."""
    now, after = dossier.level_name(risk.current.level), dossier.level_name(risk.residual.level)
    start = dossier.level_name(risk.inherent.level)
    before = "" if start == now else f" ({start} without controls)"
    return f"{now} now{before}, {after if after != now else 'the same'} after the plan"


def level_reasons(dossier: Dossier, level: Level) -> str:
    """What brought a level down, with controls by their titles: 'Model access control: verified'."""
    parts = []
    for reason in level.why:
        control, colon, rest = reason.partition(": ")
        known = control in dossier.catalog.controls
        parts.append(f"{control_name(dossier, control)}{colon}{plain(rest)}" if known else plain(reason))
    return "; ".join(parts)


def acts(change: Change) -> str:
    """The acts of a change in one phrase: 'Keep no memory and insert no data'."""
    first, *rest = [plain(act) for act in change.acts]
    return listing([first, *(f"{act[:1].lower()}{act[1:]}" for act in rest)])


def appetite(dossier: Dossier) -> str:
    """The word for the highest level that is acceptable without a decision."""
    return dossier.level_name(dossier.catalog.scales.appetite)


# what to do


def step_title(dossier: Dossier, step: Step) -> str:
    """The control; where something is done already, as an act: 'Verify: Rate limit'."""
    title = control_name(dossier, step.control)
    return title if step.status is ControlStatus.NOT_STARTED else f"{ACTS[step.status]}: {title}"


def step_buys(dossier: Dossier, step: Step) -> str:
    """What the control buys, in plain words: 'makes 9 risks much less likely'.

    Of several risks it says how many are above appetite, unless all are. How much a control takes off is the
    catalogue's estimate per risk; sums of it over risks mean nothing to a reader, so they are not said.
    """
    risks = number(len(step.risks), "risk")
    all_above = step.above_appetite == len(step.risks)
    above = "" if all_above else f", {step.above_appetite or 'none'} of them above appetite"
    reduces = dossier.control(step.control).reduces
    effects = ((reduces.likelihood, "likely"), (reduces.impact, "harmful"))
    how = listing([f"{_degree(steps)}{what}" for steps, what in effects if steps])
    return (f"makes {risks} {how}" if how and step.buys else f"supports the other controls on {risks}") + above


def _degree(steps: float) -> str:
    """How much a control takes off one risk, beside a step of the scale, which is plainly 'less'."""
    if steps < 0.5:
        return "a little less "
    return "much less " if steps >= 1.5 else "less "


def effort(dossier: Dossier, step: Step) -> str:
    """The effort with its price: 'small effort, about 3 person-days'."""
    return f"{EFFORTS[step.effort]} effort, about {amount(step.cost)} {plain(dossier.catalog.scales.cost_unit)}"


def in_plan(step: Step) -> str:
    """Whether the plan takes a control, or it goes further than the appetite asks."""
    return "in the plan" if step.planned else "further"


def supplier_name(point: OpenPoint) -> str:
    """Who is asked; a supplier that the description does not name says so."""
    return "Supplier that is not named" if point.supplier == "supplier" else plain(point.supplier)


# decisions and notes


def is_accepted(dossier: Dossier, risk: Risk) -> bool:
    """Whether a person accepted the risk and the acceptance has not lapsed by the day of the assessment."""
    decision = risk.decision
    if decision is None or decision.treatment is not Treatment.ACCEPT:
        return False
    if decision.until and risk.decision_note:  # it lapsed, maybe for another reason than its last day
        return False
    return not decision.until or decision.until >= dossier.assessment.today


def decision_in_words(decision: Decision, note: str = "") -> str:
    """A decision in a sentence: treatment, reason, name, dates."""
    until = f", until {day(decision.until)}" if decision.until else ""
    by = f"{decision.treatment.value} by {plain(decision.by)} on {day(decision.on)}{until}: {plain(decision.reason)}"
    return sentence(by) + (f" {sentence(note)}" if note else "")
