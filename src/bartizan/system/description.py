"""The schema of `system.yaml`: one AI system, described by its owner.

Everything but a name and the components may be left out. A field that is left out is not known, unless the field's own
text names a default; a fact that rests on a default says so in its proof. `unknown` is an answer everywhere.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.terms import ComponentId, ControlId, ControlStatus, Edition

SCHEMA_VERSION = 1

Unknown: TypeAlias = Literal["unknown"]
YesNo: TypeAlias = bool | Unknown | None
Who: TypeAlias = Literal["us", "supplier", "unknown"] | None
Refs: TypeAlias = tuple[ComponentId, ...] | Unknown | None
LevelWord: TypeAlias = Literal["very_low", "low", "medium", "high", "very_high", "unknown"] | int | None

ModelType: TypeAlias = Literal["generative", "predictive", "heuristic", "unknown"]
Task: TypeAlias = Literal[
    "classification",
    "detection",
    "scoring",
    "decision",
    "judgement",
    "ranking",
    "recommendation",
    "regression",
    "forecasting",
    "clustering",
    "conversation",
    "generation",
    "summarisation",
    "translation",
    "extraction",
    "search",
    "coding",
    "planning",
    "control",
]
Modality: TypeAlias = Literal[
    "text", "image", "audio", "video", "document", "table", "signal", "code", "label", "score", "action"
]
OutputUse: TypeAlias = Literal["person", "browser", "program", "query", "tool", "model", "machine"]
DataRole: TypeAlias = Literal[
    "training", "validation", "test", "retrieval", "memory", "system_prompt", "analysis", "rules", "input", "output"
]
DataSource: TypeAlias = Literal["us", "supplier", "public", "users", "unknown"]
Effect: TypeAlias = Literal["read", "write", "send", "execute", "pay", "physical"]
RuntimePlace: TypeAlias = Literal["own_servers", "cloud", "supplier", "edge", "user_device", "unknown"]
Crowd: TypeAlias = Literal["few", "many", "public", "unknown"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every component has."""

    id: ComponentId
    """Short name in lower case; risks are named after it, so keep it. To change it, use `renamed_from`."""
    name: str = ""
    about: str = ""
    renamed_from: tuple[ComponentId, ...] = ()
    supplier: str = ""
    """Who it comes from, when that is not you."""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id.replace("-", " ").replace("_", " ")


class Model(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="model", tag_field="kind"
):
    """A model: generative, predictive, or a heuristic such as a rule engine."""

    type: ModelType = "unknown"
    task: tuple[Task, ...] | Unknown | None = None
    takes: tuple[Modality, ...] | Unknown | None = None
    """What it takes. Default for a generative model: text."""
    gives: tuple[Modality, ...] | Unknown | None = None
    """What it gives. Default for a generative model: text; for another: a label or a score."""
    trained_by: Who = None
    """Who trains it, or builds it when it is a heuristic."""
    fine_tuned_by: Literal["us", "supplier", "nobody", "unknown"] | None = None
    """Default: nobody."""
    based_on: ComponentId | None = None
    run_by: Who = None
    """Default: who runs the runtime named in `runs_on`, or who runs the model's only known runtime."""
    runs_on: ComponentId | None = None
    weights_public: YesNo = None
    """Default for a model that you train: no."""
    intellectual_property: YesNo = None
    trained_on: Refs = None
    reads: Refs = None
    """Data that the system inserts into its input: documents, memory, system prompts. Default: none."""
    tools: Refs = None
    """Default: none."""
    talks_to: Refs = None
    """Other models it exchanges messages with. Default: none."""
    input_sensitive: YesNo = None
    output_goes_to: tuple[OutputUse, ...] | Unknown | None = None
    output_can_harm: YesNo = None
    """Default: yes where a tool writes, sends, pays, executes or moves something."""
    output_can_reveal_data: YesNo = None
    """Default: yes for generative models, no where only labels and scores come out."""
    fooling_pays: YesNo = None
    """Whether somebody gains from fooling it."""
    learns_from_use: YesNo = None
    """Default: no."""
    costs_per_use: YesNo = None
    """Default: yes where a supplier runs it."""
    plans: YesNo = None
    """Default: no, unless planning is its task."""


class Data(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="data", tag_field="kind"
):
    """A set or store of data in one role."""

    role: DataRole
    sensitive: YesNo = None
    """Default: yes where it is personal."""
    personal: YesNo = None
    membership_sensitive: YesNo = None
    """Whether it is sensitive merely to be listed in it. Default: no where it is neither sensitive nor personal."""
    source: DataSource | None = None
    written_by: Refs = None
    """Who can write, upload or otherwise influence it: actors, models, tools or other data."""
    derived_from: Refs = None
    kept_by: Who = None
    """Default: us."""
    stored: YesNo = None
    """Default: yes."""
    embeddings: YesNo = None
    written_directly: YesNo = None
    """Whether anything but the ingestion pipeline can write it."""
    shared_between_users: YesNo = None
    deletion_propagates: YesNo = None
    fails_safe: YesNo = None


class Tool(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="tool", tag_field="kind"
):
    """Something that a model can call."""

    effects: tuple[Effect, ...] | Unknown | None = None
    irreversible: YesNo = None
    needs_approval: YesNo = None
    """Whether a person approves each call. Default: no."""
    reaches: Refs = None
    """Data it can read or change."""
    reaches_sensitive: YesNo = None
    returns_untrusted: YesNo = None
    """Whether what it returns can be influenced by people you do not trust: web pages, mail, tickets."""


class Actor(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="actor", tag_field="kind"
):
    """Somebody who uses the system or influences its data."""

    trusted: YesNo = None
    crowd: Crowd | None = None
    motive: YesNo = None
    """Whether they would gain from an attack."""
    uses: Refs = None
    """Models and applications they give input to."""


class Application(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="application", tag_field="kind"
):
    """Conventional software around the model."""

    uses: Refs = None


class Runtime(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="runtime", tag_field="kind"
):
    """Where models run."""

    place: RuntimePlace | None = None
    run_by: Who = None


class Development(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="development", tag_field="kind"
):
    """Where models and data are prepared."""

    run_by: Who = None


Component: TypeAlias = Model | Data | Tool | Actor | Application | Runtime | Development


class Flow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"source": "from", "target": "to"},
):
    """Data that moves from one component to another, where the components' own fields do not say so already."""

    source: ComponentId
    target: ComponentId
    about: str = ""


class Consequences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How bad it would be for you, on your scale (1 to 5 or its words). What is left out gets the scale's default."""

    behaviour: LevelWord = None
    """The model does what it should not."""
    availability: LevelWord = None
    """The system is down or too expensive."""
    training_data: LevelWord = None
    augmentation_data: LevelWord = None
    input_data: LevelWord = None
    model: LevelWord = None
    """The model is stolen."""
    other_assets: LevelWord = None


class ControlInPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A control and how far it is. Without `at` it holds for the whole system."""

    control: ControlId
    status: ControlStatus
    at: tuple[ComponentId, ...] = ()
    verified_on: str = ""
    evidence: str = ""
    owner: str = ""
    due: str = ""
    reason: str = ""


class FactAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A fact that is stated outright. It wins over what would be computed, and its proof names it."""

    fact: str
    at: ComponentId
    value: bool | int | float | str
    why: str = ""


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a field's value came from, when nobody typed it: an importer or an answer in the interview."""

    component: ComponentId
    field: str
    source: str


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One AI system."""

    schema: int = SCHEMA_VERSION
    name: str
    about: str = ""
    owner: str = ""
    edition: Edition | None = None
    components: tuple[Component, ...]
    flows: tuple[Flow, ...] = ()
    impact: Consequences = Consequences()
    incidents: YesNo = None
    """Whether this system, or one like it of yours, has been attacked before."""
    controls: tuple[ControlInPlace, ...] = ()
    answers: tuple[FactAnswer, ...] = ()
    provenance: tuple[Provenance, ...] = ()
