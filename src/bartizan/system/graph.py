"""The system as a graph: components, the edges that their fields and flows say, and how untrusted content travels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.proof import Answer, Need, Origin
from bartizan.core.source import PathKey, nearest_line
from bartizan.core.terms import ComponentId
from bartizan.system.description import Actor, Application, Component, Data, Description, Model, Runtime, Tool, Who
from bartizan.system.paths import circles
from bartizan.system.taint import taint_of

EdgeKind: TypeAlias = Literal["use", "write", "train", "insert", "call", "return", "message", "derive", "flow"]

TRAINING_ROLES = frozenset({"training", "validation", "test"})
AUGMENTATION_ROLES = frozenset({"retrieval", "memory", "system_prompt"})
ANALYSIS_ROLES = frozenset({"analysis", "rules"})


_MANY = 6


class Edge(msgspec.Struct, frozen=True, gc=False):
    """Data that moves from one component to another, and the field that says so."""

    source: ComponentId
    target: ComponentId
    kind: EdgeKind
    path: PathKey


class System:
    """A checked description with what it implies: components, edges and the lines of the file.

    Training data that nobody described is implied for every model that learns, under the id ``<model>.training-data``,
    so that the threats to it have a place.
    """

    def __init__(self, described: Description, *, file: str = "", lines: Mapping[PathKey, int] | None = None) -> None:
        self.described = described
        self.file = file
        self.lines: Mapping[PathKey, int] = lines or {}
        self.components: dict[ComponentId, Component] = {c.id: c for c in described.components}
        self._index = {c.id: i for i, c in enumerate(described.components)}
        self.edges: list[Edge] = []
        self.implied: dict[ComponentId, Origin] = {}
        self._read_edges()
        self._imply_training_data()
        self.into: dict[ComponentId, list[Edge]] = defaultdict(list)
        self.out_of: dict[ComponentId, list[Edge]] = defaultdict(list)
        # In the order of names: which of two equal reasons a proof tells must not depend on the order of the file.
        for edge in sorted(self.edges, key=lambda e: (e.source, e.target, e.kind)):
            self.into[edge.target].append(edge)
            self.out_of[edge.source].append(edge)

    # where things stand

    def path(self, component: ComponentId) -> PathKey:
        """The place of a component in the file; that of all components for an implied one."""
        index = self._index.get(component)
        return ("components",) if index is None else ("components", index)

    def line(self, path: PathKey) -> int | None:
        """The line of the nearest part on the way to ``path``; None when the description came from no file."""
        return nearest_line(self.lines, path) if self.lines else None

    @cached_property
    def crowds(self) -> frozenset[str | None]:
        """How many they are, of the actors that are not trusted; each answer once."""
        return frozenset(a.crowd for a in self.actors if a.trusted is False)

    @cached_property
    def all_trusted(self) -> bool:
        """Whether every actor is trusted."""
        return all(a.trusted is True for a in self.actors)

    @cached_property
    def motives(self) -> frozenset[bool | str | None]:
        """What is said of the motives of actors, each answer once."""
        return frozenset(a.motive for a in self.actors)

    @cached_property
    def provenance(self) -> dict[tuple[str, str], str]:
        """(component, field) to the source that a value came from, where nobody typed it."""
        return {(p.component, p.field): p.source for p in self.described.provenance}

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """All models, in the order of the file."""
        return tuple(c for c in self.components.values() if isinstance(c, Model))

    @cached_property
    def actors(self) -> tuple[Actor, ...]:
        """All actors, in the order of the file."""
        return tuple(c for c in self.components.values() if isinstance(c, Actor))

    @cached_property
    def runtimes(self) -> tuple[Runtime, ...]:
        """All runtimes, in the order of the file."""
        return tuple(c for c in self.components.values() if isinstance(c, Runtime))

    def open_users(self, component: Component) -> Answer:
        """Whether somebody of whom it is unknown what they use gives it input: unknown, or no where there is nobody."""
        needs = [need for need in self._open_uses if need.component != component.id]
        return Answer(None, (), tuple(needs[:_MANY])) if needs else Answer(False)

    @cached_property
    def _open_uses(self) -> tuple[Need, ...]:
        users = (c for c in self.components.values() if isinstance(c, Actor | Application) and c.uses == "unknown")
        doubtful = sorted(c.id for c in users if not (isinstance(c, Actor) and c.trusted is True))
        return tuple(Need(component=name, field="uses") for name in doubtful[: _MANY + 1])

    # edges

    def _read_edges(self) -> None:
        for component in self.described.components:
            self.edges.extend(self._edges_of(component))
        for i, flow in enumerate(self.described.flows):
            self.edges.append(Edge(flow.source, flow.target, self._flow_kind(flow.source, flow.target), ("flows", i)))

    def _edges_of(self, component: Component) -> Iterator[Edge]:
        here, base = component.id, self.path(component.id)
        if isinstance(component, Model):
            yield from self._each(component.trained_on, here, "train", (*base, "trained_on"))
            yield from self._each(component.reads, here, "insert", (*base, "reads"))
            for tool in _listed(component.tools):
                yield Edge(here, tool, "call", (*base, "tools"))
                yield Edge(tool, here, "return", (*base, "tools"))
            for other in _listed(component.talks_to):
                yield Edge(here, other, "message", (*base, "talks_to"))
                yield Edge(other, here, "message", (*base, "talks_to"))
        elif isinstance(component, Data):
            yield from self._each(component.written_by, here, "write", (*base, "written_by"))
            yield from self._each(component.derived_from, here, "derive", (*base, "derived_from"))
        elif isinstance(component, Tool):
            for data in _listed(component.reaches):
                yield Edge(data, here, "flow", (*base, "reaches"))
        elif isinstance(component, Actor | Application):
            for target in _listed(component.uses):
                yield Edge(here, target, "use", (*base, "uses"))

    @staticmethod
    def _each(sources: object, target: ComponentId, kind: EdgeKind, path: PathKey) -> Iterator[Edge]:
        for source in _listed(sources):
            yield Edge(source, target, kind, path)

    def _flow_kind(self, source: ComponentId, target: ComponentId) -> EdgeKind:
        a, b = self.components.get(source), self.components.get(target)
        if isinstance(b, Model):
            if isinstance(a, Data):
                return "train" if a.role in TRAINING_ROLES else "insert" if a.role in AUGMENTATION_ROLES else "use"
            if isinstance(a, Tool):
                return "return"
            return "message" if isinstance(a, Model) else "use"
        if isinstance(b, Data):
            return "derive" if isinstance(a, Data) else "write"
        if isinstance(a, Model) and isinstance(b, Tool):
            return "call"
        return "use" if isinstance(b, Application) else "flow"

    def _imply_training_data(self) -> None:
        trained = {e.target for e in self.edges if e.kind == "train"}
        for model in self.models:
            if model.type == "heuristic" or model.id in trained or model.trained_on == ():
                continue
            data, why = _implied_data(model)
            path = (*self.path(model.id), "trained_by")
            self.components[data.id] = data
            self.implied[data.id] = Origin(
                kind="implied", text=why, component=model.id, field="trained_on", line=self.line(path)
            )
            self.edges.append(Edge(data.id, model.id, "train", path))

    # what follows from the edges

    @cached_property
    def taint(self) -> dict[ComponentId, Answer]:
        """For every component, whether what comes out of it can be influenced by somebody who is not trusted."""
        return taint_of(self)

    @cached_property
    def fed(self) -> frozenset[ComponentId]:
        """The data that something described writes, or that is derived from other data."""
        return frozenset(e.target for e in self.edges if e.kind in {"write", "derive"})

    @cached_property
    def circles(self) -> list[list[ComponentId]]:
        """The models in groups that exchange messages, each group after those that it sends messages to."""
        return circles(sorted(model.id for model in self.models), self.listeners)

    def listeners(self, model: ComponentId) -> Iterator[ComponentId]:
        """The models that one model sends messages to."""
        return (edge.target for edge in self.out_of.get(model, ()) if edge.kind == "message")

    # answers

    def given(self, component: Component, field: str, *, negate: bool = False) -> Answer:
        """A yes-or-no field as an answer; unknown with its need when it was left out or said to be unknown."""
        value = getattr(component, field)
        if not isinstance(value, bool):
            return self.unknown(component, field)
        return self.stated(component, field, value is not negate, f"{field}: {'yes' if value else 'no'}")

    def unknown(self, component: Component, *fields: str) -> Answer:
        """Unknown until these fields are answered."""
        return Answer(None, (), tuple(Need(component=component.id, field=field) for field in fields))

    def stated(self, component: Component, field: str, value: bool, text: str) -> Answer:
        """An answer that rests on a field of the description."""
        source = self.provenance.get((component.id, field)) if self.described.provenance else None
        if source is not None:
            origin = Origin(kind="imported", text=f"{text} ({source})", component=component.id, field=field)
        elif component.id in self.implied:
            origin = self.implied[component.id]
        else:
            line = self.line((*self.path(component.id), field))
            origin = Origin(kind="given", text=text, component=component.id, field=field, line=line)
        return Answer(value, (origin,))

    def default(self, component: Component, field: str, value: bool, why: str) -> Answer:
        """An answer that nobody gave: a default, visible as such in every proof."""
        return Answer(value, (Origin(kind="default", text=f"default: {why}", component=component.id, field=field),))


def _implied_data(model: Model) -> tuple[Data, str]:
    ours = "us" in {model.trained_by, model.fine_tuned_by}
    supplier = model.trained_by == "supplier" and not ours and model.fine_tuned_by != "unknown"
    kept: Who = "us" if ours else "supplier" if supplier else "unknown"
    data = Data(
        id=ComponentId(f"{model.id}.training-data"),
        name=f"Training data of {model.label}",
        role="training",
        kept_by=kept,
        supplier=model.supplier if supplier else "",
    )
    return data, f"{model.label} learns from data, and none is described"


def _listed(refs: object) -> Iterable[ComponentId]:
    return refs if isinstance(refs, tuple) else ()
