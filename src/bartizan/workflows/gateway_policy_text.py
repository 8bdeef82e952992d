"""YAML as a derived policy is written: comments that nobody's name can leave, strings that nobody's name can end.

Names in a description are strangers' words. A comment is one printable line after another; a string that is not plainly
a word stands in double quotes with everything but printable ASCII escaped (YAML 1.2, section 5.7).
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from bartizan.core.errors import printable

_WIDTH = 116
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[-/][A-Za-z0-9_]+)*")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"])
"""What some reader of YAML takes for something else than a word."""


def comment(text: str, indent: int = 0) -> Iterator[str]:
    """The lines of a comment, however long the text is and whatever stands in it."""
    head = " " * indent + "# "
    words = " ".join(printable(text, 10_000).split())
    for line in textwrap.wrap(words, _WIDTH - len(head), break_on_hyphens=False) or [""]:
        yield (head + line).rstrip()


def scalar(value: str | float | bool | None) -> str:
    """A value as YAML reads it back: the same one, of the same type."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
            return value
        return '"' + "".join(_escaped(sign) for sign in value) + '"'
    return json.dumps(value)


def _escaped(sign: str) -> str:
    code = ord(sign)
    if sign in '"\\':
        return "\\" + sign
    if 0x20 <= code < 0x7F:
        return sign
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flow(value: Any) -> str:
    """A value on one line: mappings and lists in the flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return scalar(value)


def entry(key: str, value: Any, indent: int = 0) -> Iterator[str]:
    """The lines of a key with its value: on one line where it fits, else one line for each part."""
    lead = " " * indent
    line = f"{lead}{scalar(key)}: {flow(value)}"
    if len(line) <= _WIDTH or not isinstance(value, Mapping | list | tuple) or not value:
        yield line
        return
    yield f"{lead}{scalar(key)}:"
    if isinstance(value, Mapping):
        for each, inner in value.items():
            yield from entry(each, inner, indent + 2)
    else:
        yield from (f"{lead}  - {flow(each)}" for each in value)
