"""The schema of `system.yaml`: one AI system, described by its owner.

Everything but a name and the components may be left out. A field that is left out is not known, unless the field's own
text names a default; a fact that rests on a default says so in its proof. `unknown` is an answer everywhere.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.target_spec import TargetSpec
from bartizan.core.terms import ComponentId, ControlId, ControlStatus, Edition
from bartizan.system.privacy.schema import Privacy

SCHEMA_VERSION = 1
UNNAMED = "Unnamed system"
"""The name of a system that nobody named yet; a description must have one."""

Unknown: TypeAlias = Literal["unknown"]
YesNo: TypeAlias = bool | Unknown | None
Who: TypeAlias = Literal["us", "supplier", "unknown"] | None
Refs: TypeAlias = tuple[ComponentId, ...] | Unknown | None
LevelWord: TypeAlias = str | int | None
LEVEL_WORDS = ("very_low", "low", "medium", "high", "very_high")

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
    """What people call it; the id where it is left out."""
    about: str = ""
    """A sentence for readers of the report."""
    renamed_from: tuple[ComponentId, ...] = ()
    """Ids that it had before, so that decisions and evidence follow it."""
    supplier: str = ""
    """Who it comes from, when that is not you."""
    digests: dict[str, str] = {}
    """SHA-256 of what runs here now, each by its name: `model`, `data`, `configuration` or one of your own. Evidence
    lowers a risk only where its digests are these."""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id.replace("-", " ").replace("_", " ")


class Model(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="model", tag_field="kind"
):
    """A model: generative, predictive, or a heuristic such as a rule engine."""

    type: ModelType = "unknown"
    """What kind of model it is; most rules branch on this."""
    task: tuple[Task, ...] | Unknown | None = None
    """What it is used for; classification, detection, scoring, decision and judgement are open to evasion."""
    takes: tuple[Modality, ...] | Unknown | None = None
    """What it takes. Default for a generative model: text."""
    gives: tuple[Modality, ...] | Unknown | None = None
    """What it gives. Default for a generative model: text; for another: a label or a score."""
    trained_by: Who = None
    """Who trains it, or builds it when it is a heuristic."""
    fine_tuned_by: Literal["us", "supplier", "nobody", "unknown"] | None = None
    """Default: nobody."""
    based_on: ComponentId | None = None
    """The model that it is fine-tuned from, where that is described too."""
    run_by: Who = None
    """Default: who runs the runtime named in `runs_on`, or who runs the model's only known runtime."""
    runs_on: ComponentId | None = None
    """The runtime that it runs on."""
    weights_public: YesNo = None
    """Default for a model that you train: no."""
    intellectual_property: YesNo = None
    """Whether a competitor would gain from having it."""
    trained_on: Refs = None
    """Training, validation and test data. Where it is left out, training data is implied."""
    reads: Refs = None
    """Data that the system inserts into its input: documents, memory, system prompts. Default: none."""
    tools: Refs = None
    """Default: none."""
    talks_to: Refs = None
    """Other models it exchanges messages with. Default: none."""
    input_sensitive: YesNo = None
    """Whether what users give it is sensitive."""
    output_goes_to: tuple[OutputUse, ...] | Unknown | None = None
    """Who or what takes the output; anything but a person may interpret it."""
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
    target: TargetSpec | None = None
    """Where the real model is, for `bartizan test`. An assessment does not look at it."""


class Data(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="data", tag_field="kind"
):
    """A set or store of data in one role."""

    role: DataRole
    """What the data is for."""
    sensitive: YesNo = None
    """Default: yes where it is personal."""
    personal: YesNo = None
    """Whether it is about people."""
    membership_sensitive: YesNo = None
    """Whether it is sensitive merely to be listed in it. Default: no where it is neither sensitive nor personal."""
    source: DataSource | None = None
    """Where it comes from; a public source and users can be influenced by anybody."""
    written_by: Refs = None
    """Who can write, upload or otherwise influence it: actors, models, tools or other data."""
    derived_from: Refs = None
    """Other data that it is made from; their poison comes along."""
    kept_by: Who = None
    """Default: us."""
    stored: YesNo = None
    """Default: yes."""
    embeddings: YesNo = None
    """Whether it is stored as vectors, which can be turned back into text."""
    written_directly: YesNo = None
    """Whether anything but the ingestion pipeline can write it."""
    shared_between_users: YesNo = None
    """Whether one user can meet the content of another."""
    deletion_propagates: YesNo = None
    """Whether chunks, embeddings and caches follow when the source is deleted."""
    fails_safe: YesNo = None
    """Whether nothing is given, rather than unfiltered or cached data, when retrieval or a check fails."""


class Tool(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="tool", tag_field="kind"
):
    """Something that a model can call."""

    functions: tuple[str, ...] = ()
    """Names under which models call it, where it is called by other names than its id. A derived gateway policy lists
    them; an assessment does not look at them."""
    effects: tuple[Effect, ...] | Unknown | None = None
    """What it can do in the world."""
    irreversible: YesNo = None
    """Whether what it does cannot be undone. Default: yes where it sends, pays or moves something."""
    needs_approval: YesNo = None
    """Whether a person approves each call. Default: no."""
    reaches: Refs = None
    """Data it can read or change."""
    reaches_sensitive: YesNo = None
    """Whether it reaches sensitive data, where `reaches` does not say so."""
    returns_untrusted: YesNo = None
    """Whether what it returns can be influenced by people you do not trust: web pages, mail, tickets."""


class Actor(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="actor", tag_field="kind"
):
    """Somebody who uses the system or influences its data."""

    trusted: YesNo = None
    """Whether you trust them not to attack."""
    crowd: Crowd | None = None
    """How many they are."""
    motive: YesNo = None
    """Whether they would gain from an attack."""
    uses: Refs = None
    """Models and applications they give input to."""


class Application(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="application", tag_field="kind"
):
    """Conventional software around the model."""

    uses: Refs = None
    """Models and applications that it gives input to."""


class Runtime(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="runtime", tag_field="kind"
):
    """Where models run."""

    place: RuntimePlace | None = None
    """Where it stands; at the edge and on devices attackers can touch it."""
    run_by: Who = None
    """Who runs it."""


class Development(
    Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="development", tag_field="kind"
):
    """Where models and data are prepared."""

    run_by: Who = None
    """Who runs it."""


Component: TypeAlias = Model | Data | Tool | Actor | Application | Runtime | Development
KINDS = ("model", "data", "tool", "application", "actor", "runtime", "development")
"""The kinds of components, in the order in which a description that we write has them."""


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
    """Where the data comes from."""
    target: ComponentId
    """Where it goes."""
    about: str = ""
    """What it is."""


class Consequences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How bad it would be for you, on your scale: a step of it by number or by name, very_low to very_high, or unknown.

    What is left out gets the scale's default.
    """

    behaviour: LevelWord = None
    """The model does what it should not."""
    availability: LevelWord = None
    """The system is down or too expensive."""
    training_data: LevelWord = None
    """Training data leaks."""
    augmentation_data: LevelWord = None
    """Inserted data leaks: documents, memory, system prompts."""
    input_data: LevelWord = None
    """What users give leaks."""
    model: LevelWord = None
    """The model is stolen."""
    other_assets: LevelWord = None
    """Anything else that is reached through the system."""


class ControlInPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A control and how far it is. Without `at` it holds for the whole system."""

    control: ControlId
    """Its id in the catalogue."""
    status: ControlStatus
    """How far it is; only `verified` counts whole."""
    at: tuple[ComponentId, ...] = ()
    """The components where it holds."""
    verified_on: str = ""
    """The day on which it was last verified."""
    evidence: str = ""
    """Where the proof is."""
    owner: str = ""
    """Who answers for it."""
    due: str = ""
    """The day by which it shall be in place."""
    reason: str = ""
    """Why it is not applicable, or what else a reader must know."""


class FactAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A fact that is stated outright. It wins over what would be computed, and its proof names it."""

    fact: str
    """Its id in the catalogue."""
    at: ComponentId
    """The component that it is stated of."""
    value: bool | int | float | str
    """What it is."""
    why: str = ""
    """How you know."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a field's value came from, when nobody typed it: an importer or an answer in the interview."""

    component: ComponentId
    """The component."""
    field: str
    """The field of it."""
    source: str
    """Where its value came from."""


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One AI system."""

    schema: int = SCHEMA_VERSION
    """The version of this format."""
    name: str
    """What people call the system."""
    about: str = ""
    """What it does, in a sentence or two."""
    owner: str = ""
    """Who answers for it."""
    edition: Edition | None = None
    """The edition of the framework to judge by. Default: the newest."""
    components: tuple[Component, ...]
    """What it is made of."""
    flows: tuple[Flow, ...] = ()
    """Data that moves, where the fields of components do not say so already."""
    impact: Consequences = Consequences()
    """How bad it would be for you."""
    incidents: YesNo = None
    """Whether this system, or one like it of yours, has been attacked before."""
    controls: tuple[ControlInPlace, ...] = ()
    """Controls and how far they are."""
    answers: tuple[FactAnswer, ...] = ()
    """Facts that are stated outright."""
    privacy: Privacy | None = None
    """Whose data it handles, for what, on which ground; what `bartizan privacy` judges."""
    provenance: tuple[Provenance, ...] = ()
    """Where values came from that nobody typed."""
