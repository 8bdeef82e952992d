"""The results of tests of chat targets as files: JSON, which ``--baseline`` reads again, and what people read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.core.chat_results import ChatResults, Since
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import read_bytes
from bartizan.report.chat.markdown import chat_markdown
from bartizan.report.chat.page import chat_page
from bartizan.report.chat.sarif import chat_sarif

Writer = Callable[[ChatResults, Since | None], str]
_MOST = 512_000_000


def json_text(results: ChatResults, since: Since | None) -> str:
    """All of it, as `read_results` reads it."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1).decode() + "\n"


WRITERS: dict[str, Writer] = {
    ".json": json_text,
    ".html": chat_page,
    ".md": chat_markdown,
    ".sarif": chat_sarif,
}
"""By the ending of the file."""


def writer_for(out: Path) -> Writer:
    """What makes the text of a file with this ending. Raises InputError for another."""
    found = WRITERS.get(out.suffix.lower())
    if found is None or out.is_dir():
        fix = f"end it in {', '.join(WRITERS)}"
        raise InputError([Problem(file=str(out), finding="no format of results ends like this", fix=fix)])
    return found


def read_results(file: Path) -> ChatResults:
    """Results that were written as JSON. Raises InputError for anything else."""
    try:
        return msgspec.json.decode(read_bytes(file, _MOST), type=ChatResults)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        fix = "give a file that 'bartizan test --results FILE.json' wrote"
        raise InputError([Problem(file=str(file), finding=f"these are no results of ours: {wrong}", fix=fix)]) from None
