"""Reading texts out of installed packages and unpacked Debian packages."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

_GONE = re.compile(r"(?s)<(script|style|head)\b.*?</\1>|<!--.*?-->")
_TAG = re.compile(r"<[^>]{1,2000}>")
_GAPS = re.compile(r"\n\s*\n+")


class Text:
    """One text of a corpus."""

    def __init__(self, source: str, text: str, *, bad: bool, language: str = "en", role: str = "data") -> None:
        self.source, self.text, self.bad, self.language, self.role = source, text, bad, language, role


def plain(page: str) -> str:
    """What a page of HTML says, without its markup."""
    text = html.unescape(_TAG.sub(" ", _GONE.sub(" ", page)))
    return _GAPS.sub("\n\n", re.sub(r"[ \t]+", " ", text)).strip()


def pages(folder: Path, pattern: str = "*.html", *, shortest: int = 400, longest: int = 60_000) -> Iterator[str]:
    """The texts of the pages in a folder, in the order of their names."""
    for file in sorted(folder.rglob(pattern)):
        if file.is_file() and not file.is_symlink():
            text = plain(file.read_text(encoding="utf-8", errors="ignore"))
            if len(text) >= shortest:
                yield text[:longest]


def strings(file: Path, shortest: int = 1) -> Iterator[str]:
    """The string constants of a Python file; f-strings without what is filled in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = _constant(node) if id(node) not in inside else ""
        if len(text) >= shortest:
            yield text


def _constant(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_constant(part) or "it" for part in node.values)
    return ""


def assigned(file: Path, name: str) -> Iterator[str]:
    """The texts assigned to a name anywhere in a Python file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            text = _constant(node.value)
            if text:
                yield text


def spread(texts: list[str], most: int) -> list[str]:
    """At most so many of them, evenly from all over."""
    if len(texts) <= most:
        return texts
    return [texts[at * len(texts) // most] for at in range(most)]
