"""A command line of the toy shell, cut into what it means. Only text is handled here; nothing is run.

Sequences (; && || & and new lines), pipes, > and >>, quotes, and the places where a variable or the output of another
command belongs: those are filled after the cutting, so that what they hold is never read as shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

_OPERATORS = ";|&>\n"
_INNER = re.compile(r"\$\(([^()]*)\)|`([^`]*)`|\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_HOLE = re.compile("\ue000([0-9]{1,3})\ue001")
PIECES = 20
"""Commands in a sequence, and places to fill, at most: the rest is dropped."""
PIPES = 6


@dataclass(kw_only=True)
class Simple:
    """One command: its words, and the file that its output goes into."""

    words: list[str] = field(default_factory=list)
    into: str = ""
    appends: bool = False


def parsed(command: str, fill: Callable[[str, str], str]) -> list[list[Simple]]:
    """The pipelines of a command line, in order. ``fill`` gives the value of (inner command, variable)."""
    values: list[str] = []

    def hole(found: re.Match[str]) -> str:
        values.append(fill(found[1] or found[2] or "", found[3] or ""))
        return f"\ue000{len(values) - 1}\ue001"

    plain = command.replace("\ue000", "").replace("\ue001", "")
    tokens = _tokens(_INNER.sub(hole, plain, count=PIECES))

    def filled(word: str) -> str:
        return _HOLE.sub(lambda found: values[int(found[1])] if int(found[1]) < len(values) else "", word)

    return [[_simple(part, filled) for part in line] for line in _lines(tokens)[:PIECES]]


def _tokens(text: str) -> list[str]:
    """Words and operators; where a quote is left open, what lies between spaces."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def _lines(words: list[str]) -> list[list[list[str]]]:
    """Pipelines of commands of words; redirections stay among the words."""
    lines: list[list[list[str]]] = [[[]]]
    for word in words:
        operator = word.strip(_OPERATORS) == "" and word != ""
        if operator and word == "|":
            lines[-1].append([])
        elif operator and ">" not in word:
            lines.append([[]])
        else:
            lines[-1][-1].append(word)
    return [[part for part in line if part][:PIPES] for line in lines if any(line)]


def _simple(words: list[str], filled: Callable[[str], str]) -> Simple:
    simple = Simple()
    rest = iter(words)
    for word in rest:
        if word.startswith(">") and word.strip(_OPERATORS) == "":
            if simple.words and simple.words[-1].isdigit():
                simple.words.pop()  # 2>file
            target = filled(next(rest, ""))
            if "&" not in word:
                simple.into, simple.appends = target, word == ">>"
        else:
            simple.words.append(filled(word))
    return simple
