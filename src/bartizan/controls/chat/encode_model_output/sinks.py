"""The sinks: where an answer goes, and what makes it safe there."""

from __future__ import annotations

from typing import Literal, TypeAlias

from bartizan.controls.chat.encode_model_output.characters import ESCAPING, Plain, Terminal
from bartizan.controls.chat.encode_model_output.html_fragment import HtmlFragment
from bartizan.controls.chat.encode_model_output.markdown import Markdown
from bartizan.controls.chat.encode_model_output.policy import Addresses
from bartizan.controls.chat.encode_model_output.rewriting import Rewriter, rewritten

Sink: TypeAlias = Literal[
    "plain",
    "html",
    "html_fragment",
    "markdown",
    "sql_parameter",
    "shell_argument",
    "csv_cell",
    "terminal",
    "json_string",
]


def rewriter(sink: Sink, addresses: Addresses, *, inside: bool = False) -> Rewriter:
    """What encodes one text for a sink. ``inside``: for a piece within a text that is encoded already."""
    if sink in ESCAPING:
        return ESCAPING[sink](inside=inside)
    if sink == "html_fragment":
        return HtmlFragment(addresses, inside=inside)
    if sink == "markdown":
        return Markdown(addresses, inside=inside)
    return Terminal() if sink == "terminal" else Plain()


def encoded(text: str, sink: Sink, addresses: Addresses, *, inside: bool = False) -> str:
    """A whole text as it is safe in a sink."""
    return rewritten(rewriter(sink, addresses, inside=inside), text)
