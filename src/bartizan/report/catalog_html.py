"""A page about the catalogue as one HTML file: no outside requests, everything escaped, usable without the script."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape

from bartizan.report.catalog_page import (
    Bar,
    Block,
    Bullets,
    Facts,
    Heading,
    Page,
    Part,
    Picture,
    Table,
    Text,
    Words,
    clean,
    parts,
)
from bartizan.report.catalog_style import SCRIPT, STYLE
from bartizan.report.pictures.effect_bar import effect_bar
from bartizan.report.pictures.marks import element
from bartizan.report.policy import policy

_FEW = 12
"""A table with fewer rows is seen at a glance and needs no filter."""


def html(page: Page) -> str:
    """The page as a complete HTML document."""
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta http-equiv="Content-Security-Policy" content="%s">') % policy(STYLE, SCRIPT),
        Markup('<meta name="referrer" content="no-referrer">'),
        element("title", f"{clean(page.title)} · Bartizan"),
        element("style", Markup(STYLE)),  # noqa: S704  own text, no variable in it
    )
    body = element(
        "body",
        element(
            "header",
            element("button", "Light or dark", class_="theme", type="button"),
            element("h1", clean(page.title)),
            element("p", clean(page.lead), class_="lead"),
        ),
        element("main", *(_block(block) for block in page.blocks)),
        element("footer", clean(page.foot)) if page.foot else "",
        element("script", Markup(SCRIPT)),  # noqa: S704  own text, no variable in it
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _block(block: Block) -> Markup:
    match block:
        case Heading(text=text, level=level, anchor=anchor):
            return element(f"h{level}", clean(text), id=anchor or None)
        case Text(words=words):
            return element("p", *_inline(words))
        case Bullets():
            return _bullets(block)
        case Facts(rows=rows):
            pairs = [m for name, words in rows for m in (element("dt", clean(name)), element("dd", *_inline(words)))]
            return element("dl", *pairs)
        case Table():
            return _table(block)
        case Picture(svg=svg, beside=beside):
            drawing = Markup(svg)  # noqa: S704  made by `element`, which escapes
            aside = element("aside", *(_block(inner) for inner in beside))
            return element("div", element("div", drawing, class_="wide"), aside, class_="beside")


def _bullets(block: Bullets) -> Markup:
    anchors = block.anchors or ("",) * len(block.items)
    pairs = zip(block.items, anchors, strict=True)
    items = [element("li", *_inline(item), id=anchor or None) for item, anchor in pairs]
    return element("ul", *items) if block.start is None else element("ol", *items, start=block.start)


def _table(table: Table) -> Markup:
    head = element(
        "tr", *(element("th", element("button", clean(c), type="button"), scope="col") for c in table.columns)
    )
    rows = [element("tr", *(element("td", *_inline(cell)) for cell in row)) for row in table.rows]
    caption = element("caption", clean(table.caption))
    widths = [Markup('<col width="%d%%">') % share for share in table.widths]
    columns = element("colgroup", *widths) if widths else ""
    whole = element("table", caption, columns, element("thead", head), element("tbody", *rows))
    return element("div", _tools(table) if len(rows) >= _FEW else "", whole, class_="wide")


def _tools(table: Table) -> Markup:
    label = f"Filter: {clean(table.caption)}"
    words = Markup('<input type="search" placeholder="Filter" aria-label="%s">') % label
    copy = element("button", "Copy as CSV", type="button", class_="copy")
    return element("div", words, copy, element("output"), class_="tools")


def _inline(words: Words) -> Iterator[Markup]:
    for part in parts(words):
        yield _part(part)


def _bar(bar: Bar | None) -> Iterator[Markup | str]:
    """What was measured, after the text of a part."""
    if bar is not None:
        yield " "
        yield effect_bar(bar.low, bar.value, bar.high)
        if bar.text:
            yield " "
            yield element("small", clean(bar.text))


def _part(part: Part) -> Markup:
    text = clean(part.text)
    tip = clean(part.tip) or None
    class_ = part.style if part.style in {"chip", "quiet"} else None
    shown = (
        element({"strong": "strong", "code": "code"}[part.style], text) if part.style in {"strong", "code"} else text
    )
    inner = (shown, *_bar(part.bar))
    if part.style == "break":
        return Markup("<br>")
    if part.to.startswith(("https://", "#")):
        return element("a", *inner, href=part.to, title=tip, class_=class_)
    return element("span", *inner, title=tip, class_=class_) if tip or class_ else Markup("").join(map(escape, inner))
