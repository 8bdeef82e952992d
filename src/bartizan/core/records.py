"""Values that cross borders: what the rules found, how bad it is, and what to do about it. All frozen, all data."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.privacy import PrivacyAssessment
from bartizan.core.proof import Need, UsedFact
from bartizan.core.terms import (
    ComponentId,
    ControlId,
    ControlStatus,
    Edition,
    Effort,
    Outcome,
    Party,
    ThreatId,
    Treatment,
)


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A smallest change that would make a threat no longer apply: these facts turned, by these acts."""

    facts: tuple[str, ...]
    acts: tuple[str, ...]
    leads_to: Outcome


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rules say of one threat at one component, with the proof."""

    id: str
    threat: ThreatId
    component: ComponentId
    outcome: Outcome
    edition: Edition
    facts: tuple[UsedFact, ...]
    rule: str
    """The rule's place in the framework."""
    needs: tuple[Need, ...] = ()
    rated: bool = False
    parent: ThreatId | None = None
    party: Party
    party_why: str


class Factor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One influence on a likelihood, scored on the scale, with the reason."""

    id: str
    score: int
    weight: float
    why: str
    frameworks: tuple[str, ...] = ()
    known: bool = True
    """False when an answer is missing and the middle of the scale stands in."""


class Level(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A likelihood, an impact and the level they give, counted from 1 on the scales, and how it came to be."""

    likelihood: int
    impact: int
    level: int
    why: tuple[str, ...] = ()


class Advice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A control for a risk: how far it is, who must do it, and what it takes off when it works."""

    control: ControlId
    status: ControlStatus
    party: Party
    party_why: str
    likelihood: float
    impact: float
    why: str
    said_by: tuple[str, ...]
    holds: bool | None = None
    """Whether it held when the threat was tried against it here; None where nobody measured that. One that did not
    hold takes nothing off the likelihood."""
    measured: str = ""
    """What evidence found of it, where that counts."""


EvidenceEffect: TypeAlias = Literal["raises", "lowers", "confirms", "counts for nothing"]
"""Whether a piece of evidence raises what a risk is rated without it, lowers it, or leaves it for a reason."""


class EvidenceUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a piece of evidence did to the rating of a risk, and why; also where it did nothing."""

    id: str
    what: str
    """What was done, in a line."""
    on: str
    """The day on which it was so."""
    effect: EvidenceEffect
    why: str


class Option(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One way to treat a risk, and what it would mean here."""

    treatment: Treatment
    means: str
    possible: bool = True


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person's treatment of a risk. An acceptance has an end date."""

    risk: str
    treatment: Treatment
    reason: str
    by: str
    on: str
    until: str = ""


class Risk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A threat that applies at a component: how bad, whose, and what to do."""

    id: str
    threat: ThreatId
    component: ComponentId
    inherent: Level
    current: Level
    residual: Level
    """After the plan: every control that is ours and worth taking is verified."""
    factors: tuple[Factor, ...]
    impact_why: tuple[str, ...]
    party: Party
    party_why: str
    ways: tuple[ThreatId, ...] = ()
    """Variants that apply here."""
    controls: tuple[Advice, ...] = ()
    changes: tuple[Change, ...] = ()
    options: tuple[Option, ...] = ()
    decision: Decision | None = None
    decision_note: str = ""
    above_appetite: bool = False
    evidence: tuple[EvidenceUse, ...] = ()
    """Every piece of evidence on it or on its controls, the newest first."""

    @property
    def is_accepted(self) -> bool:
        """Whether somebody accepted it, and the acceptance still holds."""
        return self.decision is not None and self.decision.treatment is Treatment.ACCEPT and not self.decision_note


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A control in the order in which to take it: the plan's first; within it highest risk first, then cheapest."""

    control: ControlId
    order: int
    status: ControlStatus
    party: Party
    party_why: str
    effort: Effort
    cost: float
    risks: tuple[str, ...]
    buys: float
    """Steps of the scale that it takes off, summed over the risks."""
    above_appetite: int
    """How many of its risks are above appetite."""
    planned: bool = False
    """Whether the plan takes it; the others go further than the appetite asks."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Controls to take together, what they cost, and which risks stay above appetite although all are taken."""

    method: Literal["greedy", "exact"]
    controls: tuple[ControlId, ...]
    cost: float
    left: tuple[str, ...]
    proven: bool
    """Whether no cheaper plan exists that leaves no more risks above appetite (or, within a budget, no better one)."""
    budget: float | None = None


class AnnualLoss(msgspec.Struct, frozen=True, kw_only=True):
    """Loss in a year as simulated: what to expect, and how bad a bad year is. Numbers are in the unit of the `Loss`."""

    mean: float
    median: float
    p90: float
    """A year that is worse comes once in ten years."""
    p95: float
    intervals: dict[str, tuple[float, float]]
    """For `mean`, `median`, `p90` and `p95`: where the number lies with 95 % confidence, for the number of trials."""
    curve: tuple[tuple[float, float], ...]
    """Loss, and the share of years in which it is exceeded; the loss rises."""
    per_risk: tuple[tuple[str, float], ...]
    """Risk and its part of the mean, dearest first."""


class Loss(AnnualLoss, frozen=True, kw_only=True):
    """Annual loss: its own numbers are those of today, beside those without controls and after the plan."""

    unit: str
    trials: int
    seed: int
    inherent: AnnualLoss
    residual: AnnualLoss


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An answer worth giving: the verdicts that wait for it."""

    component: str
    field: str
    verdicts: tuple[str, ...]


class OpenPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something a supplier must answer: until then accept it, mitigate it yourself, or avoid the supplier."""

    supplier: str
    control: ControlId
    risks: tuple[str, ...]
    question: str


CoverageState: TypeAlias = Literal["concerned", "partly", "covered", "not_concerned", "unknown"]


class Coverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An item of another list, and how this system stands to it."""

    list: str
    item: str
    name: str
    state: CoverageState
    risks: tuple[str, ...] = ()
    controls_missing: tuple[ControlId, ...] = ()


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something a reader must know that is no risk: a broken rule of two, an orphaned decision, a lapsed acceptance."""

    kind: str
    text: str
    component: str = ""


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that follows from a description, a catalogue, decisions and a date. Same input, same bytes out."""

    system: str
    edition: Edition
    today: str
    description_digest: str
    catalog_digest: str
    verdicts: tuple[Verdict, ...]
    risks: tuple[Risk, ...]
    steps: tuple[Step, ...]
    suggestions: tuple[Suggestion, ...]
    open_points: tuple[OpenPoint, ...]
    coverage: tuple[Coverage, ...]
    notes: tuple[Note, ...]
    privacy: PrivacyAssessment | None = None
    """What law and principles ask; None where the description says nothing of people."""

    def count(self, outcome: Outcome, *, rated: bool = True) -> int:
        """How many verdicts came out so; with ``rated``, among the threats that become risks of their own."""
        return sum(v.outcome is outcome and (v.rated or not rated) for v in self.verdicts)
