"""How planted text is hidden from people while a model still reads it: markup, comments, attributes, characters.

Which way fits depends on what the content is: a web page and an HTML mail have CSS; a Markdown document has comments; a
file's name has neither, but may hold characters that no font shows.
"""

from __future__ import annotations

import html
import re
from typing import Literal, TypeAlias, get_args

from bartizan.attacks.chat.variations.invisible import INVISIBLE, in_selectors, in_tags
from bartizan.attacks.chat.variations.kept import changed
from bartizan.core.transcript import Surface

Style: TypeAlias = Literal["white", "zero_size", "off_screen", "not_displayed"]
Markup: TypeAlias = Literal[Style, "html_comment", "markdown_comment", "attribute"]
Characters: TypeAlias = Literal["zero_width", "tags", "selectors"]
"""``zero_width`` hides words from filters, not from people; the others hide them from people too."""
Hiding: TypeAlias = Literal["visible", Markup, Characters]
Form: TypeAlias = Literal["html", "markdown", "plain"]
"""What the content around it is written in."""

MARKUPS: tuple[Markup, ...] = (*get_args(Style), "html_comment", "markdown_comment", "attribute")
CHARACTERS: tuple[Characters, ...] = get_args(Characters)

_CSS: dict[str, str] = {
    "white": "color:#ffffff;background-color:#ffffff",
    "zero_size": "font-size:0;line-height:0",
    "off_screen": "position:absolute;left:-9999px;top:-9999px",
    "not_displayed": "display:none",
}
_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A transparent picture of one pixel, so that its text is never shown in its place."""
_HTML: frozenset[Surface] = frozenset({"web_page", "email"})
_MARKDOWN: frozenset[Surface] = frozenset({"document", "ticket"})
_SPACES = re.compile(r"\s+")


def ways_of_markup(surface: Surface) -> tuple[Markup, ...]:
    """The kinds of markup that can hide something there; none where the content is plain text."""
    if surface in _HTML:
        return tuple(one for one in MARKUPS if one != "markdown_comment")
    return ("html_comment", "markdown_comment", "attribute") if surface in _MARKDOWN else ()


def form_of(surface: Surface, hiding: Hiding) -> Form:
    """What the content must be written in. A mail is plain text unless its hiding needs HTML."""
    if surface == "web_page" or (surface == "email" and hiding in MARKUPS):
        return "html"
    return "markdown" if surface in _MARKDOWN else "plain"


def hidden(text: str, hiding: Hiding, form: Form) -> str:
    """The text as a paragraph of content in that form. Raises ValueError where such content cannot hide it so."""
    if hiding in CHARACTERS:
        text = in_characters(text, hiding)
    if hiding == "visible" or hiding in CHARACTERS:
        return f"<p>{_escaped(text)}</p>" if form == "html" else text
    if form == "plain" or (form == "markdown" and hiding in _CSS) or (form == "html" and hiding == "markdown_comment"):
        raise ValueError(f"{form} content cannot hide text by {hiding.replace('_', ' ')}")
    return _in_markup(text, hiding, form)


def in_characters(text: str, way: str) -> str:
    """The text with, or in, characters that do not show."""
    if way == "tags":
        return in_tags(text)
    return in_selectors(text) if way == "selectors" else changed(text, INVISIBLE[0].join)


def _in_markup(text: str, way: str, form: Form) -> str:
    if way in _CSS:
        return f'<div style="{_CSS[way]}">{_escaped(text)}</div>'
    if way == "html_comment":
        return f"<!-- {_without_end(text)} -->"
    line = _SPACES.sub(" ", text).strip()
    if way == "markdown_comment":
        return f'[//]: # "{_quoted(line)}"'
    if form == "markdown":
        return f'![]({_PIXEL} "{_quoted(line)}")'
    return f'<p><img src="{_PIXEL}" width="1" height="1" alt="{html.escape(line)}"></p>'


def _without_end(text: str) -> str:
    """Nothing in it ends a comment that begins with a space (HTML, section 13.1.6)."""
    while "--" in text:
        text = text.replace("--", "- -")
    return text


def _quoted(line: str) -> str:
    """What may stand between double quotes as a Markdown title: a backslash would escape what follows."""
    return line.replace("\\", "\\\\").replace('"', "'")


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>\n")
