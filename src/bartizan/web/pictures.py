"""Small pictures inside text: an interval as a dot with a whisker, a level as pips. SVG without styles of its own."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.core.interval import wilson
from bartizan.report.pictures.marks import element

_WIDTH, _HEIGHT, _EDGE = 96, 12, 3


def interval(count: int, total: int) -> Markup:
    """How often of how many, from 0 to 100 % across: a dot at the share, a whisker over its 95 % interval.

    Decoration for who sees it: the text beside it says the same in numbers.
    """
    low, high = wilson(count, total) if total else (0.0, 1.0)
    middle = _HEIGHT / 2
    parts = [
        element("line", class_="scale", x1=_EDGE, x2=_WIDTH - _EDGE, y1=middle, y2=middle),
        element("line", class_="whisker", x1=_across(low), x2=_across(high), y1=middle, y2=middle),
        element("line", class_="whisker", x1=_across(low), x2=_across(low), y1=2, y2=_HEIGHT - 2),
        element("line", class_="whisker", x1=_across(high), x2=_across(high), y1=2, y2=_HEIGHT - 2),
    ]
    if total:
        parts.append(element("circle", cx=_across(count / total), cy=middle, r=3))
    size = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "width": _WIDTH, "height": _HEIGHT}
    return element("svg", *parts, class_="interval", aria_hidden="true", **size)


def pips(filled: int, of: int = 5) -> Markup:
    """So many of five small bars that rise from left to right, filled."""
    bars = [
        element("rect", class_="on" if n <= filled else "off", x=(n - 1) * 4, y=10 - 2 * n, width=3, height=2 * n)
        for n in range(1, of + 1)
    ]
    size = {"viewBox": f"0 0 {4 * of - 1} 10", "width": 4 * of - 1, "height": 10}
    return element("svg", *bars, class_="pips", aria_hidden="true", **size)


def _across(share: float) -> float:
    return round(_EDGE + share * (_WIDTH - 2 * _EDGE), 1)
