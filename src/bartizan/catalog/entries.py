"""The schema of the catalogue's files: what a threat, a control, a fact, a mapping and the scales are made of.

All values are frozen. Text fields are written for this project; names, numbers, slugs and relations are facts of the
OWASP AI Exchange, edition by edition.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.catalog.privacy import PrivacyBook
from bartizan.catalog.scales import EvidenceScale, Quantities, Scales
from bartizan.catalog.tables import DeepDive, MappingList, Navigator, Overview, PeriodicTable, ThreatMap
from bartizan.core.rule import Rule, Value
from bartizan.core.terms import ControlId, Edition, Effort, FactId, Party, ThreatId

ThreatKind: TypeAlias = Literal["group", "threat", "variant", "generic", "risk_factor"]
Lifecycle: TypeAlias = Literal["development", "runtime", "both"]
Surface: TypeAlias = Literal["input", "development", "supply_chain", "runtime", "all_it"]
Asset: TypeAlias = Literal[
    "model_behaviour", "training_data", "model", "input_data", "augmentation_data", "output", "any_asset", "funds"
]
Loss: TypeAlias = Literal["confidentiality", "integrity", "availability"]
Subject: TypeAlias = Literal["system", "model", "data", "tool"]
Place: TypeAlias = Literal["system", "model", "training_data", "retrieval_data", "augmentation_data", "analysis_data"]
"""Where a threat is judged: at the system, at each model, or at each data store in that role."""


class Alias(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another name that the framework or its history has for the same thing."""

    name: str
    edition: Edition | None = None


class Impact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is lost, of which asset."""

    asset: Asset
    loses: Loss


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row of the AI security matrix as printed in one edition; the columns are the framework's own words."""

    row: int
    label: str
    ai_specific: str = ""
    lifecycle: str = ""
    surface: str = ""
    asset: str = ""
    impacted: str = ""


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a threat applies, in one edition.

    ``possible`` says whether the attack can be done at all; ``matters`` whether it would gain the attacker anything or
    harm anybody. Possible and mattering: applies. Possible and not mattering: theoretical. Else: does not apply.
    """

    possible: Rule
    matters: Rule | None = None
    because: str = ""
    """The framework's place for this rule: question id, special rule or section."""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a decision about who must act: the first case whose rule is met decides."""

    when: Rule
    who: Party
    why: str


class Susceptibility(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How easily a system of this kind falls for the threat, 1 to 5: the first case whose rule is met decides."""

    when: Rule
    score: int
    why: str


class Advice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why a control, or a whole group of controls, helps against this threat. Exactly one of the two is given."""

    why: str
    control: ControlId | None = None
    group: str | None = None
    effect: float = 1.0
    """The share of the control's usual reduction that it brings against this threat."""


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place in another standard, catalogue or paper."""

    standard: str
    id: str = ""
    name: str = ""
    note: str = ""


class Specimen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A small system that comes with a threat, and what the rules must say of it. ``system`` is a description."""

    title: str
    expect: Literal["applies", "theoretical", "does_not_apply", "unknown"]
    at: str
    system: dict[str, Any]
    edition: Edition = 2026


class Threat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an attacker may do, or what may go wrong: one file in ``data/threats``."""

    id: ThreatId
    kind: ThreatKind
    names: dict[Edition, str]
    """Name per edition. An edition that is absent does not know this entry."""
    slug: str | None = None
    """Permalink of the current edition, without its address; None where the framework gives none."""
    old_slugs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    parent: ThreatId | None = None
    lifecycle: Lifecycle
    surface: Surface
    surface_note: str = ""
    assets: tuple[Asset, ...] = ()
    impact: tuple[Impact, ...] = ()
    goals: tuple[Literal["deceive", "disclose", "disrupt"], ...] = ()
    genai: dict[Edition, Literal["both", "only_genai", "only_predictive"]] = {}
    at: tuple[Place, ...] = ()
    """Where it is judged. Empty for groups, which are judged through their members."""
    rated: bool = False
    """Whether it becomes a risk of its own. Variants are ways in which their parent happens."""
    rules: dict[Edition, Condition] = {}
    who: tuple[Case, ...] = ()
    matrix: dict[str, tuple[MatrixRow, ...]] = {}
    what: str
    how: tuple[str, ...] = ()
    example: str = ""
    attacker_needs: str = ""
    consequence: str = ""
    capability: Literal["low", "medium", "high"] = "medium"
    """What an attacker must be able to do or own; low means that anybody can."""
    detectability: Literal["low", "medium", "high"] = "medium"
    """How likely an attacker is to be noticed."""
    susceptibility: tuple[Susceptibility, ...] = ()
    controls: tuple[Advice, ...] = ()
    references: tuple[Reference, ...] = ()
    decisions: tuple[str, ...] = ()
    """Where the sources disagree: what was decided for this entry, and why."""
    specimens: tuple[Specimen, ...] = ()

    @property
    def name(self) -> str:
        """The name in the newest edition that knows it."""
        return self.names[max(self.names)]

    def name_in(self, edition: Edition) -> str:
        """The name in this edition, or the newest one."""
        return self.names.get(edition) or self.name

    @property
    def permalink(self) -> str:
        """Address of the framework's own text on it, or of the page that holds it."""
        return f"https://owaspai.org/go/{self.slug}/" if self.slug else ""


ControlKind: TypeAlias = Literal["guard", "hardening", "check", "organisational"]
Doer: TypeAlias = Literal["organisation", "builder", "trainer", "runner", "obtainer"]
"""Who can do it: governance of the organisation, who builds the application, who trains the model, who runs the model,
who takes something from a supplier."""


class Reduction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many steps of the scale a control takes off, when it is verified and works as meant. Halves are allowed."""

    likelihood: float = 0.0
    impact: float = 0.0


class Membership(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place among the essentials of 2026."""

    category: str
    sub: str


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What reduces risk: one file in ``data/controls``."""

    id: ControlId
    title: str
    """Plain words, as it is called on the screen."""
    names: dict[Edition, str]
    """The framework's capital form per edition."""
    slug: str | None = None
    old_slugs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    status: Literal["current", "retired", "unnamed"] = "current"
    merged_into: ControlId | None = None
    category: dict[Edition, str] = {}
    groups_2025: tuple[str, ...] = ()
    essentials: tuple[Membership, ...] = ()
    lifecycle: tuple[Literal["development", "runtime", "management"], ...] = ()
    discipline: Literal["process", "technical_it", "data_science"] = "process"
    kind: ControlKind
    done_by: Doer
    effort: Effort
    reduces: Reduction = Reduction()
    useful_when: Rule | None = None
    """Asked at the component; a control that makes no sense there is not offered."""
    purpose: str
    how: tuple[str, ...] = ()
    tune: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    ask_supplier: str = ""
    figures: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    decisions: tuple[str, ...] = ()

    @property
    def permalink(self) -> str:
        """Address of the framework's own text on it."""
        return f"https://owaspai.org/go/{self.slug}/" if self.slug else ""


class ControlGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A named set of controls that threats refer to as a whole. Members are expanded from here, never copied."""

    id: str
    name: str
    section: str = ""
    purpose: str
    members: dict[Edition, tuple[ControlId, ...]]
    applies_to_all: bool = False


class FactEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something a rule may ask about a component or the system: one file in ``data/facts``."""

    id: FactId
    subject: Subject
    says: str
    """The fact as a statement that holds when it is yes: "is trained or fine-tuned by us"."""
    says_not: str
    """The same when it is no."""
    question: str
    why: str
    change: str = ""
    """How one would make the fact false, as an act; empty when that would be another system."""
    choices: tuple[str, ...] = ()
    """The values of a fact that is no yes-or-no; empty otherwise."""
    answered: bool = False
    """True for a fact that only a person can answer: it is read from ``answers`` of the description."""
    implies: dict[FactId, bool] = {}
    """Where this fact is yes, these others have these values."""
    both: tuple[FactId, ...] = ()
    """The facts that are all yes exactly where this one is."""
    one_of: str = ""
    """Of the facts that have the same words here, exactly one is yes."""

    def said(self, value: Value) -> str:
        """The fact with this value as a statement; unknown, the question that is open."""
        return self.question if value is None else self.says if value else self.says_not


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known: loaded and with every cross-reference checked."""

    threats: dict[ThreatId, Threat]
    controls: dict[ControlId, Control]
    groups: dict[str, ControlGroup]
    facts: dict[FactId, FactEntry]
    tables: dict[Edition, PeriodicTable]
    deep_dives: dict[Edition, DeepDive]
    navigators: dict[Edition, Navigator]
    maps: tuple[ThreatMap, ...]
    overview: Overview
    mappings: dict[str, MappingList]
    scales: Scales
    quantities: Quantities
    privacy: PrivacyBook = PrivacyBook()
    """What law and principles ask where data is about people."""
    evidence: EvidenceScale
    """What evidence means for a rating: the organisation's own where its scales say so."""
    digest: str
    """SHA-256 over the files it was read from, so that a result can say what it rests on."""
