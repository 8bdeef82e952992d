"""A chart as a file: PNG or SVG by matplotlib, loaded only when something is drawn. Black on white, for print.

The same charts give the same bytes: no date, no random ids.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from bartizan.report.catalog_page import clean
from bartizan.report.lab.chart import DASHES, SHAPES, Chart, Shape
from bartizan.report.lab.labels import SIZE, Frame, spot_labels, spread
from bartizan.report.pictures.marks import fitted, width_of

Kind: TypeAlias = Literal["png", "svg"]
_INK, _QUIET, _LINE, _ACCENT = "#1b2026", "#57606a", "#d4d9df", "#2457d6"
_MARKERS: dict[Shape, str] = {
    "dot": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "cross": "x",
    "ring": "o",
    "star": "*",
}
_SIZE, _ASIDE = 560.0, 190.0
_RC = {"svg.hashsalt": "bartizan", "svg.fonttype": "none", "font.size": 11, "font.family": "sans-serif"}


def chart_file(charts: Sequence[Chart], kind: Kind, title: str, foot: str) -> bytes:
    """Charts side by side under one title, as PNG or SVG. Raises MissingExtra where matplotlib is absent."""
    matplotlib = _need("matplotlib")
    figure_type = _need("matplotlib.figure").Figure
    heading = fitted(clean(title), (_SIZE + 60) * len(charts) - 30, 3, 19)
    wide, high = 640.0 * len(charts), 420.0 + 20 * len(heading)
    with matplotlib.rc_context(_RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph that the font lacks: the file shows a box for it
        figure = figure_type(figsize=(wide / 72, high / 72), facecolor="white")
        _words(figure, heading, clean(foot), wide, high)
        for i, chart in enumerate(charts):
            _draw(figure, chart, i * 640.0, wide, high, 34.0 + 20 * len(heading))
        content = io.BytesIO()
        figure.savefig(content, format=kind, dpi=144, metadata={"Date": None} if kind == "svg" else {})
    return content.getvalue()


def _words(figure: Any, heading: Sequence[str], foot: str, wide: float, high: float) -> None:
    place = {"parse_math": False, "va": "baseline", "ha": "left"}
    for i, text in enumerate(heading):
        figure.text(16 / wide, 1 - (24 + 20 * i) / high, text, size=15, weight="bold", color=_INK, **place)
    for i, text in enumerate(reversed(fitted(foot, wide - 40, 2, 10))):
        figure.text(16 / wide, (8 + 13 * i) / high, text, size=9.5, color=_QUIET, **place)


def _draw(figure: Any, chart: Chart, left: float, wide: float, high: float, top: float) -> None:
    width = _SIZE - (_ASIDE if chart.lines else 0)
    frame = Frame(left=0, top=0, width=width, height=high - top - 76)
    box = ((left + 58) / wide, 76 / high, width / wide, frame.height / high)
    axes = figure.add_axes(box)
    _axes(axes, chart)
    if chart.guess:
        _diagonal(axes, chart)
    for i in range(len(chart.lines)):
        _line(axes, chart, i)
    _names(axes, chart, frame)
    if len(chart.step) > 2:
        axes.plot(chart.step[::2], chart.step[1::2], color=_QUIET, lw=1, zorder=2)
    _spots(axes, chart, frame)


def _axes(axes: Any, chart: Chart) -> None:
    for axis, name in ((chart.x, "x"), (chart.y, "y")):
        if axis.log:
            getattr(axes, f"set_{name}scale")("log")
        getattr(axes, f"set_{name}lim")(axis.low, axis.high)
        ticks = axis.ticks()
        getattr(axes, f"set_{name}ticks")([v for v, _ in ticks], [text for _, text in ticks], minor=False)
        getattr(axes, f"{name}axis").set_minor_locator(_need("matplotlib.ticker").NullLocator())
    below = clean(chart.x.words)
    long = width_of(below, SIZE) > _SIZE - (_ASIDE if chart.lines else 0)
    axes.set_xlabel(below, loc="left" if long else "right", color=_QUIET, parse_math=False)
    axes.set_title(clean(chart.y.words), loc="left", size=11, color=_QUIET, parse_math=False, pad=12)
    axes.grid(visible=True, axis="y", color=_LINE, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, color=_LINE, labelcolor=_QUIET)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)


def _need(module: str) -> Any:
    from bartizan.core.extras import need  # noqa: PLC0415  its package loads numpy, which a report does not need

    return need(module)


def _diagonal(axes: Any, chart: Chart) -> None:
    low, high = max(chart.x.low, chart.y.low), min(chart.x.high, chart.y.high)
    values = [low * (high / low) ** (i / 40) if chart.x.log else low + (high - low) * i / 40 for i in range(41)]
    axes.plot(values, values, color=_QUIET, lw=1, ls=(0, (2, 3)))
    at = values[9]
    axes.annotate(clean(chart.guess), (at, at), (8, -14), textcoords="offset points", color=_QUIET, size=10)


def _line(axes: Any, chart: Chart, i: int) -> None:
    points = chart.lines[i].points
    style: dict[str, Any] = {"color": _INK, "lw": 1.6, "marker": _MARKERS[SHAPES[i % len(SHAPES)]], "ms": 6}
    if DASHES[i % len(DASHES)]:
        style["ls"] = (0, DASHES[i % len(DASHES)])
    if SHAPES[i % len(SHAPES)] == "ring":
        style["mfc"] = "white"
    every = 0.12 if len(points) > 14 else 1  # a share of the picture's diagonal, or all
    axes.plot([p.x for p in points], [p.y for p in points], markevery=every, clip_on=False, **style)
    for p in points:
        if p.high > p.low:
            axes.plot([p.x, p.x], [p.low, p.high], color=_QUIET, lw=1)


def _names(axes: Any, chart: Chart, frame: Frame) -> None:
    """The name of each line at its end, with its mark, and a thin line to it."""
    ends = [frame.y(chart.y, line.points[-1].y) for line in chart.lines]
    at = spread(ends, 34, 6, frame.height - 6)
    for i, line in enumerate(chart.lines):
        end, y = 1 - ends[i] / frame.height, 1 - at[i] / frame.height
        mark = SHAPES[i % len(SHAPES)]
        share = 1 / frame.width
        common = {"transform": axes.transAxes, "clip_on": False}
        axes.plot([1, 1 + 12 * share], [end, y], color=_LINE, lw=0.8, **common)
        face = "white" if mark == "ring" else _INK
        axes.plot([1 + 20 * share], [y], color=_INK, marker=_MARKERS[mark], ms=6, mfc=face, **common)
        text = "\n".join(fitted(clean(line.name), _ASIDE - 36, 2, 12))
        place = {"va": "center", "parse_math": False, "transform": axes.transAxes}
        axes.text(1 + 30 * share, y, text, size=10.5, color=_INK, **place)


def _spots(axes: Any, chart: Chart, frame: Frame) -> None:
    labels = spot_labels(chart, frame)
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
    for i, spot in enumerate(chart.spots):
        colour = _ACCENT if spot.shape == "star" else _INK
        if spot.y_low is not None:
            axes.plot([spot.x, spot.x], [spot.y_low, spot.y_high], color=_QUIET, lw=1, zorder=2)
        if spot.x_low is not None:
            axes.plot([spot.x_low, spot.x_high], [spot.y, spot.y], color=_QUIET, lw=1, zorder=2)
        face = "white" if spot.shape == "ring" else colour
        size = 13 if spot.shape == "star" else 7
        mark = _MARKERS[spot.shape]
        axes.plot([spot.x], [spot.y], marker=mark, ms=size, color=colour, mfc=face, zorder=3, clip_on=False)
        label = labels.get(i)
        if label is None:
            continue
        offset = (label.x - frame.x(chart.x, spot.x), frame.y(chart.y, spot.y) - label.y)
        align = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
        named = axes.annotate(
            clean(label.text),
            (spot.x, spot.y),
            offset,
            textcoords="offset points",
            ha=align,
            va="baseline",
            size=10.5,
            color=_INK,
            weight="bold" if spot.strong else "normal",
            zorder=4,
            bbox=ground,
        )
        named.set_parse_math(False)
