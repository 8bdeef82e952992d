"""Drafts of impact assessments: what the description says in the order that the law asks for, gaps marked.

Sources: GDPR Art. 35(2), (7) and (9) with WP248 rev.01, annex 2, for the DPIA; EU AI Act Art. 27(1) for the FRIA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bartizan.core.privacy import DutyVerdict
from bartizan.core.records import Risk
from bartizan.core.terms import ControlStatus
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.privacy.report import foot
from bartizan.report.privacy.wording import NOT_ADVICE, STAND_WORDS, assessed, duty_of, place_name, why
from bartizan.report.prose.model import (
    Bullets,
    Gap,
    Pairs,
    Paragraph,
    Piece,
    Prose,
    Section,
    Strong,
    Table,
    cell,
    paragraph,
)
from bartizan.report.wording import day, listing
from bartizan.system.privacy.schema import Privacy, Purpose


def dpia(dossier: Dossier) -> Prose:
    """A data protection impact assessment, as far as the description fills it."""
    privacy = _privacy(dossier)
    sections = (
        Section("What is done, and for what", tuple(_description(dossier, privacy))),
        Section("Necessity and proportionality", (_standing(dossier, _NECESSITY),)),
        Section("Risks to people", tuple(_risks(dossier))),
        Section("Measures", tuple(_measures(dossier))),
        Section("Rights of people", (_standing(dossier, _RIGHTS),)),
        Section("Who was heard, and what was decided", _hearing()),
    )
    return _draft(dossier, "Data protection impact assessment", "GDPR Art. 35", sections)


def fria(dossier: Dossier) -> Prose:
    """A fundamental rights impact assessment, as far as the description fills it."""
    privacy = _privacy(dossier)
    sections = (
        Section("a. Where and how it is used", tuple(_use(dossier, privacy))),
        Section(
            "b. For how long and how often",
            (paragraph(Gap("from when, until when, and how many decisions a month")),),
        ),
        Section("c. Whom it affects", (_people(privacy),)),
        Section("d. What harm it can do to them", tuple(_harm(dossier))),
        Section("e. Oversight by people", tuple(_oversight(dossier))),
        Section("f. What happens when harm is done", tuple(_afterwards(dossier))),
        Section("Notification", (paragraph(Gap("the market surveillance authority, and the day it was notified")),)),
    )
    return _draft(dossier, "Fundamental rights impact assessment", "EU AI Act Art. 27", sections)


DRAFTS: Final[dict[str, Callable[[Dossier], Prose]]] = {"dpia": dpia, "fria": fria}


def _draft(dossier: Dossier, title: str, law: str, sections: tuple[Section, ...]) -> Prose:
    empty = Prose("", "", sections)
    lead = (
        f"Draft after {law}, filled from the description on {day(dossier.assessment.today)}. "
        f"{wording.number(empty.gaps, 'gap is', 'gaps are')} marked for you to fill; check what is filled. {NOT_ADVICE}"
    )
    lines = tuple(line for line in foot(dossier) if line != NOT_ADVICE)
    return Prose(f"{title}: {dossier.assessment.system}", lead, sections, lines)


def _privacy(dossier: Dossier) -> Privacy:
    return dossier.system.described.privacy or Privacy()


# what the description says


def _or_gap(text: str, gap: str) -> Piece:
    return text or Gap(gap)


def _words(words: object, gap: str) -> Piece:
    """A list of words of a closed vocabulary; a gap where it is not known."""
    if not isinstance(words, tuple):
        return Gap(gap)
    return listing([word.replace("_", " ") for word in words]) or "none"


def _description(dossier: Dossier, privacy: Privacy) -> Iterator[Paragraph | Pairs]:
    described = dossier.system.described
    yield paragraph(_or_gap(described.about, "what the system does, in a few sentences"))
    yield Pairs(_frame(dossier, privacy))
    if not privacy.purposes:
        yield paragraph(Gap("each purpose, with its data and its ground"))
    for purpose in privacy.purposes:
        yield paragraph(Strong(purpose.name or purpose.id))
        yield Pairs(tuple(_purpose(dossier, purpose)))


def _frame(dossier: Dossier, privacy: Privacy) -> tuple[tuple[str, Piece], ...]:
    models = [f"{m.label} ({m.type}{', by ' + m.supplier if m.supplier else ''})" for m in dossier.system.models]
    return (
        ("Who answers for it", _or_gap(dossier.system.described.owner, "the controller, with an address")),
        ("Law of", _words(privacy.jurisdictions, "whose law applies")),
        ("People", _who(privacy)),
        ("Models", listing(models) or "none"),
        ("Decides", _decides(privacy)),
    )


def _who(privacy: Privacy) -> Piece:
    if not isinstance(privacy.people, tuple):
        return Gap("whom the data is about, and how many they are")
    told = [
        (group.name or group.who.replace("_", " ")) + (f" (about {group.how_many:,})" if group.how_many else "")
        for group in privacy.people
    ]
    return listing(told) or "nobody"


_AUTOMATION = {
    "alone": "about people without a person",
    "with_a_person": "about people together with a person",
    "none": "nothing about people",
}
_EFFECT = {
    "legal": "it changes their rights",
    "similar": "it affects them as much as a change of rights",
    "small": "it affects them little",
}


def _decides(privacy: Privacy) -> Piece:
    how = _AUTOMATION.get(privacy.decision.automation or "")
    if how is None:
        return Gap("what the system decides about people, alone or with a person")
    effect = _EFFECT.get(privacy.decision.effect or "")
    return f"{how}; {effect}" if effect and privacy.decision.automation != "none" else how


def _purpose(dossier: Dossier, purpose: Purpose) -> Iterator[tuple[str, Piece]]:
    yield "What for", _or_gap(purpose.about, "what is done with the data, and what for")
    data = [dossier.label(one) for one in purpose.data] if isinstance(purpose.data, tuple) else []
    yield "Data", _or_gap(listing(data), "the data, attribute by attribute")
    yield "Special categories", _words(purpose.special, "special categories in it, inferred ones too")
    basis = (purpose.basis or "unknown").replace("_", " ")
    why_ = f": {purpose.basis_why}" if purpose.basis_why else ""
    yield "Ground", f"{basis}{why_}" if basis not in {"unknown", "none"} else Gap("the ground of GDPR Art. 6, and why")
    if purpose.collected_for:
        yield "Collected for", purpose.collected_for
    yield "Kept for", _or_gap(purpose.kept_for, "how long, and why so long")
    yield "Who gets it", _recipients(purpose)


def _recipients(purpose: Purpose) -> Piece:
    if not isinstance(purpose.recipients, tuple):
        return Gap("who gets the data, on which contract, and where")
    told = [
        one.name
        + (
            f" in {one.country}, {(one.safeguard or 'on a ground nobody named').replace('_', ' ')}"
            if one.country
            else ""
        )
        for one in purpose.recipients
    ]
    return listing(told) or "nobody"


# what the assessment says

_NECESSITY = (
    "gdpr_6", "gdpr_6_4", "gdpr_9", "gdpr_10", "gdpr_22", "ul1", "ul5", "mi1", "mi2", "mi3", "mi4", "mi5", "mi6",
    "ac3", "ac4", "gdpr_28", "gdpr_44",
)  # fmt: skip
_RIGHTS = ("gdpr_13", "tr1", "tr2", "tr4", "tr5", "tr6", "ri1", "ri2", "ri3", "ri4", "ac1", "co7", "co8")
_OVERSIGHT = ("act_14", "act_26", "tr4")
_AFTERWARDS = ("tr5", "act_86", "fa6", "act_72")
_FAIR = ("fa2", "fa3", "fa4", "fa5", "fa7", "fa8", "fa9", "fa10", "fa11")


def _standing(dossier: Dossier, duties: tuple[str, ...]) -> Table:
    """Where these duties stand; what is unknown or not met is for people to fill."""
    found = [v for v in assessed(dossier).verdicts if v.duty in duties and v.stand != "not_needed"]
    rows = tuple(_stands(dossier, v) for v in sorted(found, key=lambda v: duties.index(v.duty)))
    return Table("Where it stands", ("Question", "Stands", "Why"), rows)


def _stands(dossier: Dossier, verdict: DutyVerdict) -> tuple[tuple[Piece, ...], ...]:
    duty = duty_of(dossier, verdict)
    told: Piece = verdict.evidence or why(verdict)
    if verdict.stand in {"unknown", "not_met"}:
        is_silent = verdict.stand == "unknown" and not any(fact.value is None for fact in verdict.facts)
        told = Gap(duty.proof or duty.what if is_silent else f"{why(verdict)} {duty.proof}".strip())
    law = duty.law[0] if duty.law else ""
    return (
        cell(Strong(duty.title), place_name(dossier, verdict.place), law),
        cell(STAND_WORDS[verdict.stand]),
        (told,),
    )


def _risks(dossier: Dossier) -> Iterator[Paragraph | Table | Bullets]:
    yield paragraph("From attacks and leaks, as the security part of the assessment rates them:")
    rows = tuple(_risk(dossier, risk) for risk in dossier.assessment.risks)
    yield Table("Risks from attacks", ("Risk", "Now", "After the plan"), rows) if rows else paragraph("None applies.")
    yield paragraph("From what it decides, and from mistakes:")
    yield _standing(dossier, _FAIR)
    yield Bullets(
        (
            Gap("what a wrong output does to a person, how often that happens, and to whom more often"),
            Gap("what becomes of people who are refused, watched or judged by it"),
        )
    )


def _risk(dossier: Dossier, risk: Risk) -> tuple[tuple[Piece, ...], ...]:
    name = f"{wording.threat_name(dossier, risk.threat)} · {wording.at(dossier, risk.component)}"
    now, later = dossier.level_name(risk.current.level), dossier.level_name(risk.residual.level)
    return cell(Strong(name)), cell(now), cell(later)


def _measures(dossier: Dossier) -> Iterator[Paragraph | Table]:
    rows = []
    for step in dossier.assessment.steps:
        if step.planned or step.status in {ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED}:
            title = wording.step_title(dossier, step)
            rows.append(
                (cell(Strong(title)), cell(wording.STATUSES[step.status]), cell(wording.step_buys(dossier, step)))
            )
    yield Table("Measures", ("Control", "Status", "What it buys"), tuple(rows))
    yield paragraph(Gap("who answers for each measure, and by when"))


def _hearing() -> tuple[Bullets, ...]:
    return (
        Bullets(
            (
                Gap("the advice of the data protection officer, and the day (Art. 35(2))"),
                Gap("what the people concerned, or who speaks for them, said; or why nobody was asked (Art. 35(9))"),
                Gap("whether the risk that remains is high, so that the authority is asked first (Art. 36)"),
                Gap("who decided, on which day, and when this is looked at again (Art. 35(11))"),
            )
        ),
    )


def _use(dossier: Dossier, privacy: Privacy) -> Iterator[Paragraph | Pairs]:
    yield paragraph(_or_gap(dossier.system.described.about, "the processes in which it is used"))
    areas = _words(privacy.areas, "the area of Annex III")
    owner = _or_gap(dossier.system.described.owner, "the deployer")
    yield Pairs((("Area of Annex III", areas), ("Decides", _decides(privacy)), ("Who answers for it", owner)))


def _people(privacy: Privacy) -> Pairs:
    worse = Gap("groups likely to be affected more than others, and why")
    return Pairs((("People", _who(privacy)), ("Groups that may fare worse", worse)))


_FUNDAMENTAL = ("Non-discrimination", "Privacy", "An effective remedy", "Dignity", "Social and economic rights")


def _harm(dossier: Dossier) -> Iterator[Paragraph | Table | Bullets]:
    yield _standing(dossier, _FAIR)
    yield Bullets(
        tuple(
            Gap(f"{right}: what it can do to it, to whom, how likely and how bad")
            for right in (
                "Non-discrimination",
                "Privacy",
                "An effective remedy",
                "Dignity",
                "Social and economic rights",
            )
        )
    )
    harmful = [r for r in dossier.assessment.risks if r.above_appetite]
    if harmful:
        yield paragraph("Risks above your appetite that attackers bring:")
        yield Table("Risks", ("Risk", "Now", "After the plan"), tuple(_risk(dossier, risk) for risk in harmful))


def _oversight(dossier: Dossier) -> Iterator[Paragraph | Table]:
    yield _standing(dossier, _OVERSIGHT)
    yield paragraph(Gap("who oversees it, what they were trained in, and when they stop it"))


def _afterwards(dossier: Dossier) -> Iterator[Paragraph | Table]:
    yield _standing(dossier, _AFTERWARDS)
    yield paragraph(Gap("who decides what is done, and how people complain"))
