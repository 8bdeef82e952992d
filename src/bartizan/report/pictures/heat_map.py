"""The heat map: likelihood up, impact right; each cell counts the risks that were, are and will be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from bartizan.catalog.scales import Scales
from bartizan.core.records import Level, Risk
from bartizan.report.names import shade
from bartizan.report.pictures.marks import element
from bartizan.report.wording import band, capital
from bartizan.report.wording import number as counted


def heat_map(risks: Sequence[Risk], scales: Scales) -> Markup:
    """A table of likelihood by impact. A cell counts inherent as outline, current as solid, residual as dot.

    Cells with risks are links to `#risks` that carry `data-cell="likelihood-impact"`, for a script to narrow the list.
    """
    counts = [Counter(_place(getattr(r, stage)) for r in risks) for stage in ("inherent", "current", "residual")]
    columns = range(1, len(scales.impact) + 1)
    rows = [_row(likelihood, columns, counts, scales) for likelihood in range(len(scales.likelihood), 0, -1)]
    heads = [element("th", capital(band(scales.impact, i)), scope="col") for i in columns]
    corner = element("td", element("span", "Likelihood ↑"), element("span", "Impact →"), class_="corner")
    return element(
        "table",
        element("caption", "Number of risks by likelihood and impact", class_="away"),
        element("thead", element("tr", corner, *heads)),
        element("tbody", *rows),
        class_="heat",
    )


def _place(level: Level) -> tuple[int, int]:
    return level.likelihood, level.impact


def _row(likelihood: int, columns: range, counts: list[Counter[tuple[int, int]]], scales: Scales) -> Markup:
    head = element("th", capital(band(scales.likelihood, likelihood)), scope="row")
    return element("tr", head, *(_cell(likelihood, impact, counts, scales) for impact in columns))


def _cell(likelihood: int, impact: int, counts: list[Counter[tuple[int, int]]], scales: Scales) -> Markup:
    was, now, then = (c[likelihood, impact] for c in counts)
    level = scales.matrix[likelihood - 1][impact - 1]
    colour = f"h{shade(level, len(scales.levels))}"
    if not (was or now or then):
        return element("td", class_=colour)
    text = (
        f"{counted(now, 'risk')} now, {was or 'none'} without controls, {then or 'none'} after the plan, at likelihood "
        f"{band(scales.likelihood, likelihood)} and impact {band(scales.impact, impact)}"
    )
    marks = [
        element("span", str(number), class_=kind)
        for number, kind in ((was, "was"), (now, "now"), (then, "then"))
        if number
    ]
    link = element("a", *marks, href="#risks", data_cell=f"{likelihood}-{impact}", aria_label=text, title=text)
    return element("td", link, class_=colour)
