"""How bad: likelihood from named factors, impact from the owner's consequences, and what controls take off.

Likelihood is the weighted mean of the factors of the scales (OWASP Risk Rating, FAIR and ISO/IEC 27005 name them), each
scored 1 to 5 with its reason. Impact is what the owner says of the asset, raised where agentic facts raise it. Controls
take steps off; those that nobody verified count in part and not below the floor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable

import msgspec

from bartizan.catalog.entries import Threat
from bartizan.catalog.scales import LikelihoodFactor, Scales
from bartizan.core.records import Advice, Factor, Level
from bartizan.core.rule import Value, evaluate, facts_of
from bartizan.core.terms import SETTLED, SYSTEM, ComponentId, ControlId, ControlStatus, Party, Truth
from bartizan.system.description import Consequences, Model
from bartizan.system.facts import Facts
from bartizan.system.graph import System

Score = tuple[int, str, bool]
"""1 to 5, the reason, and whether it is known."""

_STEPS = {"low": 5, "medium": 3, "high": 2}
_CAUGHT = {"low": 4, "medium": 3, "high": 2}
_CROWD = {"few": 2, "many": 4, "public": 5}
_WORDS = {"very_low": 1, "low": 2, "medium": 3, "high": 4, "very_high": 5}


class Case(msgspec.Struct, frozen=True):
    """A threat at a component, with what scoring needs."""

    threat: Threat
    component: ComponentId
    system: System
    facts: Facts

    def ask(self, fact: str) -> Value:
        """The value of a fact here; unknown where the component has no such fact."""
        if self.component == SYSTEM:
            return None
        return self.facts.ask(self.component, fact).value

    @property
    def is_model(self) -> bool:
        """Whether it is judged at a model."""
        return isinstance(self.system.components.get(self.component), Model)


def _access(case: Case) -> Score:
    surface = case.threat.surface
    if surface == "input" and case.is_model:
        return _access_by_use(case)
    if surface == "supply_chain":
        return 3, "whoever handles it on the way to you can reach it", True
    if not case.is_model and case.component != SYSTEM:
        writable = case.facts.ask(case.component, "data_writable_by_untrusted").value
        if writable is True:
            return 5, "people you do not trust can influence this data", True
        return (2, "only trusted people can reach this data", True) if writable is False else (3, _ASK, False)
    if surface == "runtime" and case.is_model and case.ask("weights_in_reach") is True:
        return 5, "it runs where an attacker can touch it", True
    if surface in {"runtime", "development"}:
        return 2, "an attacker must first break in", True
    return 3, "reached as any other part of your IT", True


_ASK = "not known; the middle of the scale stands in"


def _access_by_use(case: Case) -> Score:
    answers = [case.ask(way) for way in _ways_in(case.threat)]
    if True in answers:
        crowd = max((_CROWD.get(crowd or "", 3) for crowd in case.system.crowds), default=4)
        return max(crowd, 3), "people you do not trust can get content in", True
    if None in answers:
        return 3, _ASK, False
    return 2, "only people you trust can use it", True


def _ways_in(threat: Threat) -> tuple[str, ...]:
    """How content gets in: by use and by what is read, unless the threat's rules ask of what is read only."""
    asked = {fact.id for fact in facts_of(threat.rules[max(threat.rules)].possible)}
    only_read = "reads_untrusted_data" in asked and "untrusted_input" not in asked
    return ("reads_untrusted_data",) if only_read else ("untrusted_input", "reads_untrusted_data")


def _capability(case: Case) -> Score:
    need = case.threat.capability
    word = {"low": "little", "medium": "some", "high": "much"}[need]
    if need == "high" and case.is_model and case.ask("weights_public") is True and case.threat.surface == "input":
        return 3, "it takes skill, but public weights let an attacker practise offline", True
    return _STEPS[need], f"it takes {word} skill, tools or budget", True


def _susceptibility(case: Case) -> Score:
    for rule in case.threat.susceptibility:
        truth = evaluate(rule.when, case.ask)[0]
        if truth is Truth.YES:
            return rule.score, rule.why, True
        if truth is Truth.UNKNOWN:
            return 3, _ASK, False
    return 3, "as a system of this kind usually is", True


def _motive(case: Case) -> Score:
    if case.is_model and case.threat.goals == ("deceive",) and case.ask("fooling_pays") is True:
        return 5, "somebody gains from fooling it", True
    motives = case.system.motives
    if True in motives:
        return 4, "somebody who uses or feeds it would gain from an attack", True
    if motives == {False}:
        return 2, "nobody who uses or feeds it would gain", True
    return 3, _ASK, False


def _attackers(case: Case) -> Score:
    if case.threat.surface in {"development", "runtime"}:
        return 2, "few can reach it", True
    crowds = [_CROWD[crowd] for crowd in case.system.crowds if crowd in _CROWD]
    if crowds:
        word = {2: "few", 4: "many", 5: "anybody"}[max(crowds)]
        return max(crowds), f"attackers to reckon with: {word}", True
    if case.system.actors and case.system.all_trusted:
        return 2, "only trusted people use it", True
    return 3, _ASK, False


def _detection(case: Case) -> Score:
    chance = case.threat.detectability
    return _CAUGHT[chance], f"the chance that an attacker is noticed is {chance}", True


def _incidents(case: Case) -> Score:
    if case.system.described.incidents is True:
        return 5, "it, or a system like it, was attacked before", True
    if case.system.described.incidents is False:
        return 2, "no attack is known", True
    return 3, _ASK, False


_SCORERS: dict[str, Callable[[Case], Score]] = {
    "access": _access,
    "capability": _capability,
    "susceptibility": _susceptibility,
    "motive": _motive,
    "attackers": _attackers,
    "detection": _detection,
    "incidents": _incidents,
}


def factors(case: Case, scales: Scales) -> tuple[Factor, ...]:
    """Every factor of the scales, scored 1 to 5 for this case. A factor of the user's own counts as unknown."""
    return tuple(_factor(case, factor) for factor in scales.factors)


def _factor(case: Case, factor: LikelihoodFactor) -> Factor:
    scorer = _SCORERS.get(factor.id)
    score, why, known = scorer(case) if scorer else (3, _ASK, False)
    return Factor(id=factor.id, score=score, weight=factor.weight, why=why, frameworks=factor.frameworks, known=known)


def likelihood(scored: Iterable[Factor], steps: int) -> int:
    """The weighted mean of the factors, brought from 1..5 to a scale of ``steps`` and rounded to the nearest step."""
    mean = sum(f.score * f.weight for f in scored)
    return min(steps, max(1, math.floor((mean - 1) / 4 * (steps - 1) + 1.5)))


_CONSEQUENCE = {
    ("model_behaviour", "integrity"): "behaviour",
    ("model_behaviour", "availability"): "availability",
    ("training_data", "confidentiality"): "training_data",
    ("training_data", "integrity"): "behaviour",
    ("augmentation_data", "confidentiality"): "augmentation_data",
    ("augmentation_data", "integrity"): "behaviour",
    ("augmentation_data", "availability"): "availability",
    ("input_data", "confidentiality"): "input_data",
    ("model", "confidentiality"): "model",
    ("any_asset", "availability"): "availability",
}


def impact(case: Case, scales: Scales) -> tuple[int, tuple[str, ...]]:
    """The impact on the owner's scale and the reasons, the worst of what the threat can hurt here."""
    steps = len(scales.impact)
    said = case.system.described.impact
    fields = _hurt(case)
    best, reasons = 0, []
    for field in fields:
        value, why = _said(said, field, scales)
        if value > best:
            best, reasons = value, [why]
    raised, more = _raise(case)
    return min(steps, best + raised), (*reasons, *more)


_HELD = {"training_data": "training_data_sensitive", "augmentation_data": "augmentation_sensitive"}
"""The loss of data that is not sensitive hurts nobody, where the threat can hurt otherwise."""


def _hurt(case: Case) -> list[str]:
    fields = [_CONSEQUENCE.get((i.asset, i.loses), "other_assets") for i in case.threat.impact]
    fields = [f for f in fields if f not in _HELD or case.ask(_HELD[f]) is not False] or fields
    if "deceive" in case.threat.goals and case.is_model and _data_can_be_stolen(case):
        fields.append("augmentation_data")
    return list(dict.fromkeys(fields)) or ["other_assets"]


def _said(said: Consequences, field: str, scales: Scales) -> tuple[int, str]:
    value = getattr(said, field)
    label = field.replace("_", " ")
    if value is None or value == "unknown":
        return scales.default_impact, f"impact on {label} not said; default {_name(scales, scales.default_impact)}"
    number = _step(value, scales)
    return number, f"you rate the loss of {label} {_name(scales, number)}"


def _step(value: str | int, scales: Scales) -> int:
    """The step that a number or a word means: the step of that name, else the word's share of five on this scale."""
    steps = len(scales.impact)
    if isinstance(value, int):
        return min(steps, max(1, value))
    names = [_name(scales, step) for step in range(1, steps + 1)]
    word = value.replace("_", " ")
    if word in names:
        return names.index(word) + 1
    share = _WORDS.get(value.replace(" ", "_"), 3) - 1
    return math.floor(share / 4 * (steps - 1) + 1.5)


def _name(scales: Scales, step: int) -> str:
    return scales.impact[step - 1].name.replace("_", " ")


def _data_can_be_stolen(case: Case) -> bool:
    """The lethal trifecta, unless a person approves whatever leaves."""
    return case.ask("lethal_trifecta") is True and case.ask("sends_unapproved") is not False


def _raise(case: Case) -> tuple[int, list[str]]:
    """Agentic facts raise the impact of what manipulates behaviour (AI Exchange 2026, analysing the risk)."""
    if not case.is_model or "deceive" not in case.threat.goals:
        return 0, []
    reasons = []
    if _data_can_be_stolen(case):
        reasons.append("raised: untrusted data, sensitive data and a way out meet, so data can be stolen")
    elif case.ask("irreversible_actions") is True:
        reasons.append("raised: the model can do what cannot be undone")
    elif case.ask("unapproved_actions") is True:
        reasons.append("raised: the model acts without approval")
    return len(reasons), reasons


def level(scales: Scales, likely: int, bad: int, why: tuple[str, ...] = ()) -> Level:
    """The level that the matrix gives for a likelihood and an impact."""
    return Level(likelihood=likely, impact=bad, level=scales.matrix[likely - 1][bad - 1], why=why)


def reduced(start: Level, advice: Iterable[Advice], scales: Scales, planned: Collection[ControlId] = ()) -> Level:
    """The level after controls: verified ones count whole, implemented ones in part and not below the floor.

    Steps are counted in fractions and rounded up, so that a small control alone moves nothing. One that was measured
    not to hold takes nothing off the likelihood. Controls of the plan count as if they were verified, where they are
    ours to take.
    """
    likely, bad, claimed_likely, claimed_bad = 0.0, 0.0, 0.0, 0.0
    why: list[str] = []
    for item in advice:
        status = item.status
        if item.control in planned and can_be_taken(item):
            likely += item.likelihood
            bad += item.impact
            why.append(f"{item.control}: taken by the plan and verified")
        elif status is ControlStatus.VERIFIED:
            likely += item.likelihood
            bad += item.impact
            why.append(f"{item.control}: verified")
        elif status is ControlStatus.IMPLEMENTED:
            claimed_likely += item.likelihood * scales.unverified if item.holds is not False else 0.0
            claimed_bad += item.impact * scales.unverified
            told = f"implemented, not verified, counts {scales.unverified:.0%}"
            why.append(f"{item.control}: {told if item.holds is not False else DOES_NOT_HOLD}")
    if not why:
        return start
    return level(
        scales,
        after(start.likelihood, likely, claimed_likely, scales.floor),
        after(start.impact, bad, claimed_bad, IMPACT_FLOOR),
        tuple(why),
    )


DOES_NOT_HOLD = "measured: does not hold"
"""What a level says of a control that attacks got through: it takes nothing off the likelihood."""


def can_be_taken(advice: Advice) -> bool:
    """Whether a control is still ours to take: not the supplier's alone, not settled, and worth something here."""
    ours = advice.party is not Party.SUPPLIER
    return ours and advice.status not in SETTLED and bool(advice.likelihood or advice.impact)


IMPACT_FLOOR = 2
"""The impact below which controls that nobody verified cannot bring a risk."""


def after(start: float, proved: float, claimed: float, floor: int) -> int:
    """The step that is left of ``start``: what is proved counts whole, what is claimed not below the floor."""
    firm = max(1.0, start - proved)
    held = max(firm - claimed, min(firm, floor))
    return math.ceil(held - 1e-9)
