"""The picture of a plan: how many risks stay above appetite as money is spent, in one's own order and as suggested."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.report.pictures.marks import element
from bartizan.report.wording import amount, plain
from bartizan.workflows.plan_desk import Course

_WIDE, _HIGH = 640.0, 190.0
_LEFT, _RIGHT, _TOP, _FOOT = 30.0, 132.0, 14.0, 40.0
_STEPS = (1, 2, 5)


def reach(course: Course) -> tuple[int, float, int]:
    """After how many controls, at which cost, no more risk comes within appetite; and how many then stay above."""
    best = min((stage.above for stage in course.stages), default=course.above)
    if best == course.above:
        return 0, 0.0, best
    place = next(n for n, stage in enumerate(course.stages, 1) if stage.above == best)
    return place, course.stages[place - 1].cost, best


def course_picture(mine: Course, suggested: Course, unit: str, *, is_own: bool, said: str) -> Markup:
    """Risks above appetite over what was spent; the suggested order beside one's own. `said` is the finding."""
    most = max(1, mine.above)
    end = 1.12 * max(reach(mine)[1], reach(suggested)[1], 1.0)
    lines = [_line(mine, end, most, "mine", "your order" if is_own else "suggested order")]
    if is_own:
        lines.insert(0, _line(suggested, end, most, "theirs", "suggested order"))
    return element(
        "svg",
        element("title", said),
        *(_level(value, most) for value in _ticks(most)),
        *(_day(value, end) for value in _ticks(end)),
        element("text", f"spent, in {plain(unit)}", class_="axis end", x=_WIDE - _RIGHT, y=_HIGH - 4),
        *_labelled(lines),
        class_="course",
        viewBox=f"0 0 {_WIDE:.0f} {_HIGH:.0f}",
        role="img",
    )


_Line = tuple[Markup, str, float, str]
"""The drawn line, its label, the height at which it ends, its kind."""


def _line(course: Course, end: float, most: int, kind: str, label: str) -> _Line:
    last = _up(course.above, most)
    parts = [f"M{_across(0, end):.1f} {last:.1f}"]
    for stage in course.stages:
        y = _up(stage.above, most)
        if stage.cost <= end and y != last:
            parts.append(f"H{_across(stage.cost, end):.1f}V{y:.1f}")
            last = y
    parts.append(f"H{_WIDE - _RIGHT:.1f}")
    return element("path", class_=f"line {kind}", d="".join(parts)), label, last, kind


def _labelled(lines: list[_Line]) -> list[Markup]:
    """The lines with their names at the end, apart where they end at one height."""
    heights = [height for _, _, height, _ in lines]
    apart = [4.0, 4.0] if len(lines) < 2 or abs(heights[0] - heights[1]) >= 14 else [-3.0, 11.0]
    found = []
    for (drawn, label, height, kind), lower in zip(lines, apart, strict=False):
        found += [drawn, element("text", label, class_=f"label {kind}", x=_WIDE - _RIGHT + 8, y=height + lower)]
    return found


def _across(cost: float, end: float) -> float:
    return _LEFT + cost / end * (_WIDE - _LEFT - _RIGHT)


def _up(value: float, most: int) -> float:
    return _HIGH - _FOOT - value / most * (_HIGH - _FOOT - _TOP)


def _ticks(most: float) -> list[float]:
    """Round values from 0, at most six of them."""
    size = 1.0
    while True:
        for step in _STEPS:
            if most / (size * step) <= 5:
                return [size * step * n for n in range(int(most / (size * step)) + 1)]
        size *= 10


def _level(value: float, most: int) -> Markup:
    y = _up(value, most)
    line = element("line", class_="scale", x1=_LEFT, x2=_WIDE - _RIGHT, y1=y, y2=y)
    return element("g", line, element("text", amount(value), class_="axis end", x=_LEFT - 6, y=y + 4))


def _day(value: float, end: float) -> Markup:
    return element("text", amount(value), class_="axis middle", x=_across(value, end), y=_HIGH - _FOOT + 16)
