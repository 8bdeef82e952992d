"""A page about measurements as one HTML file: nothing from outside, everything escaped, usable without its script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from bartizan.report.catalog_page import clean
from bartizan.report.catalog_style import SCRIPT, STYLE
from bartizan.report.lab.style import LAB_SCRIPT, LAB_STYLE
from bartizan.report.pictures.marks import element
from bartizan.report.policy import policy

_STYLE, _SCRIPT = STYLE + LAB_STYLE, SCRIPT + LAB_SCRIPT
_MANY = 12
"""A table with fewer rows is seen at a glance and needs no filter."""


def document(
    title: str, lead: str, parts: Iterable[Markup], foot: Sequence[str], *, style: str = "", script: str = ""
) -> str:
    """A complete HTML document; ``lead`` is the answer to what the page is about.

    ``style`` and ``script`` are own text of a kind of page, on top of what all have: nothing variable may be in them.
    """
    style, script = _STYLE + style, _SCRIPT + script
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta http-equiv="Content-Security-Policy" content="%s">') % policy(style, script),
        Markup('<meta name="referrer" content="no-referrer">'),
        element("title", f"{clean(title)} · Bartizan"),
        element("style", Markup(style)),  # noqa: S704  own text, no variable in it
    )
    body = element(
        "body",
        element(
            "header",
            element("button", "Light or dark", class_="theme", type="button"),
            element("h1", clean(title)),
            element("p", clean(lead), class_="lead"),
        ),
        element("main", *parts),
        element("footer", *(element("p", clean(line)) for line in foot)),
        element("script", Markup(script)),  # noqa: S704  own text, no variable in it
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def section(anchor: str, heading: str, *parts: Markup | str) -> Markup:
    """A part of the page under its heading."""
    return element("section", element("h2", heading, id=anchor), *parts, aria_labelledby=anchor)


def paragraph(text: str) -> Markup:
    """A paragraph of plain text."""
    return element("p", clean(text))


def table(caption: str, columns: Sequence[str], rows: Iterable[Markup]) -> Markup:
    """A table that can be sorted, and filtered where it is long; each row is a `tr` element."""
    made = list(rows)
    heads = (element("th", element("button", name, type="button"), scope="col") for name in columns)
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *made),
    )
    return element(
        "div",
        _tools(caption) if len(made) >= _MANY else "",
        whole,
        class_="wide",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def _tools(caption: str) -> Markup:
    words = Markup('<input type="search" placeholder="Filter" aria-label="%s">') % f"Filter: {caption}"
    copy = element("button", "Copy as CSV", type="button", class_="copy")
    return element("div", words, copy, element("output"), class_="tools")


def cell(*inner: Markup | str) -> Markup:
    """A cell; plain text in it is put on one line and escaped."""
    return element("td", *(part if isinstance(part, Markup) else clean(part) for part in inner))


def quiet(text: str) -> tuple[Markup, Markup]:
    """A remark under what stands in a cell."""
    return Markup("<br>"), element("span", clean(text), class_="quiet")


def strong(text: str) -> Markup:
    """What a row is about."""
    return element("strong", clean(text))


def rate(text: str, *more: Markup) -> Markup:
    """A cell for counts with their interval, on one line."""
    return element("td", text, *more, class_="r")


def number(text: str) -> Markup:
    """A cell for a single number."""
    return element("td", text, class_="n")


def figure(title: str, drawing: Markup, foot: str = "") -> Markup:
    """A picture under what it finds."""
    caption = element("figcaption", element("strong", clean(title)), class_="finding")
    return element("figure", caption, drawing, element("p", clean(foot), class_="quiet small") if foot else "")
