"""A chart as a value: axes, points and lines with their intervals. Pages and files draw the same one, each its way."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.measurement import Point

Shape: TypeAlias = Literal["dot", "square", "triangle", "diamond", "cross", "ring", "star"]
SHAPES: tuple[Shape, ...] = ("dot", "square", "triangle", "diamond", "cross", "ring")
"""For the lines of a chart, in order: shape and dashes tell them apart, not colour."""
DASHES = ((), (6, 4), (2, 3), (8, 3, 2, 3), (12, 4), (1, 3))


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """An axis in words with its unit, and the values that it shows."""

    words: str
    low: float
    high: float
    log: bool = False
    percent: bool = False
    """Whether values are shares that are written in percent."""

    def place(self, value: float) -> float:
        """Where a value lies along the axis, 0 to 1; what lies outside is set to the end."""
        if self.log:
            low, high, value = (math.log10(max(v, 1e-12)) for v in (self.low, self.high, value))
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Values to mark, as they are written: round ones, or powers of ten."""
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            values = [10.0**n for n in range(first, last + 1)]
        else:
            step = _round_step((self.high - self.low) / 5)
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            values = [n * step for n in range(first, last + 1)]
        return tuple((value, self.written(value)) for value in values)

    def written(self, value: float) -> str:
        """A value as it stands at the axis."""
        value = float(f"{100 * value if self.percent else value:.6g}")
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
        return f"{text} %" if self.percent else text


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def around(
    low: float, high: float, *, least: float, most: float | None = None, floor: float | None = None
) -> tuple[float, float]:
    """The ends of an axis that shows these values with some room, and at least so wide."""
    room = max((high - low) * 0.12, (least - (high - low)) / 2)
    start, end = low - room, high + room
    if most is not None and end > most:
        end = most
        start = min(start, most - least)
    if floor is not None and start < floor:
        start = floor
        end = max(end, floor + least)
    return start, end


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A single point with its intervals, its name beside it, and all that is known of it for who asks."""

    x: float
    y: float
    label: str
    said: str
    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    shape: Shape = "dot"
    strong: bool = False
    """Whether its name always stands beside it, in bold."""
    key: int = 0
    """The same thing has the same key in every chart of a page."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A named curve; a point whose high is above its low has an interval."""

    name: str
    points: tuple[Point, ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One picture that says one thing."""

    name: str
    """For a file: lower case, digits, dashes."""
    title: str
    """The finding."""
    x: Axis
    y: Axis
    spots: tuple[Spot, ...] = ()
    lines: tuple[Line, ...] = ()
    step: tuple[float, ...] = ()
    """x and y of corners of a thin line that joins the spots worth choosing from: x0, y0, x1, y1, ..."""
    guess: str = ""
    """What the diagonal y = x is called; empty for none."""
    foot: str = ""
    """Source, seeds and date."""
