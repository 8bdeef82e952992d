"""Which threats apply: a verdict with its proof for every threat at every component where it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TypeAlias

import msgspec

from bartizan.assess.assign import party_of_threat
from bartizan.catalog.entries import Catalog, Place, Threat
from bartizan.core.proof import Need, Origin, UsedFact
from bartizan.core.records import Verdict
from bartizan.core.rule import ALWAYS, All, Lookup, Rule, Value, evaluate, facts_of
from bartizan.core.terms import SYSTEM, ComponentId, Edition, FactId, Outcome, Party, Truth, risk_id
from bartizan.system.description import Data, Description
from bartizan.system.facts import Facts
from bartizan.system.graph import ANALYSIS_ROLES, AUGMENTATION_ROLES, TRAINING_ROLES, System

_ROLES: Mapping[Place, frozenset[str]] = {
    "training_data": TRAINING_ROLES,
    "retrieval_data": frozenset({"retrieval"}),
    "augmentation_data": AUGMENTATION_ROLES,
    "analysis_data": ANALYSIS_ROLES,
}


class Judged(msgspec.Struct, frozen=True):
    """A threat with the rule that holds for it in one edition; a variant's rule includes that of its parent."""

    threat: Threat
    possible: Rule
    matters: Rule
    because: str
    asks: tuple[str, ...]
    """Every fact that its rules, and those of who must act, ask for."""


class Decided(msgspec.Struct, frozen=True):
    """What the rules make of the values of the facts they ask for: the same for every component with these values."""

    outcome: Outcome
    used: tuple[str, ...]
    party: Party
    party_why: str


class Rulebook:
    """The rules of one edition of a catalogue, ready to be applied to many systems."""

    def __init__(self, catalog: Catalog, edition: Edition) -> None:
        self.catalog = catalog
        self.edition = edition
        self.judged: tuple[Judged, ...] = tuple(self._judged())
        self._decided: dict[tuple[object, ...], Decided] = {}

    def _judged(self) -> Iterator[Judged]:
        for threat in sorted(self.catalog.threats.values(), key=lambda t: t.id):
            condition = threat.rules.get(self.edition)
            if condition is None:
                continue
            possible, matters = [condition.possible], [condition.matters or ALWAYS]
            parent = self.catalog.threats.get(threat.parent) if threat.parent else None
            above = parent.rules.get(self.edition) if parent and not threat.rated else None
            if above is not None:
                possible.insert(0, above.possible)
                matters.insert(0, above.matters or ALWAYS)
            rules = (*possible, *matters, *(case.when for case in threat.who))
            asks = tuple(dict.fromkeys(fact.id for rule in rules for fact in facts_of(rule)))
            yield Judged(threat, _all(possible), _all(matters), condition.because, asks)

    def decide(self, judged: Judged, values: tuple[Value, ...]) -> Decided:
        """What follows from the values of ``judged.asks``. Kept, since few combinations of values occur."""
        key = (judged.threat.id, *values, *map(type, values))
        decided = self._decided.get(key)
        if decided is None:
            if len(self._decided) >= _KEPT:
                self._decided.clear()
            decided = self._decided[key] = _decide(judged, dict(zip(judged.asks, values, strict=True)).__getitem__)
        return decided


_KEPT = 100_000


def _all(rules: list[Rule]) -> Rule:
    parts = tuple(rule for rule in rules if rule != ALWAYS)
    return parts[0] if len(parts) == 1 else All(parts)


def places(system: System, at: tuple[Place, ...]) -> list[ComponentId]:
    """The components where a threat with this `at` is judged, in the order of the file."""
    if at == ("model",):
        return [model.id for model in system.models]
    if at == ("system",):
        return [SYSTEM]
    roles = frozenset(chain.from_iterable(_ROLES.get(place, ()) for place in at))
    return [c.id for c in system.components.values() if isinstance(c, Data) and c.role in roles]


def identify(system: System, facts: Facts, rules: Rulebook) -> tuple[Verdict, ...]:
    """A verdict for every threat of the edition at every relevant component, in order of threat and component.

    A threat with no component to be judged at gets one verdict at the system as a whole, so that nothing is silent.
    """
    found: list[Verdict] = []
    known: dict[tuple[Place, ...], list[ComponentId]] = {}
    used: _Used = {}
    for judged in rules.judged:
        at = judged.threat.at
        components = known.get(at)
        if components is None:
            components = known[at] = sorted(places(system, at))
        if not components:
            found.append(_nowhere(system, judged, rules))
        for component in components:
            found.append(_judge(facts, judged, component, rules, used))
    return tuple(found)


def verdicts_on(described: Description, rules: Rulebook) -> tuple[Verdict, ...]:
    """The verdicts on a description, which need not have been checked: one that is still being answered, say."""
    system = System(described)
    return identify(system, Facts(system), rules)


def _judge(facts: Facts, judged: Judged, component: ComponentId, rules: Rulebook, known: _Used) -> Verdict:
    ask = facts.ask
    decided = rules.decide(judged, facts.values(component, judged.asks))
    needs: tuple[Need, ...] = ()
    if decided.outcome is Outcome.UNKNOWN:
        needs = tuple(sorted({need for fact in decided.used for need in ask(component, fact).needs}))
    used = []
    for fact in decided.used:
        found = known.get((component, fact))
        if found is None:
            found = known[component, fact] = _used(facts, component, fact, rules.catalog)
        used.append(found)
    return Verdict(
        id=risk_id(judged.threat.id, component),
        threat=judged.threat.id,
        component=component,
        outcome=decided.outcome,
        edition=rules.edition,
        facts=tuple(used),
        rule=judged.because,
        needs=needs,
        rated=judged.threat.rated,
        parent=judged.threat.parent,
        party=decided.party,
        party_why=decided.party_why,
    )


_Used: TypeAlias = dict[tuple[ComponentId, str], UsedFact]


def _decide(judged: Judged, lookup: Lookup) -> Decided:
    possible, proof = evaluate(judged.possible, lookup)
    outcome, used = Outcome.DOES_NOT_APPLY, proof
    if possible is not Truth.NO:
        matters, more = evaluate(judged.matters, lookup)
        outcome = _outcome(possible, matters)
        if outcome is Outcome.UNKNOWN:
            missing = (proof if possible is Truth.UNKNOWN else ()) + (more if matters is Truth.UNKNOWN else ())
            used = tuple(dict.fromkeys(missing))
        else:
            used = tuple(dict.fromkeys(proof + more))
    party, why = party_of_threat(judged.threat, lookup)
    return Decided(outcome, used, party, why)


def _outcome(possible: Truth, matters: Truth) -> Outcome:
    if possible is Truth.UNKNOWN or matters is Truth.UNKNOWN:
        return Outcome.UNKNOWN
    return Outcome.APPLIES if matters is Truth.YES else Outcome.THEORETICAL


def _used(facts: Facts, component: ComponentId, fact: str, catalog: Catalog) -> UsedFact:
    answer = facts.ask(component, fact)
    says = catalog.facts[FactId(fact)].said(answer.value)
    return UsedFact(fact=fact, says=says, value=answer.value, origins=answer.origins)


def _nowhere(system: System, judged: Judged, rules: Rulebook) -> Verdict:
    """The verdict where no component of the kind is described: does not apply, or unknown where that was left open."""
    needs: tuple[Need, ...] = ()
    if {"retrieval_data", "augmentation_data"} & set(judged.threat.at):
        needs = tuple(sorted(Need(component=m.id, field="reads") for m in system.models if m.reads == "unknown"))
    what = " or ".join(place.replace("_", " ") for place in judged.threat.at)
    origin = Origin(kind="given", text=f"no {what} is described", line=system.line(("components",)))
    fact = UsedFact(fact="component", says=f"has no {what}", value=None if needs else False, origins=(origin,))
    party, why = party_of_threat(judged.threat, lambda _: None)
    return Verdict(
        id=risk_id(judged.threat.id, SYSTEM),
        threat=judged.threat.id,
        component=SYSTEM,
        outcome=Outcome.UNKNOWN if needs else Outcome.DOES_NOT_APPLY,
        edition=rules.edition,
        facts=(fact,),
        rule=judged.because,
        needs=needs,
        rated=judged.threat.rated,
        parent=judged.threat.parent,
        party=party,
        party_why=why,
    )
