"""A document for a word processor (Office Open XML), to be filled and signed; needs the extra `docx`."""

from __future__ import annotations

import datetime
import io
from typing import Any

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.report.prose.model import Block, Bullets, Gap, Intervals, Pairs, Paragraph, Piece, Prose, Strong

_LONGEST = 4_000
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def docx(prose: Prose) -> bytes:
    """The document as a file. Gaps are highlighted. Raises MissingExtra where python-docx is absent."""
    made = need("docx").Document()
    made.core_properties.title = _plain(prose.title)[:255]
    made.core_properties.author = "Bartizan"
    made.core_properties.created = made.core_properties.modified = _EPOCH
    made.add_heading(_plain(prose.title), 0)
    made.add_paragraph(_plain(prose.lead))
    for section in prose.sections:
        made.add_heading(_plain(section.title), 1)
        for block in section.blocks:
            _block(made, block)
    for line in prose.foot:
        made.add_paragraph(_plain(line), style="Caption")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _block(made: Any, block: Block) -> None:
    if isinstance(block, Paragraph):
        _run(made.add_paragraph(), block.pieces, " ")
    elif isinstance(block, Bullets):
        for item in block.items:
            _run(made.add_paragraph(style="List Bullet"), (item,), " ")
    elif isinstance(block, Pairs):
        table = made.add_table(rows=0, cols=2, style="Table Grid")
        for name, piece in block.rows:
            left, right = table.add_row().cells
            _run(left.paragraphs[0], (Strong(name),), " ")
            _run(right.paragraphs[0], (piece,), " ")
        made.add_paragraph()
    else:
        block = block.table if isinstance(block, Intervals) else block
        table = made.add_table(rows=1, cols=len(block.columns), style="Table Grid")
        for place, column in zip(table.rows[0].cells, block.columns, strict=True):
            _run(place.paragraphs[0], (Strong(column),), "\n")
        for row in block.rows:
            for place, lines in zip(table.add_row().cells, row, strict=True):
                _run(place.paragraphs[0], lines, "\n")
        made.add_paragraph()


def _run(paragraph: Any, pieces: tuple[Piece, ...], between: str) -> None:
    for i, piece in enumerate(pieces):
        text = piece if isinstance(piece, str) else piece.text
        told = f"[to fill: {_plain(text)}]" if isinstance(piece, Gap) else _plain(text)
        run = paragraph.add_run((between if i else "") + told)
        run.bold = isinstance(piece, Strong) or None
        if isinstance(piece, Gap):
            run.font.highlight_color = need("docx.enum.text").WD_COLOR_INDEX.YELLOW


def _plain(text: str) -> str:
    """What XML can hold, on one line."""
    return printable(text, _LONGEST)
