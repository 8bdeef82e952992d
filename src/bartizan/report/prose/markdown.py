"""A document as GitHub-flavoured Markdown; what strangers wrote in it cannot become markup."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.report.gfm import table, text
from bartizan.report.prose.model import Block, Bullets, Gap, Intervals, Pairs, Paragraph, Piece, Prose, Strong


def markdown(prose: Prose) -> str:
    """The document, ending in one line break."""
    lines = [f"# {text(prose.title)}", "", text(prose.lead), ""]
    for section in prose.sections:
        lines += [f"## {text(section.title)}", ""]
        for block in section.blocks:
            lines += _block(block)
    if prose.foot:
        lines += ["---", "", *(line for foot in prose.foot for line in (text(foot), ""))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield " ".join(map(_piece, block.pieces))
        yield ""
    elif isinstance(block, Bullets):
        yield from (f"- {_piece(item)}" for item in block.items)
        yield ""
    elif isinstance(block, Pairs):
        yield from (f"- {_piece(Strong(name))}: {_piece(piece)}" for name, piece in block.rows)
        yield ""
    else:
        block = block.table if isinstance(block, Intervals) else block
        rows = [["<br>".join(map(_piece, lines)) or " " for lines in row] for row in block.rows]
        yield from table([text(column) for column in block.columns], rows)


def _piece(piece: Piece) -> str:
    if isinstance(piece, Gap):
        return f"**[to fill: {text(piece.text)}]**"
    return f"**{text(piece.text)}**" if isinstance(piece, Strong) else text(piece)
