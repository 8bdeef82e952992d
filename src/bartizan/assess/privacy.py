"""Which duties of law and principles there are, and where each stands: a verdict with its proof.

What a description says of itself is a claim: it shows that a duty is not met, and never alone that it is. Shown is what
names its evidence: a measure or a control that is verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bartizan.assess.select import Statuses
from bartizan.catalog.entries import Catalog
from bartizan.catalog.privacy import Duty
from bartizan.core.privacy import DutyVerdict, PrivacyAssessment, Stand
from bartizan.core.proof import Answer, Origin, UsedFact
from bartizan.core.records import Risk, Verdict
from bartizan.core.rule import evaluate
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, ControlStatus, Edition, Outcome, Truth
from bartizan.system.graph import System
from bartizan.system.privacy.facts import PrivacyFacts
from bartizan.system.privacy.schema import Measure


class Ground(msgspec.Struct, frozen=True):
    """What a verdict rests on besides the description: the assessment of threats."""

    verdicts: Sequence[Verdict]
    risks: Sequence[Risk]
    statuses: Statuses


def judge_privacy(system: System, catalog: Catalog, edition: Edition, ground: Ground) -> PrivacyAssessment | None:
    """A verdict for every duty of the edition and of the law at every place; None where nothing is said of people.

    Where purposes are judged and none is described, the duty is judged once, at the system, and unknown.
    """
    if system.described.privacy is None:
        return None
    facts = PrivacyFacts(system, _threat_facts(catalog, ground))
    judge = _Judge(system, catalog, facts, ground.statuses)
    return PrivacyAssessment(
        verdicts=tuple(
            verdict
            for duty in catalog.privacy.duties.values()
            if not duty.editions or edition >= min(duty.editions)
            for verdict in judge.duty(duty)
        )
    )


class _Judge:
    """Judges the duties of one system."""

    def __init__(self, system: System, catalog: Catalog, facts: PrivacyFacts, statuses: Statuses) -> None:
        self.system, self.catalog, self.facts, self.statuses = system, catalog, facts, statuses

    def duty(self, duty: Duty) -> Iterator[DutyVerdict]:
        """The verdicts of one duty."""
        if duty.at == "system":
            yield self._verdict(duty, SYSTEM)
            return
        for purpose in self.facts.purposes:
            yield self._verdict(duty, purpose)
        if not self.facts.purposes:
            yield self._without_purpose(duty)

    def _without_purpose(self, duty: Duty) -> DutyVerdict:
        personal = self.facts.ask(SYSTEM, "handles_personal_data")
        used = (self._used(SYSTEM, "handles_personal_data"),)
        if personal.value is False:
            return self._made(duty, SYSTEM, "not_needed", used)
        needs = self.facts.open(None, "purposes").needs
        return msgspec.structs.replace(self._made(duty, SYSTEM, "unknown", used), needs=(*personal.needs, *needs))

    def _verdict(self, duty: Duty, place: str) -> DutyVerdict:
        truth, asked = evaluate(duty.applies, lambda fact: self.facts.ask(place, fact).value)
        used = tuple(self._used(place, fact) for fact in asked)
        if truth is not Truth.YES:
            return self._made(duty, place, "not_needed" if truth is Truth.NO else "unknown", used)
        if duty.kind != "duty":
            made = self._made(duty, place, "forbidden" if duty.kind == "prohibition" else "holds", used)
            said = _said(self.system, duty.id, place)
            return msgspec.structs.replace(made, note=said.note) if said else made
        return self._met(duty, place, used)

    def _met(self, duty: Duty, place: str, used: tuple[UsedFact, ...]) -> DutyVerdict:
        said = _said(self.system, duty.id, place) or self._by_controls(duty, place) or self._helped(duty, place)
        truth = Truth.UNKNOWN
        if duty.met is not None:
            truth, asked = evaluate(duty.met, lambda fact: self.facts.ask(place, fact).value)
            found = tuple(self._used(place, fact) for fact in asked)
            used = found if truth is Truth.NO else (*used, *found)
        stand = _stand(truth, said)
        return msgspec.structs.replace(
            self._made(duty, place, stand, used),
            note=_contradicted(said) if truth is Truth.NO else said.note if said else "",
            evidence=said.evidence if said and stand == "met" else "",
            owner=said.owner if said else "",
            due=said.due if said and stand == "not_met" else "",
        )

    def _made(self, duty: Duty, place: str, stand: Stand, used: tuple[UsedFact, ...]) -> DutyVerdict:
        needs = (need for one in used if one.value is None for need in self.facts.ask(place, one.fact).needs)
        open_ = tuple(dict.fromkeys(needs)) if stand == "unknown" else ()
        return DutyVerdict(id=f"{duty.id}@{place}", duty=duty.id, place=place, stand=stand, facts=used, needs=open_)

    def _used(self, place: str, fact: str) -> UsedFact:
        answer = self.facts.ask(place, fact)
        says = self.catalog.privacy.facts[fact].said(answer.value)
        return UsedFact(fact=fact, says=says, value=answer.value, origins=answer.origins)

    def _by_controls(self, duty: Duty, place: str) -> _Said | None:
        """What the controls say that meet the duty together: as far as the one that is least far.

        None where nothing is declared of one of them: that is no answer.
        """
        found = [self._control(control, place) for control in duty.controls]
        said = [one for one in found if one is not None]
        return min(said, key=lambda one: _REACH[one.status]) if said and len(said) == len(found) else None

    def _helped(self, duty: Duty, place: str) -> _Said | None:
        """What controls say that help and do not meet it alone: that something is done, and never that it is met."""
        found = [said for control in duty.helped_by if (said := self._control(control, place)) is not None]
        best = max(found, key=lambda one: _REACH[one.status], default=None)
        if best is None or best.status not in {ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED}:
            return None
        note = f"{best.note}; it helps, and is not all that is asked"
        return _Said(ControlStatus.IMPLEMENTED, note, "", best.owner)

    def _control(self, control: ControlId, place: str) -> _Said | None:
        title = self.catalog.controls[control].title
        places = self._places(control, place)
        if not places:
            return None
        status = min((self.statuses.of(control, at) for at in places), key=_REACH.__getitem__)
        proof = next((p for at in places if (p := self.statuses.proof(control, at)) and p.measured), None)
        declared = [item for item in self.system.described.controls if item.control == control]
        evidence = proof.measured if proof else "; ".join(dict.fromkeys(i.evidence for i in declared if i.evidence))
        owner = next((item.owner for item in declared if item.owner), "")
        note = f"control {title}: {_STATUS[status]}"
        return _Said(status, note, evidence or (f"control {title}, verified" if _is_shown(status) else ""), owner)

    def _places(self, control: ControlId, place: str) -> list[ComponentId]:
        """Where the control counts for this place: at the purpose's data, or wherever it is declared."""
        declared = [item for item in self.system.described.controls if item.control == control]
        if not declared:
            return []
        if place != SYSTEM:
            purpose = next(one for one in self.facts.privacy.purposes if one.id == place)
            if isinstance(purpose.data, tuple) and purpose.data:
                return list(purpose.data)
        named = [at for item in declared for at in item.at]
        return named or [SYSTEM]


class _Said(msgspec.Struct, frozen=True):
    """What people, or the controls they declared, say of a duty."""

    status: ControlStatus
    note: str
    evidence: str = ""
    owner: str = ""
    due: str = ""


_STATUS = {
    ControlStatus.NOT_STARTED: "not started",
    ControlStatus.PLANNED: "planned",
    ControlStatus.IMPLEMENTED: "in place, not verified",
    ControlStatus.VERIFIED: "verified",
    ControlStatus.NOT_APPLICABLE: "said not to apply",
}
_REACH = {
    ControlStatus.NOT_STARTED: 0,
    ControlStatus.PLANNED: 1,
    ControlStatus.NOT_APPLICABLE: 2,
    ControlStatus.IMPLEMENTED: 3,
    ControlStatus.VERIFIED: 4,
}


def _is_shown(status: ControlStatus) -> bool:
    return status is ControlStatus.VERIFIED


def _said(system: System, duty: str, place: str) -> _Said | None:
    """The measure that fits the place best: one that names it, before one for all purposes."""
    measures = system.described.privacy.measures if system.described.privacy else ()
    fitting = [m for m in measures if m.duty == duty and (not m.at or place in m.at)]
    if not fitting:
        return None
    measure = max(fitting, key=lambda m: bool(m.at))
    return _Said(measure.status, _note(measure), measure.evidence, measure.owner, measure.due)


def _note(measure: Measure) -> str:
    if _is_shown(measure.status) and not measure.evidence:
        return "said to be verified, but no evidence is named"
    return f"{_STATUS[measure.status]}{f': {measure.reason}' if measure.reason else ''}"


def _contradicted(said: _Said | None) -> str:
    if said is not None and said.status in {ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED}:
        return f"the description contradicts it ({said.note})"
    return said.note if said else ""


def _stand(truth: Truth, said: _Said | None) -> Stand:
    """Facts that contradict win; then what is shown; then what is said; then what the description answers itself."""
    if truth is Truth.NO:
        return "not_met"
    if said is not None and _is_shown(said.status) and said.evidence:
        return "met"
    if truth is Truth.YES:
        return "claimed"
    if said is None:
        return "unknown"
    if said.status in {ControlStatus.IMPLEMENTED, ControlStatus.VERIFIED, ControlStatus.NOT_APPLICABLE}:
        return "claimed"
    return "not_met"


# what the assessment of threats says


def _threat_facts(catalog: Catalog, ground: Ground) -> dict[str, Answer]:
    threats = {threat for duty in catalog.privacy.duties.values() for threat in duty.threats}
    found = [verdict for verdict in ground.verdicts if verdict.threat in threats]
    risks = [risk for risk in ground.risks if risk.threat in threats]
    return {
        "model_attacks_apply": _apply(catalog, found),
        "model_attacks_within_appetite": _within_appetite(catalog, risks),
    }


def _apply(catalog: Catalog, verdicts: Iterable[Verdict]) -> Answer:
    found = list(verdicts)
    yes = [v for v in found if v.outcome is Outcome.APPLIES]
    if yes:
        texts = dict.fromkeys(f"{catalog.threats[v.threat].name} applies at {v.component}" for v in yes)
        return Answer(True, tuple(Origin(kind="computed", text=text) for text in texts))
    needs = tuple(dict.fromkeys(need for v in found if v.outcome is Outcome.UNKNOWN for need in v.needs))
    if any(v.outcome is Outcome.UNKNOWN for v in found):
        return Answer(None, (), needs)
    return Answer(False, (Origin(kind="computed", text="the assessment of threats finds none"),))


def _within_appetite(catalog: Catalog, risks: Iterable[Risk]) -> Answer:
    above = [risk for risk in risks if risk.above_appetite and not risk.is_accepted]
    if above:
        texts = (f"{catalog.threats[r.threat].name} at {r.component} is above appetite" for r in above)
        return Answer(False, tuple(Origin(kind="computed", text=text) for text in texts))
    return Answer(True, (Origin(kind="computed", text="each is within appetite, or accepted"),))
