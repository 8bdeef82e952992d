"""The schema of `privacy:` in `system.yaml`: whose data, for what, on which ground, where it goes, what is decided.

What is left out is not known. An empty list says that there is none.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.terms import ComponentId, ControlStatus

Unknown: TypeAlias = Literal["unknown"]
YesNo: TypeAlias = bool | Unknown | None

Jurisdiction: TypeAlias = Literal["EU", "UK", "US", "BR", "CA", "CH", "other"]
ActRole: TypeAlias = Literal["provider", "deployer", "importer", "distributor"]
"""Who you are under the EU AI Act, Art. 3(3) to (7)."""
Basis: TypeAlias = Literal[
    "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests", "none"
]
"""The grounds of GDPR Art. 6(1)(a) to (f)."""
SpecialCategory: TypeAlias = Literal[
    "ethnic_origin",
    "politics",
    "belief",
    "union",
    "genetic",
    "biometric",
    "health",
    "sex_life",
    "criminal",
]
"""The categories of GDPR Art. 9(1), and convictions and offences (Art. 10)."""
SpecialBasis: TypeAlias = Literal[
    "explicit_consent",
    "employment_law",
    "vital_interests",
    "members",
    "made_public",
    "legal_claims",
    "public_interest",
    "care",
    "public_health",
    "research",
    "none",
]
"""The exceptions of GDPR Art. 9(2)(a) to (j)."""
PeopleKind: TypeAlias = Literal[
    "customers", "public", "employees", "applicants_for_work", "patients", "pupils", "children", "suspects", "other"
]
Safeguard: TypeAlias = Literal["adequacy", "standard_clauses", "binding_rules", "derogation", "none"]
"""What a transfer to another country rests on: GDPR Art. 45, 46(2)(c), 47, 49."""
Practice: TypeAlias = Literal[
    "manipulation",
    "exploiting_weakness",
    "social_scoring",
    "predicting_crime",
    "scraping_faces",
    "emotions_at_work_or_school",
    "biometric_categories",
    "live_biometrics_in_public",
]
"""The practices of EU AI Act Art. 5(1)(a) to (h)."""
Excuse: TypeAlias = Literal["medical_or_safety", "supports_human_on_facts", "authorised_by_law", "labelling_datasets"]
"""What takes a practice out of the prohibition, in the words of Art. 5(1)(d), (f), (g) and (h)."""
Area: TypeAlias = Literal[
    "biometrics",
    "critical_infrastructure",
    "education",
    "employment",
    "public_benefits",
    "credit",
    "insurance",
    "emergency_calls",
    "law_enforcement",
    "migration",
    "justice",
    "democracy",
]
"""The uses of EU AI Act Annex III, points 1 to 8."""
NarrowTask: TypeAlias = Literal["procedure", "improves_human_work", "finds_deviations", "preparation"]
"""The conditions of EU AI Act Art. 6(3)(a) to (d)."""


class People(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A group of people whom the data is about."""

    who: PeopleKind
    """What they are to you."""
    name: str = ""
    """What people call them."""
    how_many: int | None = None
    """About how many."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody who gets the data."""

    name: str
    """Who it is."""
    processes_for_you: YesNo = None
    """Whether it handles the data on your behalf only."""
    contract: YesNo = None
    """Whether a contract binds it to your instructions."""
    country: str = ""
    """Where it handles the data, when that is outside the jurisdictions you named."""
    safeguard: Safeguard | None = None
    """What the transfer there rests on."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One purpose that personal data is used for."""

    id: str
    """Short name in lower case; verdicts are named after it."""
    name: str = ""
    """What people call it; the id where it is left out."""
    about: str = ""
    """What is done with the data, and what for, in a sentence that the people themselves would understand."""
    data: tuple[ComponentId, ...] | Unknown | None = None
    """The data that it uses."""
    basis: Basis | Unknown | None = None
    """What makes it lawful."""
    basis_why: str = ""
    """The contract, the law, or the interest that was weighed against those of the people."""
    balanced: YesNo = None
    """With legitimate interests: whether they were weighed against those of the people, and written down."""
    special: tuple[SpecialCategory, ...] | Unknown | None = None
    """Special categories in the data, those that can be inferred from it too."""
    special_basis: SpecialBasis | Unknown | None = None
    """The exception that allows special categories."""
    collected_for: str = ""
    """The purpose that the data was collected for, where it was another one."""
    compatible: YesNo = None
    """Whether this use is compatible with that purpose, as you tested and wrote down."""
    told: YesNo = None
    """Whether the people are told of this purpose."""
    documented: YesNo = None
    """Whether purpose and ground were written down before data was collected."""
    needed: YesNo = None
    """Whether every attribute was looked at, and none is used that the purpose does not need."""
    kept_for: str = ""
    """How long the data is kept for it, such as "3 years"."""
    recipients: tuple[Recipient, ...] | Unknown | None = None
    """Who gets the data. An empty list: nobody."""


class AutomatedDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the system decides about people."""

    automation: Literal["alone", "with_a_person", "none", "unknown"] | None = None
    """Whether it decides alone, a person decides with it, or it decides nothing about people. A person who only ever
    confirms does not count."""
    effect: Literal["legal", "similar", "small", "unknown"] | None = None
    """What a decision does to somebody: changes rights, affects them as much (a loan, a job), or little."""
    allowed_by: Literal["contract", "law", "explicit_consent", "none", "unknown"] | None = None
    """What allows a decision without a person: GDPR Art. 22(2)."""
    person_steps_in: YesNo = None
    """Whether people can have a person look at it, and say their view."""
    can_be_contested: YesNo = None
    """Whether a decision can be contested."""
    explained: YesNo = None
    """Whether people get the reasons, in words they understand."""


class Measure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a duty is met, as you say. Only `verified` with evidence counts as shown."""

    duty: str
    """Its id: `bartizan privacy --list` shows them."""
    status: ControlStatus
    """How far it is."""
    at: tuple[str, ...] = ()
    """The purposes where it holds; all where it is left out."""
    evidence: str = ""
    """Where the proof is."""
    verified_on: str = ""
    """The day on which that was last looked at."""
    owner: str = ""
    """Who answers for it."""
    due: str = ""
    """The day by which it shall be met."""
    reason: str = ""
    """Why it does not apply, or what else a reader must know."""


class Privacy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a description says about people and their data."""

    jurisdictions: tuple[Jurisdiction, ...] | Unknown | None = None
    """Whose law applies: where you are, and where the people are."""
    role: tuple[ActRole, ...] | Unknown | None = None
    """Who you are under the EU AI Act: who develops it and puts it into service under its name is its provider, who
    uses it its deployer; one can be both."""
    personal: YesNo = None
    """Whether it handles data about people at all. Default: yes where a purpose or personal data is described."""
    people: tuple[People, ...] | Unknown | None = None
    """Whom the data is about."""
    purposes: tuple[Purpose, ...] = ()
    """What the data is used for; each use with a reason of its own is one."""
    decision: AutomatedDecision = AutomatedDecision()
    """What it decides about people."""
    practices: tuple[Practice, ...] | Unknown | None = None
    """Practices that the EU AI Act forbids and that this comes near to. An empty list: none of them."""
    excuses: tuple[Excuse, ...] = ()
    """What takes such a practice out of the prohibition here."""
    areas: tuple[Area, ...] | Unknown | None = None
    """Uses that the EU AI Act calls high-risk. An empty list: none of them."""
    narrow_task: tuple[NarrowTask, ...] | Unknown | None = None
    """Why it is not high-risk although its area is listed. Left out or empty: it is."""
    safety_component: YesNo = None
    """Whether it is, or is part of, a product that the law lets be checked by others for safety. Default: no."""
    profiling: YesNo = None
    """Whether it judges personal aspects of people: work, money, health, behaviour, interests."""
    public_service: YesNo = None
    """Whether you are a public body, or provide a public service."""
    at_work: YesNo = None
    """Whether it is used on people at their place of work. Default: no."""
    large_scale: YesNo = None
    """Whether it handles the data of very many people, or of a large share of those there are."""
    monitors: YesNo = None
    """Whether it watches people systematically, in public places or online."""
    combines: YesNo = None
    """Whether it brings together data that was collected for different purposes or by different parties."""
    denies_service: YesNo = None
    """Whether it can keep people from a right, a service or a contract."""
    talks_to_people: YesNo = None
    """Whether people deal with it directly. Default: yes where a model's task is conversation."""
    makes_media: YesNo = None
    """Whether it makes text, pictures, sound or video. Default: yes where a model is generative."""
    deep_fakes: YesNo = None
    """Whether what it makes could pass for real people, places or events. Default: no."""
    informs_public: YesNo = None
    """Whether texts that it makes inform the public, and no person answers for them. Default: no."""
    reads_feelings: YesNo = None
    """Whether it recognises emotions, or puts people into categories by their bodies. Default: no."""
    general_purpose: YesNo = None
    """Whether you give others a model that serves many purposes. Default: no."""
    measures: tuple[Measure, ...] = ()
    """How far duties are met."""
