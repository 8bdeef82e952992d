"""The system as a Mermaid flowchart: lanes from development to use, threats as numbers on the components that they hit.

Made for GitHub, which renders it in Markdown: no scripts, no click handlers, no configuration. In every name each sign
that means anything to Mermaid or HTML is a character code, and node ids are made here, not taken from names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from bartizan.core.records import Risk
from bartizan.core.terms import SYSTEM, ComponentId
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.system.description import Actor, Application, Component, Data, Development, Model, Runtime, Tool
from bartizan.system.graph import TRAINING_ROLES, Edge, EdgeKind

_ZONES = {"development": "Development", "supply": "Supply", "runtime": "Runtime", "use": "Use"}
_VERBS: Mapping[EdgeKind, str] = {
    "use": "uses",
    "write": "writes",
    "train": "trains",
    "insert": "is inserted",
    "call": "calls",
    "return": "returns",
    "message": "talks",
    "derive": "derived",
    "flow": "flows",
}
_FILLS = ("#e8eef7", "#f6e3b4", "#f3b562", "#e0703a", "#a8201a")
_UNSAFE = re.compile(r"[^\w ,.?!/-]|_|^-|(?<=\d)\.")
_MOST_RISKS = 40


def render(dossier: Dossier) -> str:
    """The flowchart, with the numbered risks in a box of their own."""
    return "\n".join(_lines(dossier)) + "\n"


def label(text: str) -> str:
    """The text for use within double quotes: what could mean anything to Mermaid becomes a character code."""
    return _UNSAFE.sub(lambda m: f"#{ord(m.group())};", wording.plain(text))


def _lines(dossier: Dossier) -> Iterator[str]:
    components = dossier.system.components
    ids = {name: f"c{number}" for number, name in enumerate(components, start=1)}
    marks = _marks(dossier)
    yield "flowchart LR"
    for zone, title in _ZONES.items():
        members = [c for c in components.values() if _zone(dossier, c) == zone]
        if members:
            yield f'  subgraph zone_{zone}["{title}"]'
            yield from (f"    {ids[c.id]}{_node(c, marks.get(c.id, ()))}" for c in members)
            yield "  end"
    yield from _edges(dossier, ids)
    yield from _risk_list(dossier)
    yield from _classes(dossier, ids, marks)


def _marks(dossier: Dossier) -> dict[str, list[tuple[int, Risk]]]:
    """For each component the risks at it, with their numbers in the order of the assessment."""
    found: dict[str, list[tuple[int, Risk]]] = defaultdict(list)
    for number, risk in enumerate(dossier.assessment.risks, start=1):
        found[risk.component].append((number, risk))
    return found


# components


def _zone(dossier: Dossier, component: Component) -> str:
    if isinstance(component, Actor):
        return "use"
    if isinstance(component, Development):
        return "development"
    if isinstance(component, Data) and component.role in TRAINING_ROLES:
        theirs = component.source in {"supplier", "public"} or component.kept_by == "supplier"
        return "supply" if theirs else "development"
    if isinstance(component, Model) and any(m.based_on == component.id for m in dossier.system.models):
        return "supply"
    return "runtime"


def _node(component: Component, marks: list[tuple[int, Risk]] | tuple[()]) -> str:
    numbers = f"<br/>{_numbers([number for number, _ in marks])}" if marks else ""
    text = f'"{label(component.label)}<br/>{_kind(component)}{numbers}"'
    if isinstance(component, Data):
        return f"[({text})]"
    if isinstance(component, Actor):
        return f"([{text}])"
    if isinstance(component, Model):
        return f"{{{{{text}}}}}"
    return f"[{text}]"


def _numbers(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"{'threat' if len(numbers) == 1 else 'threats'} {listed}"


def _kind(component: Component) -> str:
    match component:
        case Model(type=kind):
            return "model" if kind == "unknown" else f"{kind} model"
        case Data(role=role):
            return f"{role.replace('_', ' ')} data" if role in TRAINING_ROLES else role.replace("_", " ")
        case Tool():
            return "tool"
        case Actor():
            return "actor"
        case Application():
            return "application"
        case Runtime():
            return "runtime"
        case Development():
            return "development environment"


# flows


def _edges(dossier: Dossier, ids: Mapping[ComponentId, str]) -> Iterator[str]:
    drawn: set[tuple[str, str, EdgeKind]] = set()
    pairs = {(e.source, e.target, e.kind) for e in dossier.system.edges}
    for edge in dossier.system.edges:
        both = _answered(edge, pairs)
        key = (ids[edge.source], ids[edge.target], edge.kind)
        if key in drawn or _drawn_the_other_way(edge, drawn, ids):
            continue
        drawn.add(key)
        yield f'  {key[0]} {"<-->" if both else "-->"}|"{_VERBS[edge.kind]}"| {key[1]}'


def _answered(edge: Edge, pairs: set[tuple[ComponentId, ComponentId, EdgeKind]]) -> bool:
    back: EdgeKind = {"call": "return", "message": "message"}.get(edge.kind, edge.kind)  # type: ignore[assignment]
    return edge.kind in {"call", "message"} and (edge.target, edge.source, back) in pairs


def _drawn_the_other_way(edge: Edge, drawn: set[tuple[str, str, EdgeKind]], ids: Mapping[ComponentId, str]) -> bool:
    first: Mapping[str, EdgeKind] = {"return": "call", "message": "message"}
    kind = first.get(edge.kind)
    return kind is not None and (ids[edge.target], ids[edge.source], kind) in drawn


# threats


def _risk_list(dossier: Dossier) -> Iterator[str]:
    risks = dossier.assessment.risks
    if not risks:
        return
    whole = [number for number, risk in enumerate(risks, start=1) if risk.component == SYSTEM]
    lines = [
        f"{number} {label(wording.risk_name(dossier, risk))}: {label(dossier.level_name(risk.current.level))}"
        for number, risk in enumerate(risks[:_MOST_RISKS], start=1)
    ]
    if len(risks) > _MOST_RISKS:
        lines.append(f"and {len(risks) - _MOST_RISKS} more, in the report")
    if whole:
        lines.append(f"The system as a whole: {_numbers(whole)}")
    yield '  subgraph zone_threats["Threats that apply, worst first"]'
    yield f'    threats["{"<br/>".join(lines)}"]'
    yield "  end"


def _classes(
    dossier: Dossier, ids: Mapping[ComponentId, str], marks: Mapping[str, list[tuple[int, Risk]]]
) -> Iterator[str]:
    """A class for each level, and each component in the class of its worst risk."""
    steps = len(dossier.catalog.scales.levels)
    members: dict[int, list[str]] = defaultdict(list)
    for component, found in marks.items():
        if component in ids:
            members[max(risk.current.level for _, risk in found)].append(ids[ComponentId(component)])
    for level in sorted(members):
        fill = _FILLS[round((level - 1) / max(steps - 1, 1) * (len(_FILLS) - 1))]
        ink = "#ffffff" if fill == _FILLS[-1] else "#000000"
        yield f"  classDef level{level} fill:{fill},stroke:#333333,color:{ink}"
        yield f"  class {','.join(members[level])} level{level}"
    if dossier.assessment.risks:
        yield "  classDef plain fill:#ffffff,stroke:#999999,color:#000000,text-align:left"
        yield "  class threats plain"
