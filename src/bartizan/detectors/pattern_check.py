"""Which regular expressions may take for ever on hostile text, told by their shape.

Python's engine goes back: a repetition inside a repetition, neighbouring repetitions that take the same characters, and
references to groups make it try exponentially, or with a high power, many ways. What is refused here is refused though
some of it would be harmless: hostile output meets these expressions.
"""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import Any

_parser: Any = import_module("re._parser")
"""The standard library's own parser of expressions, which typeshed does not describe."""
_LONGEST = 1000
_MANY = 20
"""Repetitions up to this count in each other are tolerated."""
_OPEN = 2
"""Unbounded repetitions in a row that may take the same characters: each adds a power to the time."""


def flaw(pattern: str, *, may_be_empty: bool = False) -> str:
    """What is wrong with an expression, to follow 'the pattern ...'; empty where nothing is.

    One that matches nothing at all is wrong too, unless it ``may_be_empty``.
    """
    if len(pattern) > _LONGEST:
        return f"is longer than {_LONGEST} characters; make it shorter"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern)
            compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error}"
    if not may_be_empty and compiled.match("") is not None and not pattern.startswith("^"):
        return "matches nothing at all, so it is in every text; ask for at least one character"
    return _flaw_in(parsed, 1) or _flaw_of_places(parsed)


def _flaw_of_places(parsed: Any) -> str:
    """A flaw of the whole: how many places there are at which it may begin, and go on after anything at all."""
    fixed = bool(parsed) and str(parsed[0][0]) == "AT" and not _is_at_each_line(parsed)
    if _opens(parsed) + (not fixed) <= _OPEN:
        return ""
    return f"has more than {_OPEN - (not fixed)} open repetitions of any character; bound them: .{{0,80}}"


def _is_at_each_line(parsed: Any) -> bool:
    return str(parsed[0][1]) != "AT_BEGINNING_STRING" and bool(parsed.state.flags & re.MULTILINE)


def _opens(parts: Any) -> int:
    """Unbounded repetitions of any character that a match may go through, in groups too."""
    many = 0
    for operator, argument in parts:
        name = str(operator)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            _, most, inner = argument
            many += (int(most) > 1000 and _is_any(inner)) or _opens(inner)
        elif name not in {"ASSERT", "ASSERT_NOT"}:
            many += max((_opens(one) for one in _inside(name, argument)), default=0)
    return many


def _flaw_in(parts: Any, around: int) -> str:
    """A flaw of a sequence that is itself repeated up to ``around`` times."""
    greedy = 0
    for operator, argument in parts:
        name = str(operator)
        if name.startswith("GROUPREF"):
            return "refers back to a group; write it without"
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            _, most, inner = argument
            most = int(most)
            if most > _MANY:
                if around > 1:
                    return "has a repetition in a repetition, which can take for ever; bound one of them"
                greedy += most > 1000 and _is_wide(inner)
                if greedy > _OPEN:
                    return f"has more than {_OPEN} open repetitions of any character in a row; bound them: .{{0,80}}"
            if around > 1 and most > 1 and around * most > _MANY**2:
                return "has a repetition in a repetition, which can take for ever; bound one of them"
            found = _flaw_in(inner, around * most if most > 1 else around)
        else:
            found = next(filter(None, (_flaw_in(one, around) for one in _inside(name, argument))), "")
        if found:
            return found
    return ""


def _inside(name: str, argument: Any) -> list[Any]:
    """The sequences in a group, a branch or an assertion."""
    if name == "SUBPATTERN":
        return [argument[-1]]
    if name == "BRANCH":
        return list(argument[1])
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    if name == "ATOMIC_GROUP":
        return [argument]
    return []


def _is_wide(parts: Any) -> bool:
    r"""Whether it takes nearly any character: a dot, a negated set, a class such as \\w or \\s."""
    return any(str(operator) in {"ANY", "IN", "CATEGORY", "NOT_LITERAL"} for operator, _ in parts)


def _is_any(parts: Any) -> bool:
    """Whether it takes all characters but a few that are named: a dot, a negated set."""
    for operator, argument in parts:
        name = str(operator)
        if name in {"ANY", "NOT_LITERAL"} or (name == "IN" and str(argument[0][0]) == "NEGATE"):
            return True
    return False
