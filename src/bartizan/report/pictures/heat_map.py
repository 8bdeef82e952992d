"""The heat map: likelihood up, impact right; each cell counts the risks that were, are and will be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from markupsafe import Markup

from bartizan.catalog.scales import Scales
from bartizan.core.records import Level, Risk
from bartizan.report.names import shade
from bartizan.report.pictures.marks import element
from bartizan.report.wording import band, capital
from bartizan.report.wording import number as counted


def _on_the_page(likelihood: int, impact: int) -> str:
    """Where the cells of a report lead, whatever they stand for: a script there narrows the list."""
    return "#risks"


def heat_map(
    risks: Sequence[Risk], scales: Scales, to: Callable[[int, int], str] = _on_the_page, caption: str = ""
) -> Markup:
    """A table of likelihood by impact. A cell counts inherent as outline, current as solid, residual as dot.

    Cells with risks are links to what `to` says of their likelihood and impact, by default `#risks`; they carry
    `data-cell="likelihood-impact"`, for a script to narrow the list.
    """
    counts = [Counter(_place(getattr(r, stage)) for r in risks) for stage in ("inherent", "current", "residual")]
    columns = range(1, len(scales.impact) + 1)
    rows = [_row(likelihood, columns, counts, scales, to) for likelihood in range(len(scales.likelihood), 0, -1)]
    heads = [element("th", capital(band(scales.impact, i)), scope="col") for i in columns]
    corner = element("td", element("span", "Likelihood ↑"), element("span", "Impact →"), class_="corner")
    return element(
        "table",
        element("caption", caption or "Number of risks by likelihood and impact", class_="away"),
        element("thead", element("tr", corner, *heads)),
        element("tbody", *rows),
        class_="heat",
    )


def _place(level: Level) -> tuple[int, int]:
    return level.likelihood, level.impact


_Counts = list[Counter[tuple[int, int]]]
"""How many risks each cell holds without controls, now and after the plan."""


def _row(likelihood: int, columns: range, counts: _Counts, scales: Scales, to: Callable[[int, int], str]) -> Markup:
    head = element("th", capital(band(scales.likelihood, likelihood)), scope="row")
    return element("tr", head, *(_cell(likelihood, impact, counts, scales, to) for impact in columns))


def _cell(likelihood: int, impact: int, counts: _Counts, scales: Scales, to: Callable[[int, int], str]) -> Markup:
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
    cell = f"{likelihood}-{impact}"
    link = element("a", *marks, href=to(likelihood, impact), data_cell=cell, aria_label=text, title=text)
    return element("td", link, class_=colour)
