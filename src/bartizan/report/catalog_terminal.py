"""A page about the catalogue for the terminal. It needs rich, so it is loaded only when something is to be printed."""

from __future__ import annotations

import io
import itertools

import rich.box
import rich.console
import rich.table
import rich.text

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
    clean,
    parts,
    written,
)

_STYLES = {"plain": "", "strong": "bold", "quiet": "dim", "code": "", "chip": "", "break": ""}
_PROSE = 100


def terminal(page: Page, width: int, *, colour: bool) -> str:
    """The page as text of at most ``width`` columns; without ``colour`` there are no escape codes in it."""
    console = rich.console.Console(
        file=io.StringIO(),
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    console.print(_text(page.title, "bold"))
    _prose(console, _text(page.lead))
    for previous, block in itertools.pairwise((None, *page.blocks)):
        assert block is not None
        if not isinstance(block, Picture) and not (isinstance(previous, Heading) and previous.level > 2):
            console.print()
        _print(console, block)
    if page.foot:
        console.print()
        _prose(console, _text(page.foot, "dim"))
    assert isinstance(console.file, io.StringIO)
    written = console.file.getvalue()
    return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"


def _print(console: rich.console.Console, block: Block) -> None:
    match block:
        case Heading(text=text, level=level):
            console.print(_text(text.upper() if level == 2 else text, "bold"))
        case Text(words=words):
            _prose(console, _text(words))
        case Bullets(items=items, start=start):
            for i, item in enumerate(items, start or 1):
                _hanging(console, f"{i:>3} " if start is not None else "  - ", _text(item))
        case Facts(rows=rows):
            for name, words in rows:
                _hanging(console, f"  {clean(name)}: ", _text(words), indent=6)
        case Table():
            console.print(_table(block))
        case Picture():
            pass  # what it shows stands in the page's tables as well


def _prose(console: rich.console.Console, text: rich.text.Text) -> None:
    console.print(text, width=min(console.width, _PROSE))


def _hanging(console: rich.console.Console, mark: str, text: rich.text.Text, indent: int = 0) -> None:
    """The text after a mark; further lines are set under the first."""
    width = min(console.width, _PROSE)
    indent = indent or len(mark)
    lead = rich.text.Text(mark)
    lead.append_text(text)
    first, *rest = lead.wrap(console, width)
    console.print(first)
    if rest:
        tail = _text("")
        for line in rest:
            tail.append_text(line if line.plain.endswith(" ") else line + _text(" "))
        for line in tail.wrap(console, width - indent):
            padded = rich.text.Text(" " * indent)
            padded.append_text(line)
            console.print(padded)


def _text(words: Words, style: str = "") -> rich.text.Text:
    text = rich.text.Text(style=style, overflow="fold")
    for previous, part in itertools.pairwise((None, *parts(words))):
        assert part is not None
        if previous is not None and previous.style == part.style == "chip":
            text.append(", ")
        text.append("\n" if part.style == "break" else clean(written(part)), style=_STYLES[part.style])
    return text


def _table(table: Table) -> rich.table.Table:
    shown = rich.table.Table(
        box=rich.box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", expand=bool(table.widths)
    )
    for i, column in enumerate(table.columns):
        ids = all(_is_id(row[i]) for row in table.rows)
        share = table.widths[i] if table.widths and not ids else None
        shown.add_column(_text(column), overflow="fold", ratio=share, no_wrap=ids)
    for row in table.rows:
        shown.add_row(*(_text(cell) for cell in row))
    return shown


def _is_id(words: Words) -> bool:
    return isinstance(words, Part) and words.style == "code"
