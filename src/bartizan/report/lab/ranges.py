"""A rate or a difference as a dot with its whisker, to stand in a row of a table."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.core.measurement import Rate
from bartizan.report.pictures.marks import element

_WIDE, _MIDDLE = 120.0, 8.0


def rate_range(rate: Rate, without: Rate | None = None) -> Markup:
    """A rate on a line from 0 to 100 %; a tick marks the rate without attack, or without controls."""
    if rate.value is None:
        return Markup("")
    low, high = rate.interval
    tick = without.value if without is not None else None
    return _drawn(low, rate.value, high, tick)


def difference_range(low: float, value: float, high: float) -> Markup:
    """A difference of shares on a line from -100 to 100 points; a tick marks zero."""
    return _drawn((low + 1) / 2, (value + 1) / 2, (high + 1) / 2, 0.5)


def _drawn(low: float, value: float, high: float, tick: float | None) -> Markup:
    return element(
        "svg",
        element("line", x1=_x(0), x2=_x(1), y1=_MIDDLE, y2=_MIDDLE, class_="base"),
        element("line", x1=_x(tick), x2=_x(tick), y1=2.0, y2=14.0, class_="without") if tick is not None else "",
        element("line", x1=_x(low), x2=_x(high), y1=_MIDDLE, y2=_MIDDLE, class_="whisker"),
        element("circle", cx=_x(value), cy=_MIDDLE, r=3.5, class_="mark"),
        viewBox=f"0 0 {_WIDE:g} 16",
        aria_hidden="true",
        class_="range",
    )


def _x(share: float) -> float:
    return 5 + (_WIDE - 10) * share
