"""What a document is made of: sections of paragraphs, lists and tables, with gaps that a reader must fill."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Gap(msgspec.Struct, frozen=True):
    """Something that is missing and that only people can say: marked as such wherever it is shown."""

    text: str


class Strong(msgspec.Struct, frozen=True):
    """What a row or a sentence is about."""

    text: str


Piece: TypeAlias = str | Strong | Gap
"""A run of text. Plain text in it is a stranger's: renderers escape it."""


class Paragraph(msgspec.Struct, frozen=True):
    """Pieces on one line, one after another."""

    pieces: tuple[Piece, ...]


class Bullets(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple[Piece, ...]


class Table(msgspec.Struct, frozen=True):
    """A table; each cell holds lines, the first of which says most."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[Piece, ...], ...], ...]


class Pairs(msgspec.Struct, frozen=True):
    """What is known of one thing: a name and what it is, one under the other."""

    rows: tuple[tuple[str, Piece], ...]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A number within its interval, or why there is none, in words; without `ends` nothing is drawn."""

    name: Piece
    words: Piece
    value: float = 0.0
    ends: tuple[float, float] | None = None
    note: str = ""


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers within their intervals, one under the other: drawn on one scale of 0 to `top` where it can be drawn."""

    caption: str
    columns: tuple[str, str, str]
    """What the name, the words and the notes of bars are."""
    bars: tuple[Bar, ...]
    top: float = 1.0

    @property
    def table(self) -> Table:
        """The same without a picture."""
        rows = tuple((cell(bar.name), cell(bar.words), cell(bar.note)) for bar in self.bars)
        return Table(self.caption, self.columns, rows)


Block: TypeAlias = Paragraph | Bullets | Pairs | Table | Intervals


class Section(msgspec.Struct, frozen=True):
    """A part of a document under its heading."""

    title: str
    blocks: tuple[Block, ...]


class Prose(msgspec.Struct, frozen=True):
    """A document: its first line is the answer."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    foot: tuple[str, ...] = ()

    @property
    def gaps(self) -> int:
        """How many places a reader must fill."""
        return sum(isinstance(piece, Gap) for section in self.sections for piece in _pieces(section))


def _pieces(section: Section) -> list[Piece]:
    found: list[Piece] = []
    for one in section.blocks:
        block = one.table if isinstance(one, Intervals) else one
        if isinstance(block, Paragraph):
            found += block.pieces
        elif isinstance(block, Bullets):
            found += block.items
        elif isinstance(block, Pairs):
            found += [piece for _, piece in block.rows]
        else:
            found += [piece for row in block.rows for cell in row for piece in cell]
    return found


def paragraph(*pieces: Piece) -> Paragraph:
    """A paragraph of these pieces."""
    return Paragraph(pieces)


def cell(*lines: Piece) -> tuple[Piece, ...]:
    """A cell of these lines; empty ones are left out."""
    return tuple(line for line in lines if line)
