"""What moves between the components of a system, and by which of these flows a risk comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bartizan.core.records import Risk
from bartizan.core.terms import ComponentId
from bartizan.report.dossier import Dossier
from bartizan.system.description import Actor, Component, Data, Development, Model, Runtime, Tool
from bartizan.system.graph import Edge, System

LATE = frozenset({"train", "derive", "base"})
"""The kinds of flow that happen before the system is used."""

Pair = tuple[str, str]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What moves between two components, both ways taken together."""

    source: str
    target: str
    kinds: frozenset[str]
    both: bool
    tainted: bool
    """Whether somebody who is not trusted can influence what it carries."""


def flows_of(system: System) -> tuple[Flow, ...]:
    """The flows to draw: one for each pair of components, in the order of the description."""
    found: dict[Pair, list[tuple[str, str, str]]] = {}
    for source, target, kind in _edges(system):
        if source != target:
            found.setdefault((min(source, target), max(source, target)), []).append((source, target, kind))
    return tuple(_flow(edges, system) for edges in found.values())


def _edges(system: System) -> Iterator[tuple[str, str, str]]:
    for edge in system.edges:
        yield edge.source, edge.target, edge.kind
    for model in system.models:
        if model.based_on:
            yield model.based_on, model.id, "base"
        if model.runs_on:
            yield model.runs_on, model.id, "run"


def _flow(edges: Sequence[tuple[str, str, str]], system: System) -> Flow:
    source, target, _ = edges[0]
    tainted = any(kind not in LATE | {"run", "call"} and _is_tainted(system, start) for start, _, kind in edges)
    return Flow(
        source=source,
        target=target,
        kinds=frozenset(kind for _, _, kind in edges),
        both=any(start == target for start, _, _ in edges),
        tainted=tainted,
    )


def _is_tainted(system: System, component: str) -> bool:
    answer = system.taint.get(ComponentId(component))
    return answer is not None and answer.value is True


def places_of(risk: Risk, dossier: Dossier) -> tuple[Pair, ...]:
    """The flows that a risk comes in by, as (source, target); none where it hits the component itself.

    Attacks through the input come by what strangers can influence: the indirect ones by inserted data and answers of
    tools, the others by use.
    """
    threat = dossier.threat(risk.threat)
    if threat.surface != "input" or risk.component not in dossier.system.components:
        return ()
    ways = {"insert", "return", "flow"} if "indirect" in threat.id else {"use", "message"}
    return tuple(dict.fromkeys((e.source, e.target) for e in _coming_in(risk, dossier.system) if e.kind in ways))


def _coming_in(risk: Risk, system: System) -> Iterable[Edge]:
    return (e for e in system.into.get(risk.component, ()) if _is_tainted(system, e.source))


_KIND_WORDS = {
    "use": "is used",
    "write": "writes",
    "train": "trains",
    "insert": "is inserted into the input",
    "call": "calls",
    "return": "returns",
    "message": "exchanges messages",
    "derive": "is derived from",
    "flow": "moves",
    "base": "is the base of",
    "run": "runs",
}


def flow_words(flow: Flow) -> str:
    """What a flow is, in words."""
    words = ", ".join(_KIND_WORDS.get(kind, kind) for kind in sorted(flow.kinds))
    return words + ("; strangers can influence what it carries" if flow.tainted else "")


def kind_of(component: Component) -> str:
    """The kind of a component in a few words."""
    match component:
        case Model():
            return "model" if component.type == "unknown" else f"{component.type} model"
        case Data():
            return f"{component.role.replace('_', ' ')} data" if component.role != "memory" else "memory"
        case Tool():
            effects = component.effects if isinstance(component.effects, tuple) else ()
            return "tool" + (f": {', '.join(effects)}" if effects else "")
        case Actor():
            if not isinstance(component.trusted, bool):
                return "actor"
            return "trusted actor" if component.trusted else "untrusted actor"
        case Runtime():
            return "runtime"
        case Development():
            return "development environment"
        case _:
            return "application"
