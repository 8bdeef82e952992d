"""Sentences that the report formats share, so that every format says the same thing in the same words.

Names come from the description of a stranger. What leaves this module is one line without control characters; a format
still escapes it for its own syntax.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from bartizan.core.records import (
    Change,
    Decision,
    Level,
    OpenPoint,
    Origin,
    Risk,
    Step,
    UsedFact,
    Verdict,
)
from bartizan.core.terms import SYSTEM, ControlStatus, Outcome, Party, Treatment
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
EFFORTS: Final[Mapping[str, str]] = {"S": "small", "M": "medium", "L": "large"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
    """A number without idle zeros: 3, 2.5."""
    return f"{value:g}"


def sentence(text: str) -> str:
    """The text with a capital in front and a stop at the end."""
    text = plain(text)
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.?!' else '.'}" if text else ""


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


# proofs


def proof(dossier: Dossier, verdict: Verdict) -> str:
    """One sentence on why the verdict is what it is: 'Applies because Mail agent generates content, and ...'."""
    if verdict.outcome is Outcome.UNKNOWN:
        return _open_proof(dossier, verdict)
    head = {
        Outcome.APPLIES: "Applies",
        Outcome.THEORETICAL: "Theoretical",
        Outcome.DOES_NOT_APPLY: "Does not apply",
    }[verdict.outcome]
    if not verdict.facts:
        every = "every AI system" if verdict.component == SYSTEM else "every component of this kind"
        return f"{head} because the framework says so of {every}."
    subject = name_of(dossier, verdict.component)
    return f"{head} because {subject} {_joined([says(fact) for fact in verdict.facts])}."


def _open_proof(dossier: Dossier, verdict: Verdict) -> str:
    questions = " ".join(sentence(says(fact)) for fact in verdict.facts if fact.fact != "component")
    fields = listing([f"{need.field} of {name_of(dossier, need.component)}" for need in verdict.needs])
    missing = f" The description does not say: {plain(fields)}." if fields else ""
    return f"Unknown until you answer: {questions}{missing}" if questions else f"Unknown.{missing}"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def says(fact: UsedFact) -> str:
    """What a fact says, with its value where that is more than yes or no."""
    value = "" if fact.value is None or isinstance(fact.value, bool) else f" ({plain(str(fact.value))})"
    return f"{plain(fact.says)}{value}"


def source(dossier: Dossier, origin: Origin) -> str:
    """Where a fact comes from: 'type: generative (system.yaml:9)', 'default: ...', or an importer's word."""
    text = plain(origin.text)
    if origin.kind == "default":
        return f"{text}, as nothing is said of {plain(origin.field)}" if origin.field else text
    place = f"{file_name(dossier)}:{origin.line}" if origin.line is not None else ""
    note = "" if origin.kind == "given" else origin.kind
    return f"{text} ({', '.join(filter(None, (note, place)))})" if note or place else text


def sources(dossier: Dossier, fact: UsedFact) -> str:
    """All that a fact rests on, in the order of the chain; 'not said' where an answer is missing."""
    return "; ".join(source(dossier, origin) for origin in fact.origins) or "not said"


def all_sources(dossier: Dossier, verdict: Verdict) -> str:
    """All that a verdict rests on, each source once."""
    found = [source(dossier, origin) for fact in verdict.facts for origin in fact.origins]
    return "; ".join(dict.fromkeys(found)) or ("not said" if verdict.facts else "")


def rule(verdict: Verdict) -> str:
    """The rule's place in the framework, with its edition."""
    return f"{plain(verdict.rule) or 'rule of the catalogue'}, edition {verdict.edition}"


# levels


def likelihood_name(dossier: Dossier, step: int) -> str:
    """The word for a step of the likelihood scale."""
    return plain(dossier.catalog.scales.likelihood[step - 1].name.replace("_", " "))


def impact_name(dossier: Dossier, step: int) -> str:
    """The word for a step of the impact scale."""
    return plain(dossier.catalog.scales.impact[step - 1].name.replace("_", " "))


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
    """The control as an act: what is implemented already is to be verified."""
    title = control_name(dossier, step.control)
    return f"Verify: {title}" if step.status is ControlStatus.IMPLEMENTED else title


def step_buys(step: Step) -> str:
    """What the control buys: how many steps of the scale, on how many risks."""
    risks = number(len(step.risks), "risk")
    above = "" if step.above_appetite == len(step.risks) else f", {step.above_appetite} above appetite"
    if not step.buys:
        return f"carries the other controls on {risks}{above}"
    return f"up to {amount(step.buys)} {'step' if step.buys == 1 else 'steps'} off {risks}{above}"


def supplier_name(point: OpenPoint) -> str:
    """Who is asked; a supplier that the description does not name says so."""
    return "Supplier that is not named" if point.supplier == "supplier" else plain(point.supplier)


# decisions and notes


def is_accepted(dossier: Dossier, risk: Risk) -> bool:
    """Whether a person accepted the risk and the acceptance has not lapsed by the day of the assessment."""
    decision = risk.decision
    if decision is None or decision.treatment is not Treatment.ACCEPT:
        return False
    return not decision.until or decision.until >= dossier.assessment.today


def decision_in_words(decision: Decision, note: str = "") -> str:
    """A decision in a sentence: treatment, reason, name, dates."""
    until = f", until {day(decision.until)}" if decision.until else ""
    by = f"{decision.treatment.value} by {plain(decision.by)} on {day(decision.on)}{until}: {plain(decision.reason)}"
    return sentence(by) + (f" {sentence(note)}" if note else "")
