"""Which controls matter for the risks that apply: the advice for each, and over all the order to take them in."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

import msgspec

from bartizan.assess.assign import party_of_control
from bartizan.assess.proved import Proof, Proved
from bartizan.catalog.entries import Catalog, Control, ControlGroup, Doer, Threat
from bartizan.catalog.relations import outright
from bartizan.catalog.scales import Scales
from bartizan.core.records import Advice, Risk, Step
from bartizan.core.rule import Rule, evaluate
from bartizan.core.terms import SETTLED, SYSTEM, ComponentId, ControlId, ControlStatus, Edition, Party, ThreatId, Truth
from bartizan.system.description import ControlInPlace
from bartizan.system.facts import Facts
from bartizan.system.graph import System

_RANK = {
    ControlStatus.NOT_STARTED: 0,
    ControlStatus.PLANNED: 1,
    ControlStatus.IMPLEMENTED: 2,
    ControlStatus.VERIFIED: 3,
    ControlStatus.NOT_APPLICABLE: 4,
}


class Advised(msgspec.Struct, frozen=True):
    """A control that a threat's entry advises, expanded from its group where it came through one."""

    control: Control
    why: str
    said_by: tuple[str, ...]
    likelihood: float
    """Steps that it takes off, the share that counts against this threat reckoned in."""
    impact: float
    condition: int | None
    """Number of the rule that says where it is useful, among the advisor's; None where it is useful anywhere."""


class Advisor:
    """Which controls one edition of a catalogue advises against each threat, expanded once."""

    def __init__(self, catalog: Catalog, edition: Edition) -> None:
        self.catalog = catalog
        self.edition = edition
        self._of: dict[ThreatId, tuple[Advised, ...]] = {}
        self.conditions: list[Rule] = []
        """Where controls are useful; many share one rule, which is then applied once to a component."""
        self._said = outright(catalog, edition)
        self.foundation: tuple[Control, ...] = tuple(
            catalog.controls[c]
            for group in catalog.groups.values()
            if group.applies_to_all
            for c in group.members.get(edition, ())
        )

    def against(self, threat: Threat) -> tuple[Advised, ...]:
        """The controls against a threat, each once, those that take most off first; retired ones left out."""
        known = self._of.get(threat.id)
        if known is None:
            known = self._of[threat.id] = tuple(sorted(self._expand(threat), key=_strongest_first))
        return known

    def _expand(self, threat: Threat) -> Iterable[Advised]:
        reasons: dict[ControlId, str] = {}
        effects: dict[ControlId, float] = {}
        for advice in threat.controls:
            if advice.control is not None:
                reasons.setdefault(advice.control, advice.why)
                effects.setdefault(advice.control, advice.effect)
        for group, why in (*self._groups(threat), *self._general(threat)):
            for member in group.members.get(self.edition, ()):
                reasons.setdefault(member, why)
        for name, why in reasons.items():
            control = self.catalog.controls[name]
            if control.status != "retired" and self.edition in control.names:
                said, effect = self._said.get((threat.id, name), ("catalogue",)), effects.get(name, 1.0)
                likely, bad = control.reduces.likelihood * effect, control.reduces.impact * effect
                yield Advised(control, why, said, likely, bad, self._condition(control.useful_when))

    def _condition(self, rule: Rule | None) -> int | None:
        if rule is None:
            return None
        if rule not in self.conditions:
            self.conditions.append(rule)
        return self.conditions.index(rule)

    def _groups(self, threat: Threat) -> Iterator[tuple[ControlGroup, str]]:
        for advice in threat.controls:
            group = self.catalog.groups.get(advice.group or "")
            if group is not None and not group.applies_to_all:
                yield group, advice.why

    def _general(self, threat: Threat) -> Iterator[tuple[ControlGroup, str]]:
        """The general controls, where the threat's own section refers to them as a whole: those that fit its goal."""
        dive = self.catalog.deep_dives.get(self.edition)
        if dive is None or not any(row.threat == threat.id and row.general for row in dive.rows):
            return
        for goal, name in (("deceive", "limit_unwanted"), ("disclose", "data_limit")):
            if goal in threat.goals and name in self.catalog.groups:
                yield self.catalog.groups[name], self.catalog.groups[name].purpose


def _strongest_first(advised: Advised) -> tuple[float, str]:
    return -(advised.likelihood + advised.impact), advised.control.id


class Statuses:
    """How far each control is, at each component, by what the description declares and what evidence proved of it.

    The best declaration counts.
    """

    def __init__(self, declared: Iterable[ControlInPlace], proved: Proved | None = None) -> None:
        self._by: dict[ControlId, list[ControlInPlace]] = defaultdict(list)
        self._proved = proved
        for item in declared:
            self._by[item.control].append(item)

    @property
    def declared(self) -> tuple[ControlId, ...]:
        """The controls of which anything is declared."""
        return tuple(self._by)

    def of(self, control: ControlId, component: ComponentId) -> ControlStatus:
        """The status of a control at a component."""
        if control not in self._by:  # evidence puts nothing in place that is not declared
            return ControlStatus.NOT_STARTED
        found = self.proof(control, component)
        return found.status if found else self._said(control, component)

    def proof(self, control: ControlId, component: ComponentId) -> Proof | None:
        """What evidence proved of a control at a component; None where there is none."""
        if self._proved is None or control not in self._proved:
            return None
        return self._proved.proof(control, component, self._said(control, component))

    def _said(self, control: ControlId, component: ComponentId) -> ControlStatus:
        items = self._by.get(control)
        if not items:
            return ControlStatus.NOT_STARTED
        fitting = [i.status for i in items if not i.at or component in i.at]
        return max(fitting, key=_RANK.__getitem__, default=ControlStatus.NOT_STARTED)


class Site:
    """One system as advice sees it; what depends on a component and a control alone is worked out once."""

    def __init__(self, system: System, facts: Facts, statuses: Statuses) -> None:
        self.system = system
        self.facts = facts
        self.statuses = statuses
        self._useful: dict[tuple[int, ComponentId], bool] = {}
        self._parties: dict[tuple[Doer, ComponentId], tuple[Party, str]] = {}

    def useful(self, advised: Advised, advisor: Advisor, component: ComponentId) -> bool:
        """Whether a control makes sense at a component; what is unknown does not rule it out."""
        if advised.condition is None or component == SYSTEM:
            return True
        key = (advised.condition, component)
        found = self._useful.get(key)
        if found is None:
            rule = advisor.conditions[advised.condition]
            truth = evaluate(rule, lambda fact: self.facts.ask(component, fact).value)[0]
            found = self._useful[key] = truth is not Truth.NO
        return found

    def party(self, control: Control, component: ComponentId) -> tuple[Party, str]:
        """Who must do a control at a component, and why."""
        key = (control.done_by, component)
        found = self._parties.get(key)
        if found is None:
            found = self._parties[key] = party_of_control(control, component, self.system, self.facts)
        return found

    def status(self, control: ControlId, component: ComponentId) -> ControlStatus:
        """How far a control is at a component."""
        return self.statuses.of(control, component)


def advise(threat: Threat, component: ComponentId, advisor: Advisor, site: Site) -> tuple[Advice, ...]:
    """The controls for one risk, those that take most off first."""
    found = []
    for advised in advisor.against(threat):
        control = advised.control
        if not site.useful(advised, advisor, component):
            continue
        party, why = site.party(control, component)
        found.append(
            Advice(
                control=control.id,
                status=site.status(control.id, component),
                party=party,
                party_why=why,
                likelihood=advised.likelihood,
                impact=advised.impact,
                why=advised.why,
                said_by=advised.said_by,
            )
        )
    return tuple(found)


def order(
    risks: Iterable[Risk], catalog: Catalog, advisor: Advisor, statuses: Statuses, planned: Collection[ControlId]
) -> tuple[Step, ...]:
    """The controls still to take, in order: those of the plan before those that go further than the appetite asks;
    among them highest risk first, then cheapest for what it takes off that risk.

    Governance, which applies to every threat, comes as its own steps at the end: it carries the others.
    """
    scales = catalog.scales
    by_control: dict[ControlId, list[tuple[Risk, Advice]]] = defaultdict(list)
    every: list[Risk] = []
    for risk in risks:
        every.append(risk)
        for advice in risk.controls:
            if advice.party is not Party.SUPPLIER and advice.status not in SETTLED:
                by_control[advice.control].append((risk, advice))
    drafts = [_step(catalog.controls[c], pairs, scales, c in planned) for c, pairs in by_control.items()]
    drafts.sort(key=lambda d: (not d[1].planned, *d[0], -d[1].buys, d[1].control))
    carriers = [c for c in advisor.foundation if c.id not in by_control]
    foundation = _foundation(carriers, every, statuses, scales)
    steps = [step for _, step in drafts] + foundation
    return tuple(msgspec.structs.replace(step, order=i) for i, step in enumerate(steps, start=1))


def _step(
    control: Control, pairs: list[tuple[Risk, Advice]], scales: Scales, planned: bool
) -> tuple[tuple[int, float], Step]:
    """The step, after its rank: the level of its highest risk, and what a scale step off that risk costs."""
    pairs.sort(key=lambda pair: (-pair[0].current.level, pair[0].id))
    lowest = min((a.status for _, a in pairs), key=_RANK.__getitem__)
    risk, advice = pairs[0]
    takes_off = advice.likelihood + advice.impact
    price = scales.costs[control.effort] / takes_off if takes_off else math.inf
    return (-risk.current.level, price), Step(
        control=control.id,
        order=0,
        status=lowest,
        party=advice.party,
        party_why=advice.party_why,
        effort=control.effort,
        cost=scales.costs[control.effort],
        risks=tuple(risk.id for risk, _ in pairs),
        buys=round(sum(a.likelihood + a.impact for _, a in pairs), 2),
        above_appetite=sum(risk.current.level > scales.appetite for risk, _ in pairs),
        planned=planned,
    )


def _foundation(controls: Iterable[Control], risks: list[Risk], statuses: Statuses, scales: Scales) -> list[Step]:
    names = tuple(risk.id for risk in risks)
    above = sum(risk.current.level > scales.appetite for risk in risks)
    return [
        Step(
            control=control.id,
            order=0,
            status=statuses.of(control.id, SYSTEM),
            party=Party.US,
            party_why="It is part of running your organisation.",
            effort=control.effort,
            cost=scales.costs[control.effort],
            risks=names,
            buys=0.0,
            above_appetite=above,
        )
        for control in controls
        if statuses.of(control.id, SYSTEM) not in SETTLED and names
    ]
