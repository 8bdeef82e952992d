"""The drawing of a threat map as SVG: lanes from left to right, boxes, flows, numbered marks, groups of controls below.

All sizes are px. Lines run in the gaps between lanes and rows, so that none crosses a box. Colours and type come from
the page's style (`catalog_style`); marks are links to the list beside the drawing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from bartizan.catalog.maps import LANES, Lane, MapBox, MapFlow, MapView
from bartizan.report.catalog_page import clean
from bartizan.report.pictures.marks import element, fitted, width_of

_BOX, _GAP, _MARGIN = 236, 44, 30
_TOP, _TALL, _BETWEEN = 44, 106, 34
_RADIUS, _SPACING = 12, 29
_COLUMNS: Mapping[Lane, int] = {"development": 0, "supply": 1, "runtime": 2, "use": 3}
_WIDTH = 2 * _MARGIN + 4 * _BOX + 3 * _GAP
_ROWS = 3
_BAR = 54
_PAD = 12
_Point = tuple[float, float]


def drawing(view: MapView) -> Markup:
    """The drawing, as an SVG element that scales to its place."""
    places = {box.id: _place(box) for box in view.boxes}
    lower = _TOP + _ROWS * _TALL + (_ROWS - 1) * _BETWEEN + 46
    controls, height = _controls(view, lower + _BAR + 26)
    dashed = f" Dashed boxes are the {view.supplier}'s." if any(b.whose == "supplier" for b in view.boxes) else ""
    said = f"{view.title}: {sum(len(box.marks) for box in view.boxes)} threats in lanes from development to use."
    return element(
        "svg",
        element("title", said),
        element("defs", _arrow_head()),
        *(_lane(lane, lower) for lane in _COLUMNS),
        *(_flow(flow, places, lower) for flow in view.flows),
        *(_box(box, places[box.id]) if box.lane != "everywhere" else _bar(box, lower) for box in view.boxes),
        *controls,
        _text(_MARGIN - 12, height + 22, f"Numbers are threats, as in the list.{dashed}", "about"),
        viewBox=f"0 0 {_WIDTH} {height + 34:.0f}",
        role="group",
        aria_label=said,
        class_="map",
    )


def _arrow_head() -> Markup:
    path = element("path", d="M0 0 L8 4 L0 8 z")
    return element("marker", path, id="head", markerWidth=8, markerHeight=8, refX=7, refY=4, orient="auto")


def _left(lane: Lane) -> float:
    return _MARGIN + _COLUMNS[lane] * (_BOX + _GAP)


def _place(box: MapBox) -> _Point:
    left = _left(box.lane) if box.lane in _COLUMNS else _MARGIN
    return left, _TOP + box.row * (_TALL + _BETWEEN)


def _text(x: float, y: float, text: str, class_: str = "", anchor: str | None = None) -> Markup:
    return element("text", clean(text), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def _lane(lane: Lane, lower: float) -> Markup:
    left = _left(lane)
    return element(
        "g",
        element("rect", x=left - 12, y=6, width=_BOX + 24, height=lower - 12, rx=6, class_="lane"),
        _text(left, 28, LANES[lane], "lane-name"),
    )


# Boxes and marks


def _box(box: MapBox, place: _Point) -> Markup:
    left, top = place
    lines = fitted(clean(box.about), _BOX - 2 * _PAD - 8, 2)
    return element(
        "g",
        element("rect", x=left, y=top, width=_BOX, height=_TALL, rx=6, class_=f"box {box.whose}"),
        _text(left + _PAD, top + 22, box.title, "name"),
        *(_text(left + _PAD, top + 40 + 16 * i, line, "about") for i, line in enumerate(lines)),
        *_marks(box, left + _PAD + _RADIUS, top + _TALL - _RADIUS - 9),
    )


def _bar(box: MapBox, top: float) -> Markup:
    width = _WIDTH - 2 * _MARGIN + 24
    return element(
        "g",
        element("rect", x=_MARGIN - 12, y=top + 6, width=width, height=_BAR, rx=6, class_="box us"),
        _text(_MARGIN, top + 28, box.title, "name"),
        _text(_MARGIN, top + 46, box.about, "about"),
        *_marks(box, _MARGIN + width_of(box.about) + 2 * _RADIUS + 20, top + 6 + _BAR / 2),
    )


def _marks(box: MapBox, x: float, y: float) -> Iterator[Markup]:
    for i, mark in enumerate(box.marks):
        yield element(
            "a",
            element("title", f"{mark.number} {clean(mark.name)}: loses {mark.loses}"),
            element("circle", cx=x + i * _SPACING, cy=y, r=_RADIUS),
            _text(x + i * _SPACING, y + 4.5, str(mark.number), anchor="middle"),
            href=f"#threat-{mark.number}",
            class_="mark",
        )


# Flows


def _flow(flow: MapFlow, places: Mapping[str, _Point], lower: float) -> Markup:
    start, end = places[flow.start], places[flow.end]
    points = _loop(start, end, lower) if flow.start == "traffic" else _route(start, end)
    path = "M" + " L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    class_ = "flow again" if flow.start == "traffic" else "flow"
    parts = [element("path", d=path, class_=class_, marker_end="url(#head)")]
    if flow.says:
        x, y = _label(points)
        parts.append(_text(x, y, flow.says, "says", "middle"))
    return element("g", *parts)


def _route(start: _Point, end: _Point) -> tuple[_Point, ...]:
    """Straight where both are in one lane or one row; else through the gap beside the later lane."""
    (sx, sy), (ex, ey) = start, end
    if sx == ex:
        x = sx + _BOX / 2
        return ((x, sy + _TALL), (x, ey - 2)) if sy < ey else ((x, sy), (x, ey + _TALL + 2))
    to_right = sx < ex
    out, into = (sx + _BOX, ex - 2) if to_right else (sx, ex + _BOX + 2)
    if sy == ey:
        y = sy + _TALL * (0.7 if to_right else 0.3) if abs(sx - ex) < _BOX + 2 * _GAP else sy + _TALL / 2
        return (out, y), (into, y)
    gap = (into + _GAP / 2) if not to_right else (into - _GAP / 2)
    y = ey + _TALL * (0.3 if sy < ey else 0.7)
    return (out, sy + _TALL / 2), (gap, sy + _TALL / 2), (gap, y), (into, y)


def _loop(start: _Point, end: _Point, lower: float) -> tuple[_Point, ...]:
    """Back under all boxes and up the outer side."""
    (sx, sy), (ex, ey) = start, end
    outer, under = ex - 22, lower - 20
    middle = sy + _TALL / 2
    up = ey + _TALL / 2
    return (sx, middle), (sx - _GAP / 2, middle), (sx - _GAP / 2, under), (outer, under), (outer, up), (ex - 2, up)


def _label(points: Sequence[_Point]) -> _Point:
    """Above the middle of the longest level piece."""
    level = ((a, b) for a, b in itertools.pairwise(points) if a[1] == b[1])
    _, x, y = max((abs(b[0] - a[0]), (a[0] + b[0]) / 2, a[1]) for a, b in level)
    return x, y - 7


# Controls


def _controls(view: MapView, top: float) -> tuple[list[Markup], float]:
    """Who applies which groups of controls, as rows of chips, and where they end."""
    drawn: list[Markup] = []
    shown = [("You apply", view.our_controls)]
    if view.supplier_controls:
        shown.append((f"The {view.supplier} applies", view.supplier_controls))
    for title, groups in shown:
        drawn.append(_text(_MARGIN - 12, top + 14, title, "name"))
        chips, top = _chips(groups, top + 26)
        drawn += chips
        top += 16
    return drawn, top


def _chips(words: Sequence[str], top: float) -> tuple[list[Markup], float]:
    drawn: list[Markup] = []
    x: float = _MARGIN - 12
    for word in map(clean, words):
        wide = 1.06 * width_of(word) + 20
        if x + wide > _WIDTH - _MARGIN + 12 and x > _MARGIN:
            x, top = _MARGIN - 12, top + 34
        drawn.append(element("rect", x=x, y=top, width=wide, height=26, rx=6, class_="chip"))
        drawn.append(_text(x + wide / 2, top + 17.5, word, "chip-name", "middle"))
        x += wide + 8
    return drawn, top + 26
