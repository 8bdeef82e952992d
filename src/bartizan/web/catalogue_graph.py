"""The navigator as a graph: what is joined to what, and where each stands. The drawing and the list both show this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeAlias

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.catalog.navigator import navigator
from bartizan.catalog.relations import How, Relation, Relations
from bartizan.catalog.views import control_name
from bartizan.core.terms import ControlId, Edition, ThreatId

WAYS: tuple[tuple[str, tuple[How, ...]], ...] = (
    ("Named for it", ("listed", "mentioned")),
    ("Through a group", ("emphasis", "group")),
    ("From other sections", ("parent", "imported", "supplier")),
)
_NAMED = frozenset(WAYS[0][1])
_COMPANY = 6
"""How many neighbours of neighbours are shown."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A threat or a control. `note` says in a word or two how it is joined to the one in the middle."""

    id: str
    name: str
    is_threat: bool
    note: str = ""


_Drawn: TypeAlias = Callable[[Relation], Node]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes that stand together under a heading."""

    title: str
    nodes: tuple[Node, ...]
    way: int = 0
    """How strong the tie to the middle is: 0 named for it, 1 through a group, 2 from elsewhere, 3 no tie of its own."""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All threats of an edition with the controls that are named for them."""

    threats: tuple[Part, ...]
    controls: tuple[Node, ...]
    links: tuple[tuple[str, str], ...]
    """Threat and control."""

    def controls_of(self, threat: str) -> tuple[Node, ...]:
        """The controls that are joined to a threat, in the order of the drawing."""
        joined = {control for one, control in self.links if one == threat}
        return tuple(node for node in self.controls if node.id in joined)


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """One threat or control, and what it is joined to on either side."""

    middle: Node
    left: tuple[Part, ...]
    right: tuple[Part, ...]
    general: int = 0
    """How many general controls, or threats for which this is one, are not drawn."""


def overview(catalog: Catalog, edition: Edition) -> Overview:
    """The threats of the navigator, with the controls that any source of the edition names for them."""
    relations = Relations(catalog)
    threats, links = [], []
    for section in navigator(catalog, edition).sections:
        if section.threats:
            nodes = tuple(Node(id=t.threat, name=t.name, is_threat=True) for t in section.threats)
            threats.append(Part(title=section.title, nodes=nodes))
        for threat in section.threats:
            named = [r.control for r in relations.of_threat(threat.threat, edition) if r.how in _NAMED]
            links += [(str(threat.threat), str(control)) for control in named]
    places = {node.id: n for n, node in enumerate(node for part in threats for node in part.nodes)}
    return Overview(
        threats=tuple(threats), controls=_untangled(catalog, edition, links, places), links=tuple(dict.fromkeys(links))
    )


def _untangled(
    catalog: Catalog, edition: Edition, links: Iterable[tuple[str, str]], places: Mapping[str, int]
) -> tuple[Node, ...]:
    """The controls in the order of the middle of their threats, so that few links cross."""
    joined: dict[str, list[int]] = {}
    for threat, control in links:
        joined.setdefault(control, []).append(places[threat])
    ordered = sorted(joined, key=lambda c: (sum(joined[c]) / len(joined[c]), c))
    return tuple(_control(catalog, control, edition) for control in ordered)


def _control(catalog: Catalog, control: str, edition: Edition, note: str = "") -> Node:
    name = control_name(catalog.controls[ControlId(control)], edition).title
    return Node(id=control, name=name, is_threat=False, note=note)


def _threat(catalog: Catalog, threat: str, edition: Edition, note: str = "") -> Node:
    return Node(id=threat, name=catalog.threats[ThreatId(threat)].name_in(edition), is_threat=True, note=note)


def around(catalog: Catalog, name: str, edition: Edition) -> Around:
    """The neighbourhood of a threat or control of the catalogue."""
    relations = Relations(catalog)
    if name in catalog.threats:
        return _around_threat(catalog, relations, name, edition)
    return _around_control(catalog, relations, name, edition)


def _around_threat(catalog: Catalog, relations: Relations, name: str, edition: Edition) -> Around:
    found = relations.of_threat(name, edition)
    entry = catalog.threats[ThreatId(name)]
    parents = [str(entry.parent)] if entry.parent else []
    children = [t.id for t in catalog.threats.values() if t.parent == name and edition in t.names]
    mine = {r.control for r in found if r.how != "general"}
    shared = Counter[str]()
    for control in mine:
        shared.update({str(r.threat) for r in relations.of_control(control, edition) if r.how != "general"})
    company = _company(shared, {name, *parents, *children})
    left = (
        ("Is a part of", 3, [_threat(catalog, t, edition) for t in parents]),
        ("Has", 3, [_threat(catalog, t, edition) for t in children]),
        ("Shares most controls", 3, [_threat(catalog, t, edition, f"{n} shared") for t, n in company]),
    )
    return Around(
        middle=_threat(catalog, name, edition),
        left=tuple(Part(title=t, way=w, nodes=tuple(nodes)) for t, w, nodes in left if nodes),
        right=_by_way(found, lambda r: _control(catalog, r.control, edition)),
        general=sum(r.how == "general" for r in found),
    )


def _company(shared: Counter[str], but: Collection[str]) -> list[tuple[str, int]]:
    """Those that share most, at least two, and how many."""
    found = [(name, count) for name, count in shared.items() if count > 1 and name not in but]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:_COMPANY]


def _around_control(catalog: Catalog, relations: Relations, name: str, edition: Edition) -> Around:
    found = relations.of_control(name, edition)
    beside = Counter[str]()
    for relation in found:
        if relation.how in _NAMED:
            beside.update({str(r.control) for r in relations.of_threat(relation.threat, edition) if r.how in _NAMED})
    company = _company(beside, {name})
    nodes = tuple(_control(catalog, c, edition, f"{n} shared") for c, n in company)
    right = (Part(title="Is often named beside", way=3, nodes=nodes),) if nodes else ()
    return Around(
        middle=_control(catalog, name, edition),
        left=_by_way(found, lambda r: _threat(catalog, r.threat, edition)),
        right=right,
        general=sum(r.how == "general" for r in found),
    )


def _by_way(found: Iterable[Relation], node: _Drawn) -> tuple[Part, ...]:
    relations = tuple(found)
    parts = (
        Part(title=title, way=way, nodes=tuple(node(r) for r in relations if r.how in ways))
        for way, (title, ways) in enumerate(WAYS)
    )
    return tuple(part for part in parts if part.nodes)
