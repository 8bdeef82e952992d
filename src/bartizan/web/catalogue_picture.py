"""The drawing of the navigator: columns of names, joined by curves. Every name is a link that the keyboard reaches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from markupsafe import Markup

from bartizan.report.pictures.marks import element, fitted
from bartizan.web.catalogue_graph import Around, Node, Overview, Part

_TALL, _ROW = 24.0, 30.0
_HEAD = 30.0
_TOP = 10.0
_SIDE = 244.0
_GAP = 116.0
_CLOSE = 58.0
"""Between the columns of a neighbourhood."""
_PAD = 8.0
_LEAST = 120.0
To = Callable[[str], str]
"""Where a node leads, by its id."""
_Place = tuple[float, float]
"""The left edge of a node and the middle of its height."""


def overview_picture(found: Overview, to: To, hits: Collection[str] = ()) -> Markup:
    """All threats on the left, all controls on the right; those in `hits` stand out."""
    rows = sum(len(part.nodes) for part in found.threats)
    high = max(len(found.controls) * _ROW, rows * _ROW + len(found.threats) * _HEAD)
    drawn, places = _column(found.threats, 0.0, high, to, hits)
    right = (Part(title="Controls that are named for them", nodes=found.controls),)
    more, others = _column(right, _SIDE + 2 * _GAP, high + _HEAD, to, hits)
    places |= others
    lines = [_curve(places[t], places[c], 0, {"data_from": t, "data_to": c}) for t, c in found.links]
    said = f"{rows} threats and the {len(found.controls)} controls that are named for them, {len(found.links)} links."
    return _svg([*lines, *drawn, *more], 2 * (_SIDE + _GAP), high + _HEAD + 2 * _TOP, said)


def around_picture(found: Around, to: To) -> Markup:
    """One threat or control in the middle, with its neighbours on either side."""
    sides = [part for parts in (found.left, found.right) for part in parts]
    high = max(_LEAST, *(_height(parts) for parts in (found.left, found.right)))
    across = _SIDE + _CLOSE
    left, places = _column(found.left, 0.0, _height(found.left), to, (), (high - _height(found.left)) / 2)
    right, others = _column(found.right, 2 * across, _height(found.right), to, (), (high - _height(found.right)) / 2)
    middle = across, _TOP + high / 2
    lines = [_curve(places[node.id], middle, part.way) for part in found.left for node in part.nodes] + [
        _curve(middle, others[node.id], part.way) for part in found.right for node in part.nodes
    ]
    count = sum(len(part.nodes) for part in sides)
    said = f"{found.middle.name}, joined to {count} others."
    box = _node(found.middle, middle, "", "middle")
    return _svg([*lines, *left, *right, box], 2 * across + _SIDE, high + 2 * _TOP, said)


def _svg(inner: Sequence[Markup], wide: float, high: float, said: str) -> Markup:
    # A group, not an image: the links inside it must be reached.
    return element(
        "svg", *inner, class_="graph", viewBox=f"-2 0 {wide + 4:.0f} {high:.0f}", role="group", aria_label=said
    )


def _height(parts: Sequence[Part]) -> float:
    return sum(_HEAD + len(part.nodes) * _ROW for part in parts)


def _column(
    parts: Sequence[Part], x: float, high: float, to: To, hits: Collection[str], start: float = 0.0
) -> tuple[list[Markup], dict[str, _Place]]:
    """The nodes of a column under their headings, spread over a height, and where each stands."""
    count = sum(len(part.nodes) for part in parts)
    row = (high - len(parts) * _HEAD) / count if count else _ROW
    y, drawn, places = _TOP + start, [], {}
    for part in parts:
        drawn.append(element("text", part.title, x=x, y=y + 18, class_="head"))
        y += _HEAD
        for node in part.nodes:
            place = places[node.id] = (x, y + row / 2)
            drawn.append(_node(node, place, to(node.id), "hit" if node.id in hits else ""))
            y += row
    return drawn, places


def _node(node: Node, place: _Place, to: str, kind: str) -> Markup:
    x, y = place
    room = _SIDE - 2 * _PAD - 8 - (70 if node.note else 0)
    shape = "threat" if node.is_threat else "control"
    inner = [
        element("title", f"{node.name} ({shape})" + (f", {node.note}" if node.note else "")),
        element("rect", x=x, y=y - _TALL / 2, width=_SIDE, height=_TALL, rx=3 if node.is_threat else _TALL / 2),
        element("text", fitted(node.name, room, 1)[0], x=x + _PAD + (0 if node.is_threat else 4), y=y + 4.5),
    ]
    if node.note:
        inner.append(element("text", node.note, x=x + _SIDE - _PAD, y=y + 4.5, class_="note"))
    class_ = f"node {shape} {kind}".rstrip()
    if not to:
        return element("g", *inner, class_=class_)
    return element("a", *inner, href=to, class_=class_, data_node=node.id)


def _curve(start: _Place, end: _Place, way: int, more: dict[str, str] | None = None) -> Markup:
    x, y = start[0] + _SIDE, start[1]
    half = (end[0] - x) / 2
    path = f"M{x:.0f} {y:.1f}C{x + half:.0f} {y:.1f} {x + half:.0f} {end[1]:.1f} {end[0]:.0f} {end[1]:.1f}"
    return element("path", d=path, class_=f"tie w{way}", **(more or {}))
