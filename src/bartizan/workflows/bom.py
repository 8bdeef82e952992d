"""A bill of materials of a described system, of a folder, or of both; what its licences say; evidence of it."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from bartizan import __version__
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.json_text import parse_json
from bartizan.core.source import read_text, write_atomic
from bartizan.core.terms import ComponentId, ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.supply.bom.checking import Checked, check
from bartizan.supply.bom.conflicts import Conflict
from bartizan.supply.bom.cyclonedx import Spec, cyclonedx
from bartizan.supply.bom.inventory import inventory
from bartizan.supply.bom.licences import read
from bartizan.supply.bom.spdx import spdx
from bartizan.supply.bom.texts import line
from bartizan.supply.bom.values import Bom, Card, Edge, EdgeKind, Holding, Part, PartKind
from bartizan.system.description import Actor, Application, Component, Data, Description, Model, Runtime, Tool
from bartizan.system.graph import TRAINING_ROLES
from bartizan.system.reading import REFERENCES, read_system

CONTROL = ControlId("supply_chain_manage")
TOOL = "bartizan bom"
Form: TypeAlias = Literal["cyclonedx", "spdx"]
_NOT_PROPERTIES = frozenset({"id", "name", "about", "renamed_from", "digests", "target", *REFERENCES})
_TASKS = {"conversation": "conversation", "generation": "text-generation", "coding": "code-generation"}
"""Tasks that have another name where people look for models."""


def written(bom: Bom, form: Form, spec: Spec, today: str | None) -> str:
    """The bill as a file. SPDX asks for a date, so that it is of today where none is given."""
    if form == "spdx":
        return spdx(bom, today=today or datetime.date.today().isoformat())
    return cyclonedx(bom, spec=spec, today=today or "")


def bom_of(path: Path, files: Path | None, component: str, progress: Callable[[str], None]) -> Bom:
    """The bill of a folder or a model file, or of the system that a YAML file describes, with files of a component.

    Raises InputError with all problems.
    """
    if not is_description(path):
        if files is not None:
            fix = "name a system.yaml, or leave out --files"
            raise InputError([Problem(file=str(path), finding="--files needs a described system", fix=fix)])
        return inventory(path, progress)
    described = read_system(path).described
    bom = bom_of_system(described)
    if files is None:
        return bom
    models = [part.id for part in described.components if isinstance(part, Model)]
    at = component or (models[0] if len(models) == 1 else "")
    if at not in {part.ref for part in bom.parts}:
        finding = f"there is no component '{at:.70}'" if at else "it is not said of which component the files are"
        fix = nearest(at, models) or f"name one with --at: {', '.join(models[:12])}"
        raise InputError([Problem(file=str(path), finding=finding, fix=fix)])
    return with_files(bom, inventory(files, progress), at, described)


def is_description(path: Path) -> bool:
    """Whether a path is meant as a description: a YAML file, by its name."""
    return path.suffix.lower() in {".yaml", ".yml"} and not path.is_dir()


# A system


def bom_of_system(described: Description) -> Bom:
    """The bill of a system: what its owner says it is made of. People are no parts, and where it can be reached is
    nobody else's business.
    """
    kept = [one for one in described.components if not isinstance(one, Actor)]
    return Bom(
        name=described.name,
        about=described.about,
        owner=described.owner,
        parts=tuple(_part(one, described) for one in kept),
        edges=tuple(dict.fromkeys(edge for one in kept for edge in _edges(one, described))),
        properties=tuple(
            ("bartizan:flow", f"{flow.source} -> {flow.target}" + (f": {flow.about}" if flow.about else ""))
            for flow in described.flows
        ),
    )


def _kind(one: Component) -> PartKind:
    kind = str(type(one).__struct_config__.tag)
    kinds: dict[str, PartKind] = {
        "model": "model",
        "data": "data",
        "tool": "tool",
        "application": "application",
        "runtime": "runtime",
    }
    return kinds.get(kind, "development")


def _part(one: Component, described: Description) -> Part:
    main = {"model": "model", "data": "data"}.get(_kind(one), "")
    others = tuple((f"digest:{name}", value) for name, value in sorted(one.digests.items()) if name != main)
    return Part(
        ref=one.id,
        kind=_kind(one),
        name=line(one.name) or one.id,
        about=one.about,
        supplier=one.supplier,
        sha256=one.digests.get(main, "") if main else "",
        is_ours=(isinstance(one, Data) and one.source == "us") or (isinstance(one, Model) and one.trained_by == "us"),
        card=_card(one, described) if isinstance(one, Model) else None,
        holding=_holding(one, described) if isinstance(one, Data) else None,
        properties=(*_fields(one), *others),
    )


def _fields(one: Component) -> Iterator[tuple[str, str]]:
    """Every field as a property that `bartizan import` reads back."""
    yield "bartizan:id", one.id
    yield "bartizan:kind", _kind(one)
    for field in type(one).__struct_fields__:
        value = getattr(one, field)
        if field in REFERENCES:
            yield from _reference(one, field, value)
        elif field not in _NOT_PROPERTIES and value not in (None, ""):
            yield f"bartizan:{field}", _text(value)
    if isinstance(one, Model) and one.based_on and one.fine_tuned_by is None:
        yield "bartizan:fine_tuned_by", "nobody"
    for field in _OPEN.get(_kind(one), ()):
        if getattr(one, field) is None:
            yield f"bartizan:{field}", "unknown"


_OPEN: dict[str, tuple[str, ...]] = {"model": ("trained_by",), "data": ("source",)}
"""Fields that a reader would guess from the supplier, where nobody said anything of them."""


def _reference(one: Component, field: str, value: object) -> Iterator[tuple[str, str]]:
    if value is None and isinstance(one, Model) and field in ("reads", "tools"):
        value = ()  # the default, which a reader of a bill cannot know
    if value == ():
        yield f"bartizan:{field}", "none"
    elif isinstance(value, str):
        yield f"bartizan:{field}", value
    elif isinstance(value, tuple):
        yield f"bartizan:{field}", ", ".join(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _card(model: Model, described: Description) -> Card:
    tasks = _words(model.task)
    return Card(
        task=_TASKS.get(tasks[0], tasks[0]) if tasks else "",
        takes=_words(model.takes),
        gives=_words(model.gives),
        users=_users(model, described),
        use_cases=tuple(task.replace("_", " ") for task in tasks),
    )


def _users(model: Model, described: Description) -> tuple[str, ...]:
    """People who use a model, straight or through applications."""
    through: set[ComponentId] = {model.id}
    while True:
        more = {
            one.id
            for one in described.components
            if isinstance(one, Application) and isinstance(one.uses, tuple) and through & set(one.uses)
        }
        if more <= through:
            break
        through |= more
    return tuple(
        one.label
        for one in described.components
        if isinstance(one, Actor) and isinstance(one.uses, tuple) and through & set(one.uses)
    )


def _holding(data: Data, described: Description) -> Holding:
    answers: dict[object, Literal["yes", "no", "unknown"]] = {True: "yes", False: "no"}
    return Holding(
        role=data.role,
        personal=answers.get(data.personal, "unknown") if isinstance(data.personal, bool) else "unknown",
        sensitive=answers.get(data.sensitive, "unknown") if isinstance(data.sensitive, bool) else "unknown",
        owner=described.owner if data.source == "us" else data.supplier,
        custodian={"us": described.owner, "supplier": data.supplier}.get(str(data.kept_by), ""),
        source=data.source or "",
    )


def _edges(one: Component, described: Description) -> Iterator[Edge]:
    roles = {part.id: part.role for part in described.components if isinstance(part, Data)}
    actors = {part.id for part in described.components if isinstance(part, Actor)}
    for field in REFERENCES:
        value = getattr(one, field, None)
        targets = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
        for target in targets:
            if target == "unknown" or target in actors or field == "written_by":
                continue
            yield Edge(source=one.id, target=target, kind=_edge_kind(field, roles.get(target, "")))
    taken = {(edge.source, edge.target) for edge in _own_edges(one)}
    for flow in described.flows:
        is_new = flow.target == one.id and flow.source not in actors and (one.id, flow.source) not in taken
        if is_new and not _means_more(one, flow.source, described):
            yield Edge(source=one.id, target=flow.source, kind="depends")


def _own_edges(one: Component) -> Iterator[Edge]:
    for field in REFERENCES:
        value = getattr(one, field, None)
        for target in value if isinstance(value, tuple) else ():
            yield Edge(source=one.id, target=target, kind="depends")


def _means_more(one: Component, source: ComponentId, described: Description) -> bool:
    """Whether a reader would take the dependency for more than a flow: for data that a model reads, or for a use."""
    other = next((part for part in described.components if part.id == source), None)
    return (isinstance(one, Model) and isinstance(other, Data | Tool | Runtime)) or (
        isinstance(one, Application | Tool) and isinstance(other, Model | Application | Data)
    )


def _edge_kind(field: str, role: str) -> EdgeKind:
    if field == "trained_on":
        return "trained_on" if role not in TRAINING_ROLES or role == "training" else "tested_on"
    kinds: dict[str, EdgeKind] = {"reads": "reads", "based_on": "based_on", "uses": "uses", "runs_on": "runs_on"}
    return kinds.get(field, "depends")


# Both


def with_files(bom: Bom, files: Bom, at: str, described: Description) -> Bom:
    """The bill of a system with what lies in a folder, as the files of one of its parts.

    Models and data in the folder become files of the part, for the description says already which models and data there
    are; licences and what cards say go to the part, where the description says nothing.
    """
    part = bom.part(at)
    models = files.of("model")
    inside = [one for one in files.parts if one.kind != "library"]
    held = tuple(one for each in inside for one in each.files)
    cards = [one.card for one in models if one.card]
    digests = dict(next(one.digests for one in described.components if one.id == at))
    digest = digests.get({"model": "model", "data": "data"}.get(part.kind, ""), "")
    remarks = list(files.remarks)
    if digest and held and digest not in {one.sha256 for one in held}:
        remarks.append(f"{at}: no file has the digest that the description names, sha256:{digest}")
    filled = msgspec.structs.replace(
        part,
        sha256=digest or (models[0].sha256 if len(models) == 1 else ""),
        files=held,
        licences=tuple(dict.fromkeys(text for one in models for text in one.licences)),
        card=_merged(part.card, cards[0]) if part.card and cards else part.card,
        version=part.version or (models[0].version if len(models) == 1 else ""),
        links=tuple(dict.fromkeys(url for one in models for url in one.links)),
    )
    libraries = files.of("library")
    edges = tuple(Edge(source=at, target=one.ref, kind="depends") for one in libraries)
    return msgspec.structs.replace(
        bom,
        parts=(*(filled if one.ref == at else one for one in bom.parts), *libraries),
        edges=(*bom.edges, *edges),
        remarks=(*bom.remarks, *remarks),
    )


def _merged(ours: Card, theirs: Card) -> Card:
    return msgspec.structs.replace(
        theirs, task=ours.task or theirs.task, takes=ours.takes, gives=ours.gives, users=ours.users,
        use_cases=ours.use_cases or theirs.use_cases, data_sets=(),
    )  # fmt: skip


# What is found


def checked(path: Path) -> Checked:
    """What is wrong with somebody's BOM, and what is missing in it. Raises InputError, MissingExtra."""
    return check(parse_json(read_text(path), str(path)).data, str(path))


def strictly(bom: Bom, found: Sequence[Conflict]) -> bool:
    """Whether a strict gate fails: for a conflict, and for a model or data whose licence is not known.

    Licences of libraries are left to tools that ask the package index: no folder tells them.
    """
    ours = {part.ref for part in bom.parts if part.kind in ("model", "data")}
    return any(one.answer == "conflict" or ours & set(one.parts) for one in found)


# Evidence


def evidence_of(bom: Bom, *, component: str, today: str) -> EvidenceFile:
    """What an inventory says of the control of the supply chain: every model has a digest and a licence that is named.

    It says that these are known, not that they are good. An empty inventory says nothing.
    """
    named = [part for part in bom.parts if part.ref == component]
    looked = [part for part in named or bom.parts if part.kind in ("model", "data")]
    found: list[Observation] = []
    if looked:
        bare = sum(not one.sha256 and not one.files for one in looked)
        free = sum(one.kind == "model" and not _is_licensed(one) for one in looked)
        unread = sum(text.startswith("not read") for text in bom.remarks)
        count = f"{len(looked)} part{'' if len(looked) == 1 else 's'}"
        gaps = f"{bare} without a digest, {free} without a licence, {unread} places not read"
        digests = sorted({one.sha256 for part in looked for one in part.files} or {p.sha256 for p in looked})
        found.append(
            Observation(
                what=f"inventory of {count}: {gaps}",
                control=CONTROL,
                component=component,
                passed=not bare and not free and not unread,
                note="It tells what is there and under which licence, not whether that may be trusted.",
                digests={"files": hashlib.sha256("\n".join(digests).encode()).hexdigest()},
            )
        )
    return EvidenceFile(bartizan_evidence=1, tool=TOOL, version=__version__, held_on=today, observations=tuple(found))


def _is_licensed(part: Part) -> bool:
    return part.is_ours or any(read(text).is_named for text in part.licences)


def write_evidence(bom: Bom, out: Path, *, component: str, today: str) -> int:
    """Write the evidence, whole or not at all. Returns how many observations it has."""
    made = evidence_of(bom, component=component, today=today)
    write_atomic(out, document_of(made))
    return len(made.observations)
