"""A measured effect as a bar with its interval, small enough for a chip."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.report.pictures.marks import element

_WIDE, _HIGH = 48.0, 10.0


def effect_bar(low: float, value: float, high: float) -> Markup:
    """A bar for a reduction of success, 0 to 100 points wide, with its 95 % interval as a line through it.

    It is filled where the control is shown to help, and hollow where the interval holds zero, or it harms.
    """
    ends = [1 + (_WIDE - 2) * min(1.0, max(0.0, share)) for share in (low, value, high)]
    return element(
        "svg",
        element("rect", x=0.5, y=0.5, width=_WIDE - 1, height=_HIGH - 1, class_="frame"),
        element("rect", x=1.0, y=1.0, width=max(0.0, ends[1] - 1), height=_HIGH - 2, class_="yes" if low > 0 else "no"),
        element("line", x1=ends[0], x2=ends[2], y1=_HIGH / 2, y2=_HIGH / 2, class_="under"),
        element("line", x1=ends[0], x2=ends[2], y1=_HIGH / 2, y2=_HIGH / 2),
        viewBox=f"0 0 {_WIDE:g} {_HIGH:g}",
        width=_WIDE,
        height=_HIGH,
        aria_hidden="true",
        class_="measured",
    )
