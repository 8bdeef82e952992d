"""A page about the catalogue, before it has a form: blocks that the terminal, Markdown and HTML each render their way.

The renderers escape; what stands in a block is plain text from the catalogue or from a stranger's folder.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.report.wording import plain

Style: TypeAlias = Literal["plain", "strong", "quiet", "code", "chip", "break"]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A measured reduction of the success of attacks with its interval, in shares of 1, and in words."""

    text: str
    low: float
    value: float
    high: float


class Part(msgspec.Struct, frozen=True):
    """A piece of text in one style, with where it leads (an address or an anchor on the page) and a hint."""

    text: str
    style: Style = "plain"
    to: str = ""
    tip: str = ""
    bar: Bar | None = None
    """What was measured, drawn beside the text where a format can draw; its words stand there in all formats."""


Words: TypeAlias = str | Part | tuple[Part, ...]
"""What may stand in a line or a cell. Chips that follow each other are set apart by the renderer."""


BREAK = Part("", "break")
"""A new line inside a cell."""


class Heading(msgspec.Struct, frozen=True):
    """The name of a part of the page; ``level`` counts from 2."""

    text: str
    level: int = 2
    anchor: str = ""


class Text(msgspec.Struct, frozen=True):
    """A paragraph."""

    words: Words


class Bullets(msgspec.Struct, frozen=True):
    """A list; with ``start`` its items are numbered from there."""

    items: tuple[Words, ...]
    start: int | None = None
    anchors: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    """Names and what belongs to them, in two columns."""

    rows: tuple[tuple[str, Words], ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under columns; a reader of the HTML page can sort and filter them. ``caption`` is for who cannot see it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    widths: tuple[int, ...] = ()
    """Shares of the width in percent, where tables that follow each other should line up."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing as SVG, for formats that can show it, and the blocks that stand beside it."""

    svg: str
    beside: tuple[Heading | Text | Bullets, ...] = ()


Block: TypeAlias = Heading | Text | Bullets | Facts | Table | Picture


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page answers one question; ``lead`` is the answer in a line."""

    title: str
    lead: str
    blocks: tuple[Block, ...]
    foot: str = ""


def parts(words: Words) -> tuple[Part, ...]:
    """The words as parts."""
    if isinstance(words, str):
        return (Part(words),)
    return (words,) if isinstance(words, Part) else words


def written(part: Part) -> str:
    """The text of a part with the words of its bar, for formats that draw none."""
    return f"{part.text} ({part.bar.text})" if part.bar is not None and part.bar.text else part.text


def clean(text: str) -> str:
    """The text on one line, without what could garble a terminal or a page; a space at either end stays."""
    before, after = text[:1].isspace(), text[1:] and text[-1:].isspace()
    return f"{' ' * before}{plain(text)}{' ' * bool(after)}"
