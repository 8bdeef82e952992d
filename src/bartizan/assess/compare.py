"""Two assessments -> what changed and why: two versions of a description, two editions, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from bartizan.assess.select import Statuses
from bartizan.assess.why_moved import why_moved
from bartizan.catalog.entries import Catalog, Threat
from bartizan.catalog.wording import condition_in_words
from bartizan.core.comparison import (
    Comparison,
    ComponentChange,
    ControlChange,
    FactChange,
    NewName,
    RiskChange,
    RiskMove,
    RuleWords,
    Side,
    VerdictChange,
)
from bartizan.core.proof import UsedFact
from bartizan.core.records import Assessment, Risk, Suggestion, Verdict
from bartizan.core.terms import SYSTEM, ComponentId, ControlStatus, Edition, FactId, Outcome, risk_id
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.renames import match

_PLACE = "component"
"""The fact in the proof of a verdict for which no component of the kind is described."""
_ORDER = {Outcome.APPLIES: 0, Outcome.UNKNOWN: 1, Outcome.THEORETICAL: 2, Outcome.DOES_NOT_APPLY: 3, None: 4}
_MOVES = {"new": 0, "up": 1, "undecided": 2, "shifted": 3, "down": 4, "gone": 5}


class Assessed(msgspec.Struct, frozen=True):
    """A system, the catalogue that judged it, and what followed."""

    system: System
    catalog: Catalog
    assessment: Assessment


def compare(before: Assessed, after: Assessed) -> Comparison:
    """What changed from one assessment to the other. A component that was renamed is the same component."""
    pairs = match(before.system, after.system)
    return Comparison(
        before=_side(before.assessment),
        after=_side(after.assessment),
        verdicts=_Verdicts(before, after, pairs).changes(),
        risks=tuple(sorted(_risks(before, after, pairs), key=_by_move)),
        controls=tuple(_controls(before, after, pairs)),
        components=tuple(_components(before.system, after.system, pairs)),
        names=tuple(_names(before, after)),
        asked=_only_in(after.assessment.suggestions, before.assessment.suggestions, pairs),
        answered=_only_in(
            before.assessment.suggestions, after.assessment.suggestions, {v: k for k, v in pairs.items()}
        ),
    )


def _side(made: Assessment) -> Side:
    return Side(
        system=made.system,
        edition=made.edition,
        today=made.today,
        description_digest=made.description_digest,
        catalog_digest=made.catalog_digest,
        risks=len(made.risks),
        above_appetite=sum(risk.above_appetite for risk in made.risks),
    )


def _now(component: ComponentId, pairs: Mapping[ComponentId, ComponentId]) -> ComponentId:
    """What a component of before is called now; its old id where it is gone."""
    return pairs.get(component, component)


# verdicts


class _Verdicts:
    def __init__(self, before: Assessed, after: Assessed, pairs: Mapping[ComponentId, ComponentId]) -> None:
        self.before, self.after, self.pairs = before, after, pairs
        self.facts = Facts(before.system), Facts(after.system)

    def changes(self) -> tuple[VerdictChange, ...]:
        old = {(v.threat, _now(v.component, self.pairs)): v for v in self.before.assessment.verdicts}
        new = {(v.threat, v.component): v for v in self.after.assessment.verdicts}
        found = [
            change
            for key in sorted(old.keys() | new.keys())
            if (change := self._change(old.get(key), new.get(key))) is not None
        ]
        found.sort(key=lambda c: (_ORDER[c.after], _ORDER[c.before], c.threat, c.component))
        return tuple(found)

    def _change(self, old: Verdict | None, new: Verdict | None) -> VerdictChange | None:
        if old is not None and new is not None:
            return self._turned(old, new) if old.outcome is not new.outcome else None
        there = old or new
        assert there is not None
        if there.outcome not in {Outcome.APPLIES, Outcome.UNKNOWN, Outcome.THEORETICAL}:
            return None
        return VerdictChange(
            threat=there.threat,
            component=there.component,
            before=old.outcome if old else None,
            after=new.outcome if new else None,
            why=self._why_one_sided(there, is_new=new is not None),
        )

    def _why_one_sided(self, verdict: Verdict, *, is_new: bool) -> str:
        other = self.before if is_new else self.after
        threat = other.catalog.threats.get(verdict.threat)
        if threat is None:
            return f"the catalogue {'before' if is_new else 'now'} does not know this threat"
        if other.assessment.edition not in threat.rules:
            return f"the edition of {other.assessment.edition} does not judge this threat"
        if verdict.facts and verdict.facts[0].fact == _PLACE:
            return f"a place for it is described {'no longer' if is_new else 'now'}"
        return f"the component is {'new' if is_new else 'gone'}"

    def _turned(self, old: Verdict, new: Verdict) -> VerdictChange:
        facts = tuple(self._facts(old, new))
        rules = tuple(self._rules(old, new))
        return VerdictChange(
            threat=new.threat,
            component=new.component,
            before=old.outcome,
            after=new.outcome,
            facts=facts,
            rules=rules,
            why="" if facts or rules else "the entry of the threat in the catalogue differs",
        )

    def _facts(self, old: Verdict, new: Verdict) -> Iterator[FactChange]:
        """The facts of either proof that differ; those of the later proof first."""
        for fact in dict.fromkeys(used.fact for used in (*new.facts, *old.facts)):
            was, now = self._used(old, fact, self.facts[0]), self._used(new, fact, self.facts[1])
            if was.value != now.value or (fact == _PLACE and was.says != now.says):
                yield FactChange(
                    fact=fact,
                    before=was.says,
                    after=now.says,
                    value_before=was.value,
                    value_after=now.value,
                    origins=now.origins,
                )

    def _used(self, verdict: Verdict, fact: str, facts: Facts) -> UsedFact:
        found = next((used for used in verdict.facts if used.fact == fact), None)
        if found is not None:
            return found
        name = FactId(fact)
        entry = self.after.catalog.facts.get(name) or self.before.catalog.facts.get(name)
        if entry is None:
            return UsedFact(fact=fact, says="a place for it is described", value=None)
        answer = facts.ask(verdict.component, fact)
        return UsedFact(fact=fact, says=entry.said(answer.value), value=answer.value, origins=answer.origins)

    def _rules(self, old: Verdict, new: Verdict) -> Iterator[RuleWords]:
        """The rules that judged it, its own and that of its parent, where they read differently."""
        for name in (new.threat, new.parent):
            if name is not None and (name == new.threat or not new.rated):
                was = _words(self.before.catalog, self.before.catalog.threats.get(name), old.edition)
                now = _words(self.after.catalog, self.after.catalog.threats.get(name), new.edition)
                if was != now:
                    yield RuleWords(threat=name, before=was, after=now)


def _words(catalog: Catalog, threat: Threat | None, edition: Edition) -> tuple[str, ...]:
    condition = threat.rules.get(edition) if threat else None
    return condition_in_words(catalog, threat, condition) if threat and condition else ()


# risks


def _risks(before: Assessed, after: Assessed, pairs: Mapping[ComponentId, ComponentId]) -> Iterator[RiskChange]:
    old = {risk_id(r.threat, _now(r.component, pairs)): r for r in before.assessment.risks}
    new = {r.id: r for r in after.assessment.risks}
    unknown = {v.id: v for v in after.assessment.verdicts if v.outcome is Outcome.UNKNOWN}
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        change = _moved(name, was, now, after.catalog)
        if change is not None:
            yield _left_open(change, unknown)


def _left_open(change: RiskChange, unknown: Mapping[str, Verdict]) -> RiskChange:
    """A risk that is not there because answers are missing now, at its place or on whether that place exists at all."""
    if change.move != "gone":
        return change
    verdict = unknown.get(change.id) or unknown.get(risk_id(change.threat, SYSTEM))
    if verdict is None:
        return change
    return msgspec.structs.replace(change, move="undecided", missing=verdict.needs)


def _moved(name: str, was: Risk | None, now: Risk | None, catalog: Catalog) -> RiskChange | None:
    there = now or was
    assert there is not None
    if was is not None and now is not None and _steps(was) == _steps(now):
        return None
    return RiskChange(
        id=name,
        threat=there.threat,
        component=there.component,
        move=_move(was, now),
        before=was.current if was else None,
        after=now.current if now else None,
        above_before=was is not None and was.above_appetite,
        above_after=now is not None and now.above_appetite,
        why=why_moved(was, now, catalog) if was and now else (),
        less_known=bool(was and now and _known(was) - _known(now)),
    )


def _known(risk: Risk) -> set[str]:
    return {factor.id for factor in risk.factors if factor.known}


def _move(was: Risk | None, now: Risk | None) -> RiskMove:
    if was is None or now is None:
        return "new" if was is None else "gone"
    if was.current.level == now.current.level:
        return "shifted"
    return "up" if now.current.level > was.current.level else "down"


def _steps(risk: Risk) -> tuple[int, int, int]:
    return risk.current.likelihood, risk.current.impact, risk.current.level


def _by_move(change: RiskChange) -> tuple[int, int, str]:
    level = change.after or change.before
    return _MOVES[change.move], -(level.level if level else 0), change.id


# controls, components, names, answers


def _controls(before: Assessed, after: Assessed, pairs: Mapping[ComponentId, ComponentId]) -> Iterator[ControlChange]:
    """Controls that are declared on either side and stand otherwise somewhere, one change for the places alike."""
    was, now = Statuses(before.system.described.controls), Statuses(after.system.described.controls)
    declared = {c.control for side in (before, after) for c in side.system.described.controls}
    places = [(SYSTEM, SYSTEM), *pairs.items()]
    for control in sorted(declared):
        moved: dict[tuple[ControlStatus, ControlStatus], list[ComponentId]] = {}
        for old, new in places:
            pair = was.of(control, old), now.of(control, new)
            if pair[0] is not pair[1]:
                moved.setdefault(pair, []).append(new)
        for (first, then), found in moved.items():
            everywhere = len(found) == len(places)
            yield ControlChange(
                control=control, before=first, after=then, components=() if everywhere else tuple(found)
            )


def _components(before: System, after: System, pairs: Mapping[ComponentId, ComponentId]) -> Iterator[ComponentChange]:
    """What was described and is not, or the other way round; what a description merely implies is not told."""
    kept = set(pairs.values())
    for new, component in after.components.items():
        if new not in kept and new not in after.implied:
            yield ComponentChange(id=new, change="added", label=component.label)
    for old, component in before.components.items():
        now = pairs.get(old)
        if now is None and old not in before.implied:
            yield ComponentChange(id=old, change="removed", label=component.label)
        elif now is not None and now != old and now not in after.implied:
            yield ComponentChange(id=now, change="renamed", label=after.components[now].label, before=old)


def _names(before: Assessed, after: Assessed) -> Iterator[NewName]:
    """Threats that apply and controls that are advised on either side, where the editions call them otherwise."""
    first, second = before.assessment.edition, after.assessment.edition
    if first == second:
        return
    risks = [*before.assessment.risks, *after.assessment.risks]
    for name in sorted({r.threat for r in risks}):
        threat = after.catalog.threats.get(name)
        old, new = (threat.names.get(edition, "") for edition in (first, second)) if threat else ("", "")
        if old and new and old.casefold() != new.casefold():
            yield NewName(kind="threat", id=name, before=old, after=new)
    for advised in sorted({a.control for r in risks for a in r.controls}):
        control = after.catalog.controls.get(advised)
        if control is None or not (first in control.names and second in control.names):
            continue
        if control.names[first].replace(" ", "") != control.names[second].replace(" ", ""):
            yield NewName(kind="control", id=advised, before=control.names[first], after=control.names[second])


def _only_in(
    these: Iterable[Suggestion], others: Iterable[Suggestion], pairs: Mapping[ComponentId, ComponentId]
) -> tuple[Suggestion, ...]:
    """The suggestions that the other side, whose components are called as ``pairs`` says, does not make."""
    known = {(_now(ComponentId(s.component), pairs), s.field) for s in others}
    return tuple(s for s in these if (s.component, s.field) not in known)
