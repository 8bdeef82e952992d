"""Small pictures of a system's pages: how one risk moves through the matrix, and the trend over assessments."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from markupsafe import Markup

from bartizan.catalog.scales import Scales
from bartizan.core.dates import in_words
from bartizan.core.kept import KeptAssessment
from bartizan.core.records import Level, Risk
from bartizan.report.names import shade
from bartizan.report.pictures.marks import element
from bartizan.report.wording import band, number

_CELL = 26
_EDGE = 4
_WIDE, _HIGH = 640.0, 120.0
_LEFT, _RIGHT, _TOP, _FOOT = 26.0, 150.0, 12.0, 22.0
_MOST = 60
"""Points of a trend; of more, the latest."""


def movement(risk: Risk, scales: Scales) -> Markup:
    """The matrix in small with one risk in it: outline without controls, solid now, dot after the plan."""
    rows, columns = len(scales.likelihood), len(scales.impact)
    width, height = columns * _CELL + 2 * _EDGE, rows * _CELL + 2 * _EDGE
    cells = [
        element(
            "rect",
            class_=f"h{shade(scales.matrix[y][x], len(scales.levels))}",
            x=_EDGE + x * _CELL + 1,
            y=_EDGE + (rows - 1 - y) * _CELL + 1,
            width=_CELL - 2,
            height=_CELL - 2,
            rx=3,
        )
        for y in range(rows)
        for x in range(columns)
    ]
    was, now, then = (_centre(level, rows) for level in (risk.inherent, risk.current, risk.residual))
    said = "; ".join(
        f"{word}: likelihood {band(scales.likelihood, level.likelihood)}, impact {band(scales.impact, level.impact)}"
        for word, level in (
            ("without controls", risk.inherent),
            ("now", risk.current),
            ("after the plan", risk.residual),
        )
    )
    return element(
        "svg",
        element("title", f"Where the risk lies. {said}"),
        *cells,
        element("path", class_="way", d=f"M{was[0]} {was[1]}L{now[0]} {now[1]}L{then[0]} {then[1]}"),
        element("circle", class_="was", cx=was[0], cy=was[1], r=9),
        element("circle", class_="now", cx=now[0], cy=now[1], r=6),
        element("circle", class_="then-ring", cx=then[0], cy=then[1], r=3.5),
        element("circle", class_="then", cx=then[0], cy=then[1], r=2.5),
        class_="movement",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
    )


def _centre(level: Level, rows: int) -> tuple[float, float]:
    x = _EDGE + (level.impact - 0.5) * _CELL
    return x, _EDGE + (rows - level.likelihood + 0.5) * _CELL


def trend(assessments: Sequence[KeptAssessment]) -> Markup | None:
    """How many risks there were, and how many above appetite, at each assessment; None of fewer than two days."""
    last: dict[str, KeptAssessment] = {}
    for one in sorted(assessments, key=lambda a: (a.today, a.number)):
        last[one.today] = one
    points = list(last.values())[-_MOST:]
    if len(points) < 2:
        return None
    most = max(1, *(one.risks for one in points))
    days = [datetime.date.fromisoformat(one.today).toordinal() for one in points]
    across = [_LEFT + (d - days[0]) / max(1, days[-1] - days[0]) * (_WIDE - _LEFT - _RIGHT) for d in days]
    lines = (("all", [one.risks for one in points]), ("above", [one.above_appetite for one in points]))
    up = {name: [_up(value, most) for value in values] for name, values in lines}
    labels = _apart(up["all"][-1], up["above"][-1])
    right, above = _WIDE - _RIGHT + 8, f"{points[-1].above_appetite} above appetite"
    said = f"From {_risks(points[0])} to {_risks(points[-1])}"
    return element(
        "svg",
        element("title", said),
        *(_scale(value, most) for value in (0, most)),
        *(element("path", class_=f"line {name}", d=_steps(across, ups)) for name, ups in up.items()),
        *(
            element("circle", class_=name, cx=x, cy=y, r=2.5)
            for name, ups in up.items()
            for x, y in zip(across, ups, strict=True)
        ),
        element("text", number(points[-1].risks, "risk"), x=right, y=labels[0]),
        element("text", above, class_="strong", x=right, y=labels[1]),
        element("text", in_words(points[0].today), class_="day", x=_LEFT, y=_HIGH - 4),
        element("text", in_words(points[-1].today), class_="day end", x=_WIDE - _RIGHT, y=_HIGH - 4),
        class_="trend",
        viewBox=f"0 0 {_WIDE:g} {_HIGH:g}",
        role="img",
    )


def _risks(one: KeptAssessment) -> str:
    return f"{number(one.risks, 'risk')}, {one.above_appetite} above appetite, on {in_words(one.today)}"


def _up(value: int, most: int) -> float:
    return round(_HIGH - _FOOT - value / most * (_HIGH - _FOOT - _TOP), 1)


def _scale(value: int, most: int) -> Markup:
    y = _up(value, most)
    line = element("line", class_="scale", x1=_LEFT, x2=_WIDE - _RIGHT, y1=y, y2=y)
    return element("g", line, element("text", str(value), class_="day end", x=_LEFT - 6, y=y + 4))


def _apart(first: float, second: float) -> tuple[float, float]:
    """Where two labels stand so that neither hides the other."""
    return (first + 4, second + 4) if second - first >= 14 else (first - 1, first + 14)


def _steps(across: Sequence[float], up: Sequence[float]) -> str:
    """A line that keeps its height until the next assessment changes it."""
    parts = [f"M{across[0]:.1f} {up[0]:.1f}"]
    for x, y in zip(across[1:], up[1:], strict=True):
        parts.append(f"H{x:.1f}V{y:.1f}")
    return "".join(parts)
