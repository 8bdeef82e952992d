"""A document as one HTML file: nothing from outside, everything escaped, usable without its script."""

from __future__ import annotations

from markupsafe import Markup

from bartizan.report.catalog_page import clean
from bartizan.report.lab.document import document, section, strong, table
from bartizan.report.pictures.interval_bar import interval_bar
from bartizan.report.pictures.marks import element
from bartizan.report.prose.model import Bar, Block, Bullets, Gap, Intervals, Pairs, Paragraph, Piece, Prose, Strong

_STYLE = """
mark { background: none; color: inherit; border: 1px dashed currentColor; border-radius: 3px; padding: 0 4px; }
table.pairs { margin: 4px 0 20px; max-width: 88ch; }
table.pairs th { width: 22ch; text-align: left; vertical-align: top; font-weight: 600; color: inherit; }
.intervals table { table-layout: fixed; max-width: 128ch; }
.intervals th:nth-child(1) { width: 24%; }
.intervals th:nth-child(2) { width: 24%; }
.intervals th:nth-child(3) { width: 220px; }
.intervals h3 { margin: 20px 0 4px; }
svg.interval { display: block; color: inherit; }
svg.interval .scale { stroke: currentColor; opacity: .25; }
svg.interval .reach { stroke: currentColor; stroke-width: 2; fill: none; }
svg.interval circle { fill: currentColor; }
mark::before { content: "to fill: "; font-weight: 600; }
"""


def html(prose: Prose) -> str:
    """The document as self-contained HTML, in UTF-8. Pure."""
    parts = (
        section(f"part-{i}", clean(part.title), *map(_block, part.blocks)) for i, part in enumerate(prose.sections, 1)
    )
    return document(prose.title, prose.lead, parts, prose.foot, style=_STYLE)


def _block(block: Block) -> Markup:
    if isinstance(block, Paragraph):
        return element("p", *_spaced(block.pieces, Markup(" ")))
    if isinstance(block, Bullets):
        return element("ul", *(element("li", _piece(item)) for item in block.items))
    if isinstance(block, Pairs):
        return element("table", element("tbody", *(_pair(name, piece) for name, piece in block.rows)), class_="pairs")
    if isinstance(block, Intervals):
        name, words, note = map(clean, block.columns)
        bars = (_bar(bar, block.top) for bar in block.bars)
        made = table(clean(block.caption), [name, words, f"0 to {block.top:g}", note], bars)
        return element("div", element("h3", clean(block.caption)), made, class_="intervals")
    rows = (element("tr", *(element("td", *_spaced(lines, Markup("<br>"))) for lines in row)) for row in block.rows)
    return table(clean(block.caption), [clean(column) for column in block.columns], rows)


def _pair(name: str, piece: Piece) -> Markup:
    return element("tr", element("th", clean(name), scope="row"), element("td", _piece(piece)))


def _bar(bar: Bar, top: float) -> Markup:
    drawn = interval_bar(bar.value / top, bar.ends[0] / top, bar.ends[1] / top) if bar.ends is not None else Markup("")
    cells = (_piece(bar.name), _piece(bar.words), drawn, clean(bar.note))
    return element("tr", *(element("td", cell) for cell in cells))


def _spaced(pieces: tuple[Piece, ...], between: Markup) -> list[Markup]:
    return [part for i, piece in enumerate(pieces) for part in ((between,) if i else ()) + (_piece(piece),)]


def _piece(piece: Piece) -> Markup:
    if isinstance(piece, Gap):
        return element("mark", clean(piece.text))
    return strong(piece.text) if isinstance(piece, Strong) else Markup("%s") % clean(piece)
