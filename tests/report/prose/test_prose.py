"""Documents as Markdown, HTML and for a word processor: what strangers wrote stays text in each."""

from __future__ import annotations

import io
from typing import Any

import docx as peer
from markdown_it import MarkdownIt

from bartizan.report.prose.docx import docx
from bartizan.report.prose.html import html
from bartizan.report.prose.markdown import markdown
from bartizan.report.prose.model import Bullets, Gap, Pairs, Prose, Section, Strong, Table, cell, paragraph

HOSTILE = '<script>alert(1)</script> [a](javascript:x) | `b` **c** \x1b[31m\u202e\x00 & "d" <img src=x onerror=1>'
WHOLE = Prose(
    HOSTILE,
    HOSTILE,
    (
        Section(
            HOSTILE,
            (
                paragraph(HOSTILE, Strong(HOSTILE), Gap(HOSTILE)),
                Bullets((HOSTILE, Gap("say why"))),
                Pairs(((HOSTILE, HOSTILE), ("Kept for", Gap("how long")))),
                Table(HOSTILE, ("A", HOSTILE), ((cell(Strong(HOSTILE), HOSTILE), cell(Gap("who"))),)),
            ),
        ),
    ),
    (HOSTILE,),
)


def test_every_gap_is_counted() -> None:
    assert WHOLE.gaps == 4


def test_markdown_holds_no_markup_of_strangers() -> None:
    made = MarkdownIt("commonmark").enable("table").render(markdown(WHOLE))
    assert "<script" not in made
    assert "<img" not in made
    assert "href" not in made
    assert made.count("to fill:") == 4
    assert "\x1b" not in made


def test_html_holds_no_markup_of_strangers_and_asks_for_nothing() -> None:
    made = html(WHOLE)
    assert made.count("<script") == 1
    assert "<img" not in made
    assert "javascript:x" in made
    assert 'href="' not in made
    assert made.count("<mark>") == 4
    assert "\x1b" not in made


def test_a_word_processor_opens_what_is_written_for_it() -> None:
    made: Any = peer.Document(io.BytesIO(docx(WHOLE)))
    said = "\n".join(p.text for p in made.paragraphs)
    cells = "\n".join(place.text for table in made.tables for row in table.rows for place in row.cells)
    assert (said + cells).count("[to fill: ") == 4
    assert "<script>alert(1)</script>" in said
    assert len(made.tables) == 2
