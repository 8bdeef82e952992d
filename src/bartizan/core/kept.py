"""Values that the register keeps, as they leave it: rows of its tables, frozen, for workflows, reports and pages."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.evidence import Evidence
from bartizan.core.terms import ControlStatus, Party, Treatment

RiskState: TypeAlias = Literal["open", "gone", "undecided"]
"""``gone``: the threat no longer applies, or its place is no longer there. ``undecided``: answers are missing now."""

DecisionState: TypeAlias = Literal["requested", "held", "rejected", "lapsed", "withdrawn", "replaced"]
AnswerState: TypeAlias = Literal["open", "sent", "answered", "verified", "refused", "settled"]
"""``refused``: the supplier will not say. ``settled``: no longer asked, since no risk waits for it."""

Meanwhile: TypeAlias = Literal["", "accept", "mitigate", "avoid"]


class KeptSystem(msgspec.Struct, frozen=True, kw_only=True):
    """A system and what its newest assessment came to."""

    id: str
    name: str
    owner: str
    about: str
    archived: bool
    version: int
    """Number of its newest description; 0 where there is none yet."""
    edition: int
    assessed_on: str
    risks: int
    above_appetite: int
    untreated: int
    """Risks above appetite on which no decision holds."""
    undecided: int
    """Verdicts on threats that may become risks and for which an answer is missing."""
    worst: int
    review_due: str
    created_at: str
    revision: int


class KeptVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A description as it was handed in."""

    system: str
    number: int
    description: str
    digest: str
    at: str
    by: str
    note: str


class KeptAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """An assessment as it was made; its content is read apart."""

    system: str
    number: int
    version: int
    edition: int
    today: str
    catalog_digest: str
    risks: int
    above_appetite: int
    worst: int
    levels: str
    """How many risks of each level, lowest first: '0 2 5 1 0'."""
    at: str
    by: str


class KeptRisk(msgspec.Struct, frozen=True, kw_only=True):
    """A risk as the register knows it: its number never changes, its id follows the component's name."""

    system: str
    number: int
    risk: str
    threat: str
    component: str
    name: str
    label: str
    state: RiskState
    state_why: str
    owner: str
    party: Party
    inherent_likelihood: int
    inherent_impact: int
    inherent_level: int
    current_likelihood: int
    current_impact: int
    current_level: int
    residual_likelihood: int
    residual_impact: int
    residual_level: int
    above_appetite: bool
    treatment: Literal["", "mitigate", "transfer", "avoid", "accept"]
    """The treatment that holds; empty where none does."""
    review_due: str
    first_seen: str
    last_seen: str
    last_changed: str
    revision: int


class KeptDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A treatment of a risk. An acceptance is requested by one person and holds once another approved it."""

    system: str
    number: int
    risk_number: int
    treatment: Treatment
    reason: str
    by: str
    on: str
    owner: str
    due: str
    until: str
    state: DecisionState
    requested_by: str
    requested_at: str
    settled_by: str
    settled_at: str
    settled_why: str
    bound: str
    """For an acceptance: what was accepted, as JSON."""
    digest: str
    """SHA-256 of `bound`."""
    revision: int


class KeptControl(msgspec.Struct, frozen=True, kw_only=True):
    """How far a control is, at a component or (empty) everywhere."""

    system: str
    control: str
    component: str
    status: ControlStatus
    reason: str
    owner: str
    due: str
    changed_by: str
    changed_at: str
    revision: int


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that belongs to a piece of evidence, by its SHA-256; its content is read apart."""

    evidence_number: int
    digest: str
    name: str
    media_type: str
    size: int
    added_by: str
    added_at: str


class KeptEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence, with the risk or control that it is about as they are called now."""

    system: str
    number: int
    risk_number: int | None
    evidence: Evidence
    withdrawn: bool
    withdrawn_why: str
    recorded_by: str
    recorded_at: str
    revision: int
    attachments: tuple[Attachment, ...] = ()


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside who has a part in a system."""

    id: str
    name: str
    contact: str
    note: str
    revision: int


class SupplierAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a supplier about a control, and how far it is."""

    system: str
    supplier: str
    control: str
    question: str
    state: AnswerState
    answer: str
    sent_on: str
    answered_on: str
    verified_on: str
    valid_until: str
    meanwhile: Meanwhile
    """What is done while it is open: accept it, mitigate it yourself, or avoid the supplier."""
    meanwhile_why: str
    changed_by: str
    changed_at: str
    revision: int

    def expired(self, today: str) -> bool:
        """Whether it was answered, and the answer's last day has passed."""
        return self.state in {"answered", "verified"} and "" < self.valid_until < today

    def waits(self, today: str) -> bool:
        """Whether nothing can be relied on yet, so that something must be done meanwhile."""
        return self.state in {"open", "sent", "refused"} or self.expired(today)


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A date on which somebody shall look again, or did."""

    system: str
    number: int
    risk_number: int | None
    kind: str
    why: str
    due: str
    owner: str
    done_by: str
    done_at: str
    outcome: str
    revision: int


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody said about a risk, or about the system (no number)."""

    system: str
    number: int
    risk_number: int | None
    text: str
    by: str
    at: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the running system."""

    system: str
    number: int
    risk_number: int | None
    kind: str
    what: str
    count: int
    at: str
    source: str
    seen_at: str


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """All that the register keeps about one system, for reports and for the way out and back in."""

    system: KeptSystem
    risks: tuple[KeptRisk, ...] = ()
    decisions: tuple[KeptDecision, ...] = ()
    controls: tuple[KeptControl, ...] = ()
    evidence: tuple[KeptEvidence, ...] = ()
    answers: tuple[SupplierAnswer, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    reviews: tuple[Review, ...] = ()
    comments: tuple[Comment, ...] = ()
    events: tuple[Event, ...] = ()
    """Those that nobody has seen yet."""

    def holds(self, risk_number: int) -> KeptDecision | None:
        """The decision that holds on a risk."""
        return next((d for d in self.decisions if d.risk_number == risk_number and d.state == "held"), None)
