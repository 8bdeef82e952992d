"""A measured effect as a bar over its interval, small enough for a chip."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.report.pictures.marks import element

_WIDE = 48.0


def effect_bar(low: float, value: float, high: float) -> Markup:
    """A bar for a reduction of success, of 0 to 100 points, and under it a line for its 95 % interval.

    It is filled where the control is shown to help, and hollow where the interval holds zero, or it harms.
    """
    start, end, last = (1 + (_WIDE - 2) * min(1.0, max(0.0, share)) for share in (low, value, high))
    kind = "yes" if low > 0 else "no"
    return element(
        "svg",
        element("rect", x=0.5, y=0.5, width=_WIDE - 1, height=7.0, class_="frame"),
        element("rect", x=1.0, y=1.0, width=max(0.0, end - 1), height=6.0, class_=kind),
        element("path", d=f"M{start:.1f} 9v3m0 -1.5H{last:.1f}m0 -1.5v3"),
        viewBox=f"0 0 {_WIDE:g} 12",
        width=_WIDE,
        height=12,
        aria_hidden="true",
        class_="measured",
    )
