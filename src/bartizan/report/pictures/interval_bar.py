"""A number within its interval, on a scale from 0 to 1."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.report.pictures.marks import element

_WIDE = 200.0
_EDGE = 4.0


def interval_bar(value: float, low: float, high: float) -> Markup:
    """A dot on a line from the lower to the upper end; what lies outside the scale is drawn at its edge."""
    start, dot, end = (_EDGE + (_WIDE - 2 * _EDGE) * min(1.0, max(0.0, share)) for share in (low, value, high))
    return element(
        "svg",
        element("path", d=f"M{_EDGE:g} 8H{_WIDE - _EDGE:g}M{_EDGE:g} 5v6M{_WIDE - _EDGE:g} 5v6", class_="scale"),
        element("path", d=f"M{start:.1f} 4v8m0 -4H{end:.1f}m0 -4v8", class_="reach"),
        element("circle", cx=f"{dot:.1f}", cy=8, r=3),
        viewBox=f"0 0 {_WIDE:g} 16",
        width=_WIDE,
        height=16,
        aria_hidden="true",
        class_="interval",
    )
