"""Who was found to ask, and how: what all ways of proving it have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from bartizan.controls.chat.exchange import Caller

Patterns = tuple[str, ...]
_MORE_THAN_STARS = re.compile(r"[?\[\]]")


class Refused(Exception):
    """Nobody is let in by this. ``rule`` and ``why`` are for the log: they tell no secret; callers hear less."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(why)
        self.rule = rule
        self.why = why


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A caller that has proved who it is."""

    caller: Caller
    proof: str
    """By what, so that a token can be bound to it: "key:ID", "cert:SHA256" or "sub:ISSUER#SUBJECT". No secret."""
    routes: Patterns | None = None
    """By which routes it may ask; None: all."""
    until: float | None = None
    """Seconds since 1970 after which it is nobody; None: no end."""


def matches(name: str, patterns: Sequence[str] | None) -> bool:
    """Whether a name is one of these; None: all names are."""
    return patterns is None or any(one in {"*", name} or fnmatchcase(name, one) for one in patterns)


def both(first: Patterns | None, second: Patterns | None) -> Patterns | None:
    """Patterns for names that match the first and the second. Where two overlap only in part, neither is kept."""
    if first is None or second is None:
        return second if first is None else first
    kept = [a if _within(a, b) else b for a in first for b in second if _within(a, b) or _within(b, a)]
    return tuple(dict.fromkeys(kept))


def _within(narrow: str, wide: str) -> bool:
    """Whether all names of one pattern are names of the other. A star can only be matched by a star."""
    if wide in {narrow, "*"}:
        return True
    if _MORE_THAN_STARS.search(narrow) or _MORE_THAN_STARS.search(wide):
        return False
    return fnmatchcase(narrow, wide)
