"""Read and check a description: from a file to a `System`, with every problem told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.digest import DIGEST_FIX, sha256_in
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.shape import Fault, faults_of, sound_parts, to_value
from bartizan.core.source import Document, PathKey, read_yaml
from bartizan.core.terms import SYSTEM, ComponentId
from bartizan.system.description import (
    LEVEL_WORDS,
    SCHEMA_VERSION,
    Actor,
    Application,
    Component,
    Consequences,
    Data,
    Description,
    Model,
    Runtime,
    Tool,
)
from bartizan.system.facts import FACTS
from bartizan.system.graph import System
from bartizan.system.privacy.checking import duty_problems, privacy_problems
from bartizan.system.privacy.facts import PRIVACY

_START = "check the name, or make one with: bartizan init"
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Names(msgspec.Struct, frozen=True):
    """What a catalogue calls its controls and facts; each fact with the kind of component that it is about."""

    controls: Collection[str]
    facts: Mapping[str, str]
    impact: tuple[str, ...] = LEVEL_WORDS
    """The steps of the scale of impact."""
    duties: Mapping[str, str] = {}
    """The duties that law and principles ask for, each with where it is judged."""
    became: Callable[[str], str | None] = str
    """The id of the control that an older or another name stands for; None where it stands for none."""


def read_system(file: str | Path, names: Names | None = None) -> System:
    """The system that a file describes. Raises InputError with all problems, each with line and fix.

    With ``names``, those of controls and facts are checked too; the others are left to who knows the catalogue.
    """
    if not os.path.lexists(file):
        raise InputError([Problem(file=str(file), finding="no such file", fix=_START)])
    return check_system(read_yaml(file), names)


def check_system(document: Document, names: Names | None = None) -> System:
    """The system that a document describes. Raises InputError with all problems, each with line and fix."""
    _check_version(document)
    try:
        described = to_value(document, Description)
    except InputError as error:
        faults = faults_of(document, document.data, Description)
        raise InputError([*error.problems, *_other_problems(document, faults, names)]) from None
    found = [*_problems(described), *name_problems(described, names)]
    problems = [document.problem(path, finding, fix) for path, finding, fix in found]
    if problems:
        raise InputError(problems)
    return System(_with_bare_digests(described), file=document.file, lines=document.lines)


def _with_bare_digests(described: Description) -> Description:
    """The description with every digest as bare digits, so that equal ones are equal however they were written."""
    if not any(part.digests for part in described.components):
        return described
    parts = tuple(
        msgspec.structs.replace(part, digests={k: sha256_in(v) or v for k, v in part.digests.items()})
        for part in described.components
    )
    return msgspec.structs.replace(described, components=parts)


def _check_version(document: Document) -> None:
    version = document.data.get("schema", SCHEMA_VERSION) if isinstance(document.data, Mapping) else SCHEMA_VERSION
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        finding = f"schema {version} is newer than this program, which reads up to {SCHEMA_VERSION}"
        raise InputError([document.problem(("schema",), finding, "upgrade with: pip install -U bartizan")])


_Finding = tuple[PathKey, str, str]


def _other_problems(document: Document, faults: list[Fault], names: Names | None) -> list[Problem]:
    """What else is wrong, judged by the parts without a fault, so that all problems of a file are told in one go."""
    draft = sound_parts(document.data, Description, [fault.path for fault in faults])
    if draft is None or "components" not in draft.data:
        return []
    try:
        described = msgspec.convert({"name": "?", **draft.data}, Description)
    except msgspec.ValidationError:
        return []
    found = [*_problems(described, draft.unread), *name_problems(described, names)]
    return [document.problem(draft.place(path), finding, fix) for path, finding, fix in found]


def _problems(described: Description, unread: frozenset[str] | None = None) -> Iterator[_Finding]:
    """What is wrong with a description; ``unread`` are the ids of parts that could not be read, None where all was."""
    if described.schema != SCHEMA_VERSION:
        yield ("schema",), f"there is no schema {described.schema}", f"write schema: {SCHEMA_VERSION}"
    if not described.name.strip():
        yield ("name",), "the name is empty", "say what people call the system"
    if not described.components and unread is None:
        yield ("components",), "no components", "describe at least one, such as a model or a data store"
    yield from _id_problems(described)
    yield from _reference_problems(described, unread or frozenset())
    yield from _contradictions(described)
    yield from _cycles(described)
    if described.privacy is not None:
        kinds = {c.id: str(type(c).__struct_config__.tag) for c in described.components}
        unknown = dict.fromkeys(unread or (), "data")
        for path, finding, fix in privacy_problems(described.privacy, unknown | kinds):
            yield (PRIVACY, *path), finding, fix


RESERVED = {
    SYSTEM: f"'{SYSTEM}' stands for the system as a whole",
    "unknown": "'unknown' stands for an answer that is missing",
}
"""Ids that no component may take, and why."""


def _id_problems(described: Description) -> Iterator[_Finding]:
    seen: dict[str, int] = {}
    renamed: dict[str, str] = {}
    taken = {c.id for c in described.components}
    for i, component in enumerate(described.components):
        path = ("components", i, "id")
        if not _ID.fullmatch(component.id):
            fix = "use lower-case letters, digits, - and _, starting with a letter, at most 64"
            yield path, f"'{component.id:.70}' is no id", fix
        elif component.id in RESERVED:
            yield path, RESERVED[component.id], "choose another id"
        if component.id in seen:
            yield path, f"the id '{component.id:.70}' is taken by another component", "give each its own id"
        seen.setdefault(component.id, i)
        for old in component.renamed_from:
            place = (*path[:2], "renamed_from")
            if old in taken:
                yield place, f"'{old:.70}' is still the id of a component", "remove one of the two"
            elif renamed.setdefault(old, component.id) != component.id:
                yield place, f"'{old:.70}' was renamed to '{renamed[old]:.70}' already", "keep one of the two"


def _level_problems(described: Description, steps: tuple[str, ...]) -> Iterator[_Finding]:
    """Levels of impact that the scale does not have."""
    words = {step.replace(" ", "_") for step in steps} | set(LEVEL_WORDS) | {"unknown"}
    for field in Consequences.__struct_fields__:
        level = getattr(described.impact, field)
        wrong = level.replace(" ", "_") not in words if isinstance(level, str) else False
        if wrong or (isinstance(level, int) and not 1 <= level <= len(steps)):
            near = (isinstance(level, str) and nearest(level, words)) or f"use 1 to {len(steps)} or {', '.join(steps)}"
            yield ("impact", field), f"there is no level {level!s:.70}", near


def name_problems(described: Description, names: Names | None) -> Iterator[_Finding]:
    """Names of the catalogue and of its scales that they do not have, and facts stated of what they are not about."""
    yield from _level_problems(described, names.impact if names else LEVEL_WORDS)
    if names is None:
        return
    if described.privacy is not None:
        for path, finding, fix in duty_problems(described.privacy, names.duties):
            yield (PRIVACY, *path), finding, fix
    for i, control in enumerate(described.controls):
        if control.control not in names.controls:
            now = names.became(control.control)
            near = f"it is now '{now}'" if now in names.controls else nearest(control.control, names.controls)
            yield ("controls", i, "control"), f"there is no control '{control.control:.70}'", near
    kinds = {c.id: str(type(c).__struct_config__.tag) for c in described.components} | {SYSTEM: "system"}
    for i, answer in enumerate(described.answers):
        subject, kind = names.facts.get(answer.fact), kinds.get(answer.at)
        if subject is None:
            yield ("answers", i, "fact"), f"there is no fact '{answer.fact:.70}'", nearest(answer.fact, names.facts)
        elif kind not in {subject, None}:
            finding = f"the fact '{answer.fact}' is about a {subject}, and '{answer.at:.70}' is of kind {kind}"
            yield ("answers", i, "at"), finding.replace("a data", "data"), f"name a component of kind {subject}"


REFERENCES: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "trained_on": (Data,),
    "reads": (Data,),
    "tools": (Tool,),
    "talks_to": (Model,),
    "reaches": (Data,),
    "uses": (Model, Application),
    "written_by": (Actor, Model, Tool, Data, Application),
    "derived_from": (Data,),
    "based_on": (Model,),
    "runs_on": (Runtime,),
}
"""Fields that name components, and the kinds that fit."""


def _reference_problems(described: Description, unread: frozenset[str]) -> Iterator[_Finding]:
    kinds: dict[str, Component] = {c.id: c for c in described.components}
    helped = 0
    for path, target, wanted in _references(described):
        found = kinds.get(target)
        if found is None and target not in unread:
            helped += 1  # looking for the nearest name takes time; nobody reads the hundredth
            fitting = (name for name, kind in kinds.items() if not wanted or isinstance(kind, wanted))
            near = nearest(target, fitting) if helped <= _HELPED else ""
            yield path, f"there is no component '{target:.70}'", near or "describe it under components"
        elif found is not None and wanted and not isinstance(found, wanted):
            names = " or ".join(str(w.__struct_config__.tag) for w in wanted)
            kind = type(found).__struct_config__.tag
            yield path, f"'{target}' is of kind {kind}, expected {names}", "name another component"


_HELPED = 100


def _references(described: Description) -> Iterator[tuple[PathKey, str, tuple[type[msgspec.Struct], ...]]]:
    """Every place that names a component: where it is, the name, and the kinds that fit (none: all do)."""
    for i, component in enumerate(described.components):
        for field, wanted in REFERENCES.items():
            for key, target in _targets(component, field):
                yield ("components", i, field, *key), target, wanted
    for i, flow in enumerate(described.flows):
        yield ("flows", i, "from"), flow.source, ()
        yield ("flows", i, "to"), flow.target, ()
    for i, control in enumerate(described.controls):
        for j, place in enumerate(control.at):
            yield ("controls", i, "at", j), place, ()
    for i, answer in enumerate(described.answers):
        if answer.at != SYSTEM:
            yield ("answers", i, "at"), answer.at, ()
    for i, origin in enumerate(described.provenance):
        yield ("provenance", i, "component"), origin.component, ()


def _targets(component: Component, field: str) -> Iterator[tuple[PathKey, ComponentId]]:
    value = getattr(component, field, None)
    if isinstance(value, tuple):
        for i, target in enumerate(value):
            yield (i,), target
    elif isinstance(value, str) and value != "unknown":
        yield (), ComponentId(value)


def _digest_problems(component: Component, path: PathKey) -> Iterator[_Finding]:
    for name, digest in component.digests.items():
        place = (*path, "digests", name)
        if not _ID.fullmatch(name):
            yield place, f"'{name:.70}' is no name of a digest", "use model, data, configuration or a short name"
        if sha256_in(digest) is None:
            yield place, f"'{digest:.70}' is no SHA-256", DIGEST_FIX


def _contradictions(described: Description) -> Iterator[_Finding]:
    runtimes = {c.id: c for c in described.components if isinstance(c, Runtime)}
    for i, component in enumerate(described.components):
        path = ("components", i)
        yield from _digest_problems(component, path)
        if isinstance(component, Model):
            yield from _model_contradictions(component, path, runtimes)
        elif isinstance(component, Data):
            yield from _data_contradictions(component, path)
        elif isinstance(component, Tool) and component.irreversible is True and component.effects == ("read",):
            yield (*path, "irreversible"), "a tool that only reads cannot be irreversible", "add its other effects"
    for i, control in enumerate(described.controls):
        for field, day in (("verified_on", control.verified_on), ("due", control.due)):
            if day and not is_date(day):
                yield ("controls", i, field), f"'{day:.70}' is no date", DATE_FIX
    yield from _said_twice(described)


def _said_twice(described: Description) -> Iterator[_Finding]:
    stated: set[tuple[str, str]] = set()
    for i, answer in enumerate(described.answers):
        if (answer.at, answer.fact) in stated:
            yield ("answers", i), f"'{answer.fact:.70}' at '{answer.at:.70}' is answered twice", "keep one answer"
        stated.add((answer.at, answer.fact))
        if answer.fact in FACTS and not (isinstance(answer.value, bool) or answer.value == "unknown"):
            yield ("answers", i, "value"), f"'{answer.fact}' is a yes or no question", "write yes, no or unknown"
    stated.clear()
    for i, control in enumerate(described.controls):
        for place in control.at or (SYSTEM,):
            if (place, control.control) in stated:
                where = "the system as a whole" if place == SYSTEM else f"'{place:.70}'"
                yield ("controls", i), f"'{control.control:.70}' is listed twice for {where}", "keep one status"
            stated.add((place, control.control))


def _model_contradictions(model: Model, path: PathKey, runtimes: Mapping[ComponentId, Runtime]) -> Iterator[_Finding]:
    if model.weights_public is True and model.intellectual_property is True:
        finding = "the weights are both public and a secret worth stealing"
        yield (*path, "weights_public"), finding, "set weights_public or intellectual_property to no"
    if model.type == "heuristic" and model.fine_tuned_by in {"us", "supplier"}:
        yield (*path, "fine_tuned_by"), "a heuristic model is not fine-tuned", "remove fine_tuned_by"
    runtime = runtimes.get(model.runs_on) if model.runs_on else None
    known = {"us", "supplier"}
    if runtime and model.run_by in known and runtime.run_by in known and model.run_by != runtime.run_by:
        finding = f"run by {model.run_by}, but '{runtime.id}' is run by {runtime.run_by}"
        yield (*path, "run_by"), finding, "make the two agree"


def _data_contradictions(data: Data, path: PathKey) -> Iterator[_Finding]:
    if data.sensitive is False and data.personal is True:
        yield (*path, "sensitive"), "personal data is sensitive data", "remove 'sensitive: no', or 'personal: yes'"
    if data.sensitive is False and data.membership_sensitive is True:
        finding = "not sensitive, yet sensitive to be listed in"
        yield (*path, "membership_sensitive"), finding, "make the two agree"


def _cycles(described: Description) -> Iterator[_Finding]:
    index = {c.id: i for i, c in enumerate(described.components)}
    for field in ("based_on", "derived_from"):
        ways = {c.id: [t for _, t in _targets(c, field)] for c in described.components}
        for loop in _loops(ways):
            way = loop if len(loop) <= 8 else [*loop[:4], ComponentId("..."), *loop[-3:]]
            path = ("components", index[loop[0]], field)
            yield path, f"goes round in a circle: {' -> '.join([*way, loop[0]])}", "break the circle"


def _loops(ways: Mapping[ComponentId, list[ComponentId]]) -> Iterator[list[ComponentId]]:
    """Each circle once, found without recursion."""
    state: dict[ComponentId, int] = {}
    for start in ways:
        trail: list[ComponentId] = []
        stack: list[tuple[ComponentId, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                state[node] = 2
                trail.pop()
            elif state.get(node) is None:
                state[node] = 1
                trail.append(node)
                stack.append((node, True))
                stack.extend((t, False) for t in ways.get(node, ()))
            elif state[node] == 1 and node in ways:
                yield trail[trail.index(node) :]


def problems_of(described: Description, file: str = "description") -> tuple[Problem, ...]:
    """The problems of a description that was not read from a file."""
    return tuple(Problem(file=file, finding=finding, fix=fix) for _, finding, fix in _problems(described))
