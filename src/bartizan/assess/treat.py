"""What to do about a risk: the smallest changes that would remove it, the options it leaves, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bartizan.assess.identify import Judged
from bartizan.catalog.entries import Catalog
from bartizan.core.dates import in_words
from bartizan.core.records import Advice, Change, Decision, Level, Note, Option
from bartizan.core.rule import Lookup, breakers
from bartizan.core.terms import SYSTEM, ComponentId, FactId, Outcome, Party, Treatment
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.renames import new_names


class WaysOut:
    """The smallest changes that would remove a threat; what was worked out for some values of facts is kept."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._found: dict[tuple[object, ...], tuple[Change, ...]] = {}

    def of(self, judged: Judged, component: ComponentId, facts: Facts) -> tuple[Change, ...]:
        """The smallest sets of facts whose change would make the threat not apply, or leave it theoretical."""
        if component == SYSTEM:
            return ()
        values = facts.values(component, judged.asks)
        key = (judged.threat.id, *values, *map(type, values))
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _KEPT:
                self._found.clear()
            lookup = dict(zip(judged.asks, values, strict=True)).__getitem__
            found = self._found[key] = changes(judged, lookup, self._catalog)
        return found


_KEPT = 100_000


def changes(judged: Judged, lookup: Lookup, catalog: Catalog) -> tuple[Change, ...]:
    """The changes for these values of the facts that the threat's rules ask for."""
    found: list[Change] = []
    seen: set[frozenset[str]] = set()
    for rule, leads_to in ((judged.possible, Outcome.DOES_NOT_APPLY), (judged.matters, Outcome.THEORETICAL)):
        for facts_to_turn in breakers(rule, lookup):
            acts = [_act(catalog, fact, lookup(fact)) for fact in sorted(facts_to_turn)]
            if facts_to_turn not in seen and all(acts):
                seen.add(facts_to_turn)
                found.append(Change(facts=tuple(sorted(facts_to_turn)), acts=tuple(acts), leads_to=leads_to))
    return tuple(found)


def _act(catalog: Catalog, fact: str, value: object) -> str:
    return catalog.facts[FactId(fact)].change if value is True else ""


def options(
    current: Level, residual: Level, advice: Iterable[Advice], ways_out: tuple[Change, ...], catalog: Catalog
) -> tuple[Option, ...]:
    """Mitigate, transfer, avoid, accept: what each would mean for this risk."""
    appetite = catalog.scales.appetite
    names = [band.name.replace("_", " ") for band in catalog.scales.levels]
    ours = [a for a in advice if a.party is not Party.SUPPLIER]
    after, now, limit = names[residual.level - 1], names[current.level - 1], names[appetite - 1]
    mitigate = f"the plan brings it from {now} to {after}" if ours else "no control of yours is known; ask the supplier"
    avoid = "; or ".join(" and ".join(c.acts).lower() for c in ways_out[:3]) or "leave this part of the system out"
    accept = (
        f"it is within your appetite ({limit})"
        if current.level <= appetite
        else f"it is above your appetite ({limit}): needs a reason, a name and an end date"
    )
    theirs = any(a.party is not Party.US for a in advice)
    transfer = "agree with the supplier who bears it, or insure it" if theirs else "insure it"
    return (
        Option(treatment=Treatment.MITIGATE, means=mitigate, possible=bool(ours)),
        Option(treatment=Treatment.TRANSFER, means=transfer),
        Option(treatment=Treatment.AVOID, means=avoid, possible=bool(ways_out)),
        Option(treatment=Treatment.ACCEPT, means=accept),
    )


def decided(
    decisions: Iterable[Decision], system: System, risks: Mapping[str, object], today: str
) -> tuple[dict[str, tuple[Decision, str]], list[Note]]:
    """Which decision holds for which risk, with a word on it; and notes on decisions that hold for none.

    A decision follows its component through `renamed_from`; of several on one risk the latest holds. An acceptance
    whose end date has passed has lapsed.
    """
    names = new_names(system)
    held: dict[str, tuple[Decision, str]] = {}
    notes: list[Note] = []
    for decision in sorted(decisions, key=lambda d: (d.on, d.risk)):
        threat, _, component = decision.risk.partition("@")
        place = ComponentId(component)
        risk = decision.risk if decision.risk in risks else f"{threat}@{names.get(place, place)}"
        if risk in risks:
            held[risk] = (decision, _standing(decision, today))
        else:
            notes.append(Note(kind="orphaned_decision", text=_orphaned(decision, system), component=component))
    for risk, (_, word) in sorted(held.items()):
        if word:
            notes.append(Note(kind="lapsed_decision", text=f"{risk}: {word}", component=risk.partition("@")[2]))
    return held, notes


def _orphaned(decision: Decision, system: System) -> str:
    threat, _, component = decision.risk.partition("@")
    place = new_names(system).get(ComponentId(component), ComponentId(component))
    label = system.components[place].label if place in system.components else component
    at = "the system as a whole" if component == SYSTEM else label
    made = f"{decision.treatment.value} by {decision.by} on {in_words(decision.on)}"
    return f"{made}: {threat.replace('_', ' ')} at {at} no longer applies ({decision.risk})"


def _standing(decision: Decision, today: str) -> str:
    if decision.treatment is not Treatment.ACCEPT:
        return ""
    if not decision.until:
        return "accepted without an end date; give it one"
    return f"the acceptance lapsed on {in_words(decision.until)}" if decision.until < today else ""
