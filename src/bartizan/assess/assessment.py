"""The one function that chains identify, rate, assign, select and treat. No clock, no randomness, no I/O."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import TypeAlias

import msgspec

from bartizan.assess.body import Body, Weighed
from bartizan.assess.cover import checklist, cover
from bartizan.assess.identify import Rulebook, identify
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import Problem, problem_of
from bartizan.assess.privacy import Ground, judge_privacy
from bartizan.assess.rate import Case, factors, impact, level, likelihood, reduced
from bartizan.assess.select import Advisor, Site, Statuses, advise, order
from bartizan.assess.treat import WaysOut, decided, options
from bartizan.catalog.entries import Catalog
from bartizan.core.evidence import Evidence
from bartizan.core.records import Assessment, Decision, Note, OpenPoint, Plan, Risk, Suggestion, Verdict
from bartizan.core.terms import (
    DEFAULT_EDITION,
    SYSTEM,
    ComponentId,
    ControlId,
    ControlStatus,
    Edition,
    Outcome,
    Party,
    ThreatId,
    risk_id,
)
from bartizan.system.description import Data, Description, Model
from bartizan.system.facts import Facts
from bartizan.system.graph import System

Planner: TypeAlias = Callable[[Problem], Plan]


class Assessor:
    """Assesses many systems by one edition of one catalogue; what depends on the catalogue alone is prepared once.

    The planner decides what "after the plan" means: `planning.greedy` is fast, `planning.exact` is the cheapest.
    """

    def __init__(self, catalog: Catalog, edition: Edition = DEFAULT_EDITION, planner: Planner = greedy) -> None:
        self.catalog = catalog
        self.planner = planner
        self.edition = edition
        self.rules = Rulebook(catalog, edition)
        self.advisor = Advisor(catalog, edition)
        self.checklist = checklist(catalog, edition)
        self._ways_out = WaysOut(catalog)
        self._judged = {j.threat.id: j for j in self.rules.judged}

    def assess(
        self,
        system: System,
        *,
        today: str,
        decisions: Iterable[Decision] = (),
        evidence: Iterable[Evidence] = (),
    ) -> Assessment:
        """All that follows from a description, decisions, evidence and a date (ISO 8601). Same input, same bytes out.

        In which order decisions and evidence come does not matter.
        """
        facts = Facts(system)
        seen = tuple(evidence)
        body = Body(seen, system, self.catalog, today) if seen else None
        statuses = Statuses(system.described.controls, body.proved if body else None)
        verdicts = identify(system, facts, self.rules)
        ways = _ways(verdicts)
        site = Site(system, facts, statuses)
        drafts = [self._rate(v, site, body, ways.get(v.id, ())) for v in verdicts if v.rated and _applies(v)]
        planned = frozenset(self.planner(problem_of(drafts, self.catalog)).controls)
        ids = {r.id: r for r in drafts}
        held, notes = decided(decisions, system, ids, today)
        risks = tuple(sorted((self._treated(r, facts, planned, held) for r in drafts), key=_worst_first))
        return Assessment(
            system=system.described.name,
            edition=self.edition,
            today=today,
            description_digest=digest_of(system.described),
            catalog_digest=self.catalog.digest,
            verdicts=verdicts,
            risks=risks,
            steps=order(risks, self.catalog, self.advisor, statuses, planned),
            suggestions=_suggestions(verdicts),
            open_points=tuple(_open_points(risks, system, self.catalog)),
            coverage=cover(self.checklist, verdicts, risks, statuses),
            privacy=judge_privacy(system, self.catalog, self.edition, Ground(verdicts, risks, statuses)),
            notes=(*notes, *(body.notes(ids) if body else ()), *_notes(system, facts, self.catalog)),
        )

    def _rate(self, verdict: Verdict, site: Site, body: Body | None, ways: tuple[ThreatId, ...]) -> Risk:
        threat = self.catalog.threats[verdict.threat]
        scales = self.catalog.scales
        case = Case(threat, verdict.component, site.system, site.facts)
        found = Weighed(factors(case, scales), advise(threat, verdict.component, self.advisor, site))
        if body is not None:
            found = body.weigh(verdict.id, verdict.component, found, site.statuses)
        bad, bad_why = impact(case, scales)
        inherent = level(scales, likelihood(found.factors, len(scales.likelihood)), bad)
        current = reduced(inherent, found.controls, scales)
        return Risk(
            id=verdict.id,
            threat=verdict.threat,
            component=verdict.component,
            inherent=inherent,
            current=current,
            residual=current,
            factors=found.factors,
            impact_why=bad_why,
            party=verdict.party,
            party_why=verdict.party_why,
            ways=ways,
            controls=found.controls,
            above_appetite=current.level > scales.appetite,
            evidence=found.uses,
        )

    def _treated(
        self, risk: Risk, facts: Facts, planned: Collection[ControlId], held: Mapping[str, tuple[Decision, str]]
    ) -> Risk:
        residual = reduced(risk.inherent, risk.controls, self.catalog.scales, planned)
        ways_out = self._ways_out.of(self._judged[risk.threat], risk.component, facts)
        decision, word = held.get(risk.id, (None, ""))
        return msgspec.structs.replace(
            risk,
            residual=residual,
            changes=ways_out,
            options=options(risk.current, residual, risk.controls, ways_out, self.catalog),
            decision=decision,
            decision_note=word,
        )


def _worst_first(risk: Risk) -> tuple[int, int, int, str]:
    return -risk.current.level, -risk.inherent.level, -risk.inherent.likelihood, risk.id


@cache
def _assessor(known: _Known, edition: Edition, planner: Planner) -> Assessor:
    return Assessor(known.catalog, edition, planner)


class _Known:
    """Lets a catalogue, which holds dictionaries, be the key of a cache: equal when files and scales are."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __hash__(self) -> int:
        return hash(self.catalog.digest)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Known):
            return False
        mine, theirs = self.catalog, other.catalog
        if mine is theirs:
            return True
        return (mine.digest, mine.scales, mine.evidence) == (theirs.digest, theirs.scales, theirs.evidence)


def assess(
    system: System,
    catalog: Catalog,
    *,
    today: str,
    edition: Edition | None = None,
    decisions: Iterable[Decision] = (),
    evidence: Iterable[Evidence] = (),
    planner: Planner = greedy,
) -> Assessment:
    """Assess one system. The edition is the one asked for, else the description's own, else the newest."""
    chosen = edition or system.described.edition or DEFAULT_EDITION
    return _assessor(_Known(catalog), chosen, planner).assess(
        system, today=today, decisions=decisions, evidence=evidence
    )


def digest_of(described: Description) -> str:
    """SHA-256 of what a description says, whatever the order of its components and lists of them."""
    plain = msgspec.to_builtins(described)
    for key in ("components", "flows", "controls", "answers", "provenance"):
        if key in plain:
            plain[key] = sorted(plain[key], key=lambda item: msgspec.json.encode(item, order="sorted"))
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _applies(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.APPLIES


def _ways(verdicts: Iterable[Verdict]) -> dict[str, tuple[ThreatId, ...]]:
    """The variants that apply, by the id of the risk that they are ways of."""
    found: dict[str, list[ThreatId]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.parent is not None and not verdict.rated and _applies(verdict):
            found[risk_id(verdict.parent, verdict.component)].append(verdict.threat)
    return {risk: tuple(ways) for risk, ways in found.items()}


def _suggestions(verdicts: Iterable[Verdict]) -> tuple[Suggestion, ...]:
    """The missing answers, those first that the most verdicts wait for; verdicts that become risks count double."""
    waiting: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        for need in verdict.needs:
            waiting[need.component, need.field].append(verdict)
    ranked = sorted(waiting.items(), key=lambda item: (-sum(1 + v.rated for v in item[1]), item[0]))
    return tuple(
        Suggestion(component=component, field=field, verdicts=tuple(v.id for v in found))
        for (component, field), found in ranked
    )


def _open_points(risks: Iterable[Risk], system: System, catalog: Catalog) -> Iterator[OpenPoint]:
    """What suppliers must answer: their part of the controls for the risks that apply, until it is verified."""
    asked: dict[tuple[str, ControlId], list[str]] = defaultdict(list)
    for risk in risks:
        for advice in risk.controls:
            if advice.party is not Party.US and advice.status is not ControlStatus.VERIFIED:
                asked[_supplier(risk.component, system), advice.control].append(risk.id)
    for (supplier, control), found in sorted(asked.items()):
        question = catalog.controls[control].ask_supplier
        if question:
            yield OpenPoint(supplier=supplier, control=control, risks=tuple(found), question=question)


def _supplier(component: ComponentId, system: System) -> str:
    found = system.components.get(component)
    if found is None:
        return "supplier"
    if found.supplier:
        return str(found.supplier)
    users = [system.components[e.target] for e in system.out_of.get(found.id, ())]
    return next((u.supplier for u in users if u.supplier), "supplier")


def _notes(system: System, facts: Facts, catalog: Catalog) -> Iterator[Note]:
    """What a reader must know that is no risk of its own."""
    for model in sorted(system.models, key=lambda m: m.id):
        if facts.ask(model.id, "lethal_trifecta").value is True:
            text = f"lethal trifecta: {model.label} reads untrusted data, reaches sensitive data and can send it out"
            yield Note(kind="lethal_trifecta", text=text, component=model.id)
        if facts.ask(model.id, "rule_of_two_broken").value is True:
            text = f"rule of two broken: {model.label} has all three powers and nobody approves"
            yield Note(kind="rule_of_two", text=text, component=model.id)
        yield from _model_notes(model, facts)
    if not system.models:
        text = "no model is described: assessed as a data-centric system (data, supply chain and conventional threats)"
        yield Note(kind="data_centric", text=text, component=SYSTEM)


def _model_notes(model: Model, facts: Facts) -> Iterator[Note]:
    if model.type == "heuristic":
        text = f"{model.label} is a heuristic model: only a subset of the threats can apply"
        yield Note(kind="heuristic", text=text, component=model.id)
    if facts.ask(model.id, "generative").value is True:
        text = f"{model.label} generates content: check who owns it and whether it repeats protected works"
        yield Note(kind="copyright_output", text=text, component=model.id)
    if facts.ask(model.id, "trained_by_us").value is not True:
        return
    sources = [
        c for e in facts.system.into.get(model.id, ()) if isinstance(c := facts.system.components[e.source], Data)
    ]
    if any(d.source in {"public", "supplier"} for d in sources):
        text = f"{model.label} is trained on data from others: check licences, warranties and opt-outs"
        yield Note(kind="copyright_training", text=text, component=model.id)
