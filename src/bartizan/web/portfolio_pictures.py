"""Pictures of the portfolio: the heat map of all systems, and how many risks were above appetite over time."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

import msgspec
from markupsafe import Markup

from bartizan.core.dates import in_words
from bartizan.register.across import Day
from bartizan.register.portfolio import Cell
from bartizan.report.names import shade
from bartizan.report.pictures.marks import element
from bartizan.report.wording import capital, number
from bartizan.web.scale import Scale

_WIDE, _HIGH = 640.0, 150.0
_LEFT, _RIGHT, _TOP, _FOOT = 34.0, 16.0, 22.0, 24.0
_MOST = 400
"""Points of a trend; of more, the latest."""


def heat(cells: Sequence[Cell], scale: Scale, to: Callable[[int, int], str]) -> Markup:
    """A table of likelihood by impact that counts the open risks now; a cell with risks leads to `to` of its place."""
    counts = {(cell.likelihood, cell.impact): cell.risks for cell in cells}
    columns = range(1, len(scale.scales.impact) + 1)
    heads = [element("th", capital(scale.impact(i)), scope="col") for i in columns]
    corner = element("td", element("span", "Likelihood ↑"), element("span", "Impact →"), class_="corner")
    rows = []
    for likelihood in range(len(scale.scales.likelihood), 0, -1):
        found = [_cell(likelihood, impact, counts.get((likelihood, impact), 0), scale, to) for impact in columns]
        rows.append(element("tr", element("th", capital(scale.likelihood(likelihood)), scope="row"), *found))
    return element(
        "table",
        element("caption", "Open risks of all systems by likelihood and impact now", class_="away"),
        element("thead", element("tr", corner, *heads)),
        element("tbody", *rows),
        class_="heat whole",
    )


def _cell(likelihood: int, impact: int, count: int, scale: Scale, to: Callable[[int, int], str]) -> Markup:
    colour = f"h{shade(scale.scales.matrix[likelihood - 1][impact - 1], scale.steps)}"
    if not count:
        return element("td", class_=colour)
    text = f"{number(count, 'risk')} at likelihood {scale.likelihood(likelihood)} and impact {scale.impact(impact)}"
    link = element("a", str(count), href=to(likelihood, impact), aria_label=text, title=text)
    return element("td", link, class_=colour)


def course(days: Sequence[Day], today: str) -> tuple[str, Markup] | None:
    """How many risks were above appetite over time, until today: in words and drawn; None of one day."""
    points = list(days)[-_MOST:]
    if len(points) < 2:
        return None
    if points[-1].day < today:
        points.append(msgspec.structs.replace(points[-1], day=today))
    first, last = points[0], points[-1]
    most = max(1, *(one.above_appetite for one in points))
    dates = [datetime.date.fromisoformat(one.day).toordinal() for one in points]
    across = [_LEFT + (d - dates[0]) / max(1, dates[-1] - dates[0]) * (_WIDE - _LEFT - _RIGHT) for d in dates]
    up = [_up(one.above_appetite, most) for one in points]
    words = _in_words(first, last)
    drawn = element(
        "svg",
        element("title", words),
        *(_scale(value, most) for value in (0, most)),
        element("path", class_="line above", d=_steps(across, up)),
        element("circle", class_="above", cx=round(across[-1], 1), cy=up[-1], r=3),
        element("text", f"{last.above_appetite} now", class_="strong end", x=_WIDE - _RIGHT, y=max(12.0, up[-1] - 8)),
        element("text", in_words(first.day), x=_LEFT, y=_HIGH - 6),
        element("text", in_words(last.day), class_="end", x=_WIDE - _RIGHT, y=_HIGH - 6),
        class_="trend",
        viewBox=f"0 0 {_WIDE:g} {_HIGH:g}",
        role="img",
    )
    return words, drawn


def _in_words(first: Day, last: Day) -> str:
    now, before = last.above_appetite, first.above_appetite
    move = "as many as" if now == before else f"{'up' if now > before else 'down'} from {before}"
    systems = ""
    if last.systems != first.systems:
        more = last.systems - first.systems
        count, word = abs(more), "more" if more > 0 else "fewer"
        systems = f"; there {'is' if count == 1 else 'are'} {number(count, f'{word} system')} since"
    return f"{number(now, 'risk')} above appetite, {move} on {in_words(first.day)}{systems}"


def _up(value: int, most: int) -> float:
    return round(_HIGH - _FOOT - value / most * (_HIGH - _FOOT - _TOP), 1)


def _scale(value: int, most: int) -> Markup:
    y = _up(value, most)
    line = element("line", class_="scale", x1=_LEFT, x2=_WIDE - _RIGHT, y1=y, y2=y)
    return element("g", line, element("text", str(value), class_="end", x=_LEFT - 6, y=y + 4))


def _steps(across: Sequence[float], up: Sequence[float]) -> str:
    """A line that keeps its height until the next day changes it."""
    parts = [f"M{across[0]:.1f} {up[0]:.1f}"]
    parts += [f"H{x:.1f}V{y:.1f}" for x, y in zip(across[1:], up[1:], strict=True)]
    return "".join(parts)
