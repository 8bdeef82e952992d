"""A page about the catalogue as Markdown."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from bartizan.report import gfm
from bartizan.report.catalog_page import (
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
    written,
)
from bartizan.report.catalog_page import parts as parts_of


def markdown(page: Page) -> str:
    """The page as Markdown. Drawings are left out; their content stands in the tables and lists of the page."""
    lines = [f"# {gfm.text(page.title)}", "", gfm.text(page.lead), ""]
    for block in page.blocks:
        if written := list(_block(block)):
            lines.extend((*written, ""))
    if page.foot:
        lines.extend((gfm.text(page.foot), ""))
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text=text, level=level):
            yield f"{'#' * level} {gfm.text(text)}"
        case Text(words=words):
            yield _inline(words)
        case Bullets(items=items, start=start):
            for i, item in enumerate(items, start or 1):
                yield f"{f'{i}.' if start is not None else '-'} {_inline(item)}"
        case Facts(rows=rows):
            yield from (f"- **{gfm.text(name)}**: {_inline(words)}" for name, words in rows)
        case Table(columns=columns, rows=table_rows):
            header = [gfm.text(column) for column in columns]
            yield from gfm.table(header, [[_inline(cell) for cell in row] for row in table_rows])[:-1]
        case Picture():
            pass  # what it shows stands in the page's tables as well


def _inline(words: Words) -> str:
    said = ""
    for previous, part in itertools.pairwise((None, *parts_of(words))):
        assert part is not None
        if previous is not None and previous.style == part.style == "chip":
            said += ", "
        said += _part(part)
    return said.strip()


def _part(part: Part) -> str:
    if part.style == "break":
        return "<br>"
    if not part.text.strip():
        return part.text[:1]
    if part.to.startswith("https://"):
        text = gfm.link(part.text, part.to)
        if part.bar is not None and part.bar.text:
            text += gfm.text(f" ({part.bar.text})")
    else:
        text = gfm.code(part.text) if part.style == "code" else gfm.text(written(part))
    if part.style == "strong":
        text = f"**{text}**"
    return f"{' ' * part.text[:1].isspace()}{text}{' ' * part.text[-1:].isspace()}"
