"""A front as a page to explore: two charts and a table that point at each other by mouse, touch and keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from bartizan.core.front import Front, Setting
from bartizan.report.lab.chart_svg import chart_svg
from bartizan.report.lab.document import cell, document, figure, number, paragraph, rate, section, strong, table
from bartizan.report.lab.front_chart import beats, finding, foot, front_charts
from bartizan.report.lab.ranges import rate_range
from bartizan.report.pictures.marks import element

_LEGEND = (
    "A star is the recommended setting, a filled dot one that nothing else beats in every respect, a ring one that "
    "another setting beats, a cross one that hides gradients more than it protects. Whiskers are 95 % intervals. "
    "Move over a point or a row, or reach it by Tab and the arrow keys, to find the same setting everywhere."
)


def front_page(front: Front) -> str:
    """The front as a self-contained HTML document, in UTF-8. The same front gives the same text."""
    return document(f"Tuning {front.control}", f"{finding(front)}.", _parts(front), _foot(front))


def _parts(front: Front) -> Iterator[Markup]:
    if not front.settings:
        yield section(
            "none", "Nothing to draw", paragraph("No setting was measured, so there is nothing to choose from.")
        )
        return
    yield paragraph(beats(front))
    if front.recommended:
        yield paragraph(f"Why {front.recommended}: {front.why}.")
    charts = (figure(chart.title, chart_svg(chart)) for chart in front_charts(front))
    start = "Choose a point to read about its setting."
    yield element("div", *charts, class_="charts")
    yield element("p", start, class_="told", role="status")
    yield element("p", _LEGEND, class_="quiet small")
    columns = ("Setting", "Attacks succeed", "Interval, 0 to 100 %", "Accuracy", "ms an answer", "Verdict")
    measured = [one for one in front.settings if one.success.value is not None]
    yield section(
        "settings", "Settings", table("Settings", columns, (_row(front, k, s) for k, s in enumerate(measured)))
    )


def _row(front: Front, key: int, one: Setting) -> Markup:
    return element(
        "tr",
        cell(strong(one.label) if one.label == front.recommended else one.label),
        rate(str(one.success)),
        cell(rate_range(one.success)),
        rate(str(one.accuracy)),
        number(f"{one.latency_ms:.2f}"),
        cell(_verdict(front, one)),
        data_key=key,
    )


def _verdict(front: Front, one: Setting) -> str:
    said = (
        "★ recommended" if one.label == front.recommended else "",
        "meets what was stated" if one.meets else "does not meet what was stated",
        "" if one.on_front else "another setting beats it",
        f"hides gradients: {one.masks_gradients}" if one.masks_gradients else "",
    )
    return "; ".join(filter(None, said))


def _foot(front: Front) -> tuple[str, ...]:
    digests = ", ".join(f"{name} {digest}" for name, digest in front.digests.items())
    return tuple(filter(None, (foot(front), digests)))
