"""Where names stand beside what they name, so that they do not lie on each other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bartizan.report.lab.chart import Axis, Chart, Spot
from bartizan.report.pictures.marks import width_of

SIZE = 12
_HIGH = 15.0


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """The area of a chart in px, and how values become places in it; y grows downwards."""

    left: float
    top: float
    width: float
    height: float

    def x(self, axis: Axis, value: float) -> float:
        """The place of a value along the bottom."""
        return self.left + self.width * axis.place(value)

    def y(self, axis: Axis, value: float) -> float:
        """The place of a value along the side."""
        return self.top + self.height * (1 - axis.place(value))


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A text at a place; ``x`` is its left or right end or its middle, ``y`` its base line."""

    text: str
    x: float
    y: float
    anchor: str
    """start, middle or end."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        wide = width_of(self.text, SIZE)
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return left, self.y - _HIGH + 3, left + wide, self.y + 4


def spot_labels(chart: Chart, frame: Frame) -> dict[int, Label]:
    """A place for the name of each spot, by its position in the chart; without one where there is no room.

    Those that must be named get theirs first.
    """
    at = [(frame.x(chart.x, spot.x), frame.y(chart.y, spot.y)) for spot in chart.spots]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in at]
    found: dict[int, Label] = {}
    for i in sorted(range(len(at)), key=lambda i: (not chart.spots[i].strong, i)):
        choices = _around(chart.spots[i], *at[i])
        free = [one for one in choices if _inside(one, frame) and not any(_meet(one.box, box) for box in taken)]
        chosen = free[0] if free else choices[0] if chart.spots[i].strong else None
        if chosen is not None:
            found[i] = chosen
            taken.append(chosen.box)
    return found


def _around(spot: Spot, x: float, y: float) -> tuple[Label, ...]:
    text = spot.label
    places = (
        (x + 10, y - 7, "start"),
        (x - 10, y - 7, "end"),
        (x + 10, y + 16, "start"),
        (x - 10, y + 16, "end"),
        (x, y - 14, "middle"),
        (x, y + 24, "middle"),
        (x + 10, y - 22, "start"),
        (x - 10, y - 22, "end"),
        (x + 10, y + 31, "start"),
        (x - 10, y + 31, "end"),
    )
    return tuple(Label(text=text, x=a, y=b, anchor=anchor) for a, b, anchor in places)


def _inside(label: Label, frame: Frame) -> bool:
    left, top, right, bottom = label.box
    return (
        left >= frame.left
        and right <= frame.left + frame.width + 8
        and top >= frame.top - 14
        and bottom <= frame.top + frame.height + 2
    )


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def spread(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """The places moved as little as needed for each to be ``apart`` from the next, in the order of the places."""
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    moved = [0.0] * len(places)
    last = low - apart
    for i in order:
        last = moved[i] = max(places[i], last + apart)
    after = max(high, low + apart * (len(places) - 1)) + apart
    for i in reversed(order):
        after = moved[i] = min(moved[i], after - apart)
    return moved
