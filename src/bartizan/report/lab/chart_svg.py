"""A chart as inline SVG for a page: it takes the page's colours, and its points can be reached with the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from bartizan.core.measurement import Point
from bartizan.report.catalog_page import clean
from bartizan.report.lab.chart import DASHES, SHAPES, Chart, Line, Shape, Spot
from bartizan.report.lab.labels import SIZE, Frame, Label, spot_labels, spread
from bartizan.report.pictures.marks import element, fitted, width_of

_WIDTH, _HEIGHT = 560.0, 320.0
_ASIDE = 210.0
"""Room for the names of lines, right of them."""
_MARKS = 7
"""So many marks of its shape stand on a long line."""


def chart_svg(chart: Chart) -> Markup:
    """The chart as an SVG element, without its title: that is the heading above it."""
    frame = Frame(left=58, top=34, width=_WIDTH - (_ASIDE if chart.lines else 0), height=_HEIGHT - 34)
    whole = (_WIDTH + 58 + 26, _HEIGHT + 54)
    return element(
        "svg",
        element("title", clean(chart.title)),
        *_grid(chart, frame),
        *_diagonal(chart, frame),
        *_lines(chart, frame),
        *_step(chart, frame),
        *_spots(chart, frame),
        element("text", clean(chart.y.words), x=4.0, y=16.0, class_="axis"),
        _below(clean(chart.x.words), frame, whole[1] - 10),
        viewBox=f"0 0 {whole[0]:g} {whole[1]:g}",
        width=whole[0],
        height=whole[1],
        role="group" if chart.spots else "img",
        class_="chart",
    )


def _below(words: str, frame: Frame, y: float) -> Markup:
    """The words of the axis below, ending with it, or beginning with it where they are longer."""
    if width_of(words, SIZE) > frame.width:
        return element("text", words, x=frame.left, y=y, class_="axis")
    return element("text", words, x=frame.left + frame.width, y=y, class_="axis", text_anchor="end")


def _grid(chart: Chart, frame: Frame) -> Iterator[Markup]:
    right, foot = frame.left + frame.width, frame.top + frame.height
    for value, text in chart.y.ticks():
        y = frame.y(chart.y, value)
        yield element("line", x1=frame.left, x2=right, y1=y, y2=y, class_="rung")
        yield element("text", text, x=frame.left - 8, y=y + 4, text_anchor="end", class_="tick")
    for value, text in chart.x.ticks():
        x = frame.x(chart.x, value)
        yield element("line", x1=x, x2=x, y1=foot, y2=foot + 4, class_="rung")
        yield element("text", text, x=x, y=foot + 19, text_anchor="middle", class_="tick")


def _diagonal(chart: Chart, frame: Frame) -> Iterator[Markup]:
    if not chart.guess:
        return
    low, high = max(chart.x.low, chart.y.low), min(chart.x.high, chart.y.high)
    values = [low * (high / low) ** (i / 40) if chart.x.log else low + (high - low) * i / 40 for i in range(41)]
    line = " ".join(f"{frame.x(chart.x, v):.1f},{frame.y(chart.y, v):.1f}" for v in values)
    yield element("polyline", points=line, class_="guess")
    at = values[9]
    yield element(
        "text", clean(chart.guess), x=frame.x(chart.x, at) + 8, y=frame.y(chart.y, at) + 14, class_="tick halo"
    )


def _lines(chart: Chart, frame: Frame) -> Iterator[Markup]:
    ends = [frame.y(chart.y, line.points[-1].y) for line in chart.lines]
    at = spread(ends, 34, frame.top + 6, frame.top + frame.height - 6)
    for i, line in enumerate(chart.lines):
        yield element("g", *_line(chart, frame, line, i), *_name(line, i, frame, ends[i], at[i]), class_="line")


def _line(chart: Chart, frame: Frame, line: Line, i: int) -> Iterator[Markup]:
    places = [(frame.x(chart.x, p.x), frame.y(chart.y, p.y)) for p in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield element("polyline", points=path, stroke_dasharray=" ".join(map(str, DASHES[i % len(DASHES)])) or None)
    for point, (x, y) in _marked(line.points, places):
        if point.high > point.low:
            yield _whisker(x, frame.y(chart.y, point.low), x, frame.y(chart.y, point.high))
        yield shape(SHAPES[i % len(SHAPES)], x, y)


def _marked(
    points: tuple[Point, ...], places: list[tuple[float, float]]
) -> Iterator[tuple[Point, tuple[float, float]]]:
    """The points to mark: all of a short line, of a long one those that lie well apart."""
    apart = 0.0 if len(points) <= 2 * _MARKS else (places[-1][0] - places[0][0]) / _MARKS
    last = float("-inf")
    for point, place in zip(points, places, strict=True):
        if place[0] - last >= apart:
            last = place[0]
            yield point, place


def _name(line: Line, i: int, frame: Frame, end: float, y: float) -> Iterator[Markup]:
    x = frame.left + frame.width
    yield element("line", x1=x, x2=x + 12, y1=end, y2=y, class_="leader")
    yield shape(SHAPES[i % len(SHAPES)], x + 20, y)
    for row, text in enumerate(fitted(clean(line.name), _ASIDE - 30, 2, 12)):
        yield element("text", text, x=x + 30, y=y + 4 + 14 * row, class_="name")


def _step(chart: Chart, frame: Frame) -> Iterator[Markup]:
    pairs = list(zip(chart.step[::2], chart.step[1::2], strict=True))
    if len(pairs) > 1:
        line = " ".join(f"{frame.x(chart.x, x):.1f},{frame.y(chart.y, y):.1f}" for x, y in pairs)
        yield element("polyline", points=line, class_="step")


def _spots(chart: Chart, frame: Frame) -> Iterator[Markup]:
    labels = spot_labels(chart, frame)
    for i, spot in enumerate(chart.spots):
        yield element(
            "g",
            element("title", clean(spot.said)),
            *_spot(chart, frame, spot),
            *_label(labels.get(i), strong=spot.strong),
            tabindex=0,
            role="img",
            aria_label=clean(spot.said),
            data_key=spot.key,
            class_=f"spot {spot.shape}",
        )


def _spot(chart: Chart, frame: Frame, spot: Spot) -> Iterator[Markup]:
    x, y = frame.x(chart.x, spot.x), frame.y(chart.y, spot.y)
    if spot.y_low is not None and spot.y_high is not None:
        yield _whisker(x, frame.y(chart.y, spot.y_low), x, frame.y(chart.y, spot.y_high))
    if spot.x_low is not None and spot.x_high is not None:
        yield _whisker(frame.x(chart.x, spot.x_low), y, frame.x(chart.x, spot.x_high), y)
    yield element("circle", cx=x, cy=y, r=12.0, class_="around")
    yield shape(spot.shape, x, y)


def _label(label: Label | None, *, strong: bool) -> Iterator[Markup]:
    if label is not None:
        kind = "name halo strong" if strong else "name halo"
        yield element("text", clean(label.text), x=label.x, y=label.y, text_anchor=label.anchor, class_=kind)


def _whisker(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="whisker")


_STAR = (
    (0, -9),
    (2.4, -3),
    (8.6, -2.8),
    (3.8, 1.2),
    (5.4, 7.4),
    (0, 3.8),
    (-5.4, 7.4),
    (-3.8, 1.2),
    (-8.6, -2.8),
    (-2.4, -3),
)
_POLYGONS: dict[Shape, tuple[tuple[float, float], ...]] = {
    "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    "triangle": ((0, -5), (5, 4), (-5, 4)),
    "diamond": ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
    "star": _STAR,
}


def shape(kind: Shape, x: float, y: float) -> Markup:
    """A mark of a shape around a place."""
    if kind in _POLYGONS:
        corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in _POLYGONS[kind])
        return element("polygon", points=corners, class_="mark")
    if kind == "cross":
        path = f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
        return element("path", d=path, class_="mark open")
    return element("circle", cx=x, cy=y, r=4.5, class_="mark open" if kind == "ring" else "mark")
