"""Verdicts of duties in words: where each stands, why, and what would change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from bartizan.catalog.privacy import Duty
from bartizan.core.privacy import DutyVerdict, PrivacyAssessment, Stand
from bartizan.core.proof import Need, UsedFact
from bartizan.core.terms import SYSTEM, ComponentId
from bartizan.report.dossier import Dossier
from bartizan.report.wording import day, listing, number, plain, sentence
from bartizan.system.privacy.facts import PrivacyFacts
from bartizan.system.questions import about_field

NOT_ADVICE = "This is not legal advice."
STAND_WORDS: dict[Stand, str] = {
    "forbidden": "forbidden",
    "not_met": "not met",
    "unknown": "unknown",
    "holds": "holds",
    "claimed": "said, not shown",
    "met": "shown",
    "not_needed": "not asked here",
}
_COMMON = frozenset({"under_gdpr", "under_ai_act", "handles_personal_data", "is_provider", "is_deployer", "high_risk"})
"""Facts that bring in whole chapters: true of many verdicts, and told where nothing else is."""


def assessed(dossier: Dossier) -> PrivacyAssessment:
    """The verdicts of a dossier whose description says something of people."""
    found = dossier.assessment.privacy
    return found if found is not None else PrivacyAssessment(verdicts=())


def duty_of(dossier: Dossier, verdict: DutyVerdict) -> Duty:
    """The catalogue's entry of the duty that a verdict is about."""
    return dossier.catalog.privacy.duties[verdict.duty]


def place_name(dossier: Dossier, place: str) -> str:
    """What people call a purpose; "" for the system."""
    described = dossier.system.described.privacy
    found = next((p for p in described.purposes if p.id == place), None) if described and place != SYSTEM else None
    return plain(found.name or found.id) if found else ""


def law_of(dossier: Dossier, verdict: DutyVerdict) -> str:
    """The articles that a duty rests on; the principle, where no law is named."""
    return ", ".join(duty_of(dossier, verdict).law) or f"principle {verdict.duty}"


def why(verdict: DutyVerdict) -> str:
    """Why it stands so, in one sentence."""
    if verdict.stand == "unknown":
        return _open(verdict)
    said = _telling(verdict.facts, enough=bool(verdict.note))
    parts = [listing(said)] if said else []
    if verdict.note:
        parts.append(plain(verdict.note))
    if verdict.due:
        parts.append(f"due {day(verdict.due)}")
    return sentence("; ".join(parts)) if parts else "It is asked of every system."


def _open(verdict: DutyVerdict) -> str:
    questions = [plain(fact.says) for fact in verdict.facts if fact.value is None]
    if questions:
        return " ".join(dict.fromkeys(questions))
    note = f" {sentence(verdict.note)}" if verdict.note else ""
    return f"Nobody said how far it is: add it under measures.{note}"


def _telling(facts: Iterable[UsedFact], *, enough: bool) -> list[str]:
    """What the facts say; those that bring in whole chapters only where nothing else tells ``enough``."""
    found = [fact for fact in facts if fact.value is not None]
    own = [fact for fact in found if fact.fact not in _COMMON] or ([] if enough else found)
    return list(dict.fromkeys(plain(fact.says) for fact in own))


def headline(dossier: Dossier) -> str:
    """What it comes to, in a sentence or two; what is forbidden first."""
    made = assessed(dossier)
    said = [_forbidden(made, dossier), _classes(made, dossier)]
    counts = [
        (made.count("not_met"), "not met"),
        (made.count("unknown"), "unknown"),
        (made.count("claimed"), "said and not shown"),
        (made.count("met"), "shown"),
    ]
    told = listing([f"{count} {words}" for count, words in counts if count])
    asked = sum(count for count, _ in counts)
    said.append(f"Of {number(asked, 'duty', 'duties')} here, {told}." if asked else "No duty is asked here.")
    return " ".join(filter(None, said))


def _forbidden(made: PrivacyAssessment, dossier: Dossier) -> str:
    found = [duty_of(dossier, v) for v in made.verdicts if v.stand == "forbidden"]
    if found:
        return f"Forbidden: {listing([f'{d.title.lower()} ({d.law[0]})' for d in found])}."
    bans = [v for v in made.verdicts if duty_of(dossier, v).kind == "prohibition"]
    if any(v.stand == "unknown" for v in bans):
        return "Whether it is forbidden is unknown."
    return "No practice that the EU AI Act forbids." if any(v.facts for v in bans) else ""


def _classes(made: PrivacyAssessment, dossier: Dossier) -> str:
    for verdict in made.verdicts:
        duty = duty_of(dossier, verdict)
        if duty.kind == "class" and verdict.stand in {"holds", "unknown"}:
            known = verdict.stand == "holds"
            said = duty.title if known else f"Whether it is a {duty.title.lower()} is unknown"
            return f"{said} ({duty.law[0].partition('(')[0]})."
    return ""


class Question(msgspec.Struct, frozen=True):
    """A field to answer, what it asks, and how many duties wait for it."""

    field: str
    ask: str
    waiting: int


def questions(dossier: Dossier) -> list[Question]:
    """The fields to answer, those that most duties wait for first."""
    waiting = Counter(need for verdict in assessed(dossier).verdicts for need in verdict.needs)
    asks = _asks(dossier) if waiting else {}
    order = sorted(waiting, key=lambda need: (-waiting[need], need.field, need.component))
    return [
        Question(_field(dossier, need), asks.get(need) or _of_component(dossier, need), waiting[need]) for need in order
    ]


def _asks(dossier: Dossier) -> dict[Need, str]:
    """The question of each field that is open: that of the fact which waits for the fewest fields besides."""
    facts = PrivacyFacts(dossier.system)
    found: dict[Need, tuple[int, str]] = {}
    for fact in dossier.catalog.privacy.facts.values():
        for place in facts.purposes if fact.at == "purpose" else (SYSTEM,):
            needs = facts.ask(place, fact.id).needs
            for need in needs:
                if need not in found or len(needs) < found[need][0]:
                    found[need] = (len(needs), fact.question)
    return {need: question for need, (_, question) in found.items()}


def _of_component(dossier: Dossier, need: Need) -> str:
    """The question about a field of a component, which an open threat waits for; else that after purposes."""
    found = dossier.system.components.get(ComponentId(need.component))
    question = about_field(str(type(found).__struct_config__.tag), need.field) if found else None
    return question.ask if question else "What is the data used for?"


def _field(dossier: Dossier, need: Need) -> str:
    """Where in the description the answer belongs: 'privacy.areas', 'basis of Training the score'."""
    purpose = place_name(dossier, need.component)
    if purpose:
        return f"{need.field.removeprefix('privacy.')} of {purpose}"
    return need.field if need.component == SYSTEM else f"{need.field} of {dossier.label(need.component)}"
