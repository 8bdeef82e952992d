"""Pieces of GitHub-flavoured Markdown: text that cannot become markup, links that lead where they say, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from bartizan.report.wording import plain

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL = re.compile(r"[\\`*_{}\[\]()|~$!#&<>^=:@]")
_LIST = re.compile(r"^([-+]|\d+(?=[.)](?:\s|$)))")
_WWW = re.compile(r"\bwww\.", re.IGNORECASE)


def text(value: str) -> str:
    """The value as one line that renders as itself: no markup, HTML, table cell, link or maths can come of it.

    A colon gets a backslash only where an address could begin, so that prose stays readable in the source.
    """
    line = plain(value)
    line = _SPECIAL.sub(lambda m: _escape(line, m), line)
    line = _WWW.sub(lambda m: m.group()[:-1] + "\\.", line)
    return _LIST.sub(_guard, line)


def _escape(line: str, found: re.Match[str]) -> str:
    sign = found.group()
    if sign in _ENTITIES:
        return _ENTITIES[sign]
    before, after = line[: found.start()], line[found.end() :]
    if sign == ":" and not _opens_address(before, after):
        return sign
    if sign in "_()=!#^" and not _matters(sign, before, after):
        return sign
    return f"\\{sign}"


def _opens_address(before: str, after: str) -> bool:
    return after.startswith("//") or before.lower().endswith(("mailto", "xmpp", "javascript", "data"))


def _matters(sign: str, before: str, after: str) -> bool:
    """Whether a sign that is mostly harmless could open something where it stands."""
    if sign == "_":
        return not (before[-1:].isalnum() and after[:1].isalnum())
    if sign in "()":
        return sign == "(" and before.endswith("]")
    if sign == "!":
        return after.startswith("[")
    return not before or before.endswith(sign) or after.startswith(sign)


def _guard(found: re.Match[str]) -> str:
    sign = found.group()
    return f"&#{ord(sign[0])};{sign[1:]}"


def code(value: str) -> str:
    """An identifier as code. What a code span cannot hold safely inside a table becomes plain text."""
    line = plain(value)
    return f"`{line}`" if line and not set(line) & set("`|\\") else text(line)


def link(label: str, address: str) -> str:
    """A link to a web address; the label alone where the address is none."""
    if not address.startswith(("https://", "http://")):
        return text(label)
    return f"[{text(label)}]({quote(address, safe=':/?#&=%~._-+,;@')})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> list[str]:
    """The lines of a table. Cells are Markdown already; ``align`` has l, r or c for each column."""
    marks = {"l": "---", "r": "---:", "c": ":---:"}
    rule = [marks[a] for a in (align or "l" * len(header))]
    return [_row(header), _row(rule), *map(_row, rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def bullets(items: Iterable[str]) -> list[str]:
    """The lines of a list, with the empty line that ends it."""
    lines = [f"- {item}" for item in items]
    return [*lines, ""] if lines else []
