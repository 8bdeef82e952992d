"""Conditions on a call's arguments: a closed little language of data. Nothing in it is ever evaluated.

    - {at: amount, at_least: 0, at_most: 100}
    - {at: to, in_domain: [example.com]}
    - {at: path, under_path: [/documents]}
    - {at: customer, equals_caller: id}

All that a condition names must hold, for every value at its place. A value of the wrong type does not hold. Where
nothing stands at the place it holds, unless it is ``needed``.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import Any, Literal

import msgspec

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.tool_rules_arguments import values_at
from bartizan.controls.chat.tool_rules_destinations import domain_of, is_under
from bartizan.detectors.pattern_check import flaw

LONGEST_MATCHED = 2_000
"""Characters of a value that a pattern is tried on; a longer one does not hold."""
_compiled = lru_cache(1_000)(re.compile)


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What must be true of the values at a place in the arguments."""

    at: str
    """Names parted by dots; ``*`` for all of an object's or a list's."""
    one_of: tuple[str | int | float | bool, ...] | None = None
    matches: str = ""
    """A regular expression for the whole text."""
    lacks: str = ""
    """One that is nowhere in the text."""
    at_least: float | None = None
    at_most: float | None = None
    longest: int | None = None
    """Characters of a text."""
    in_domain: tuple[str, ...] | None = None
    """Domains of mail addresses, or hosts of URLs: ``example.com``, ``*.example.com``."""
    under_path: tuple[str, ...] | None = None
    """Folders. No ``..``, no backslash, no ``~``; links in the file system are not followed here."""
    equals_caller: Literal["", "id", "tenant", "on_behalf", "task"] = ""
    needed: bool = False

    def holds(self, arguments: dict[str, Any], caller: Caller) -> bool:
        """Whether it holds for these arguments."""
        values = values_at(arguments, self.at)
        if not values:
            return not self.needed
        return all(self._holds_for(one, caller) for one in values)

    def _holds_for(self, value: Any, caller: Caller) -> bool:
        if self.one_of is not None and not any(type(value) is type(one) and value == one for one in self.one_of):
            return False
        if self.at_least is not None or self.at_most is not None:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            low = self.at_least if self.at_least is not None else value
            if not low <= value <= (self.at_most if self.at_most is not None else value):
                return False
        if self.equals_caller and (not value or value != getattr(caller, self.equals_caller)):
            return False
        return self._holds_for_text(value)

    def _holds_for_text(self, value: Any) -> bool:
        if not (self.matches or self.lacks or self.longest is not None or self.in_domain or self.under_path):
            return self.in_domain is None and self.under_path is None
        if not isinstance(value, str) or (self.longest is not None and len(value) > self.longest):
            return False
        if (self.matches or self.lacks) and len(value) > LONGEST_MATCHED:
            return False
        if self.matches and not _compiled(self.matches).fullmatch(value):
            return False
        if self.lacks and _compiled(self.lacks).search(value):
            return False
        if self.in_domain is not None:
            hosts = domain_of(value)
            if not hosts or not all(is_under(one, self.in_domain) for one in hosts):
                return False
        return self.under_path is None or any(is_below(value, one) for one in self.under_path)

    def fault(self) -> str:
        """What is wrong with the condition itself; empty where nothing is."""
        if not self.at or any(not one for one in self.at.split(".")):
            return "a condition needs the place of an argument"
        if self == Condition(at=self.at):
            return f"the condition on '{self.at}' asks for nothing"
        for pattern in filter(None, (self.matches, self.lacks)):
            if found := flaw(pattern, may_be_empty=True):
                return f"the pattern of the condition on '{self.at}' {found}"
        return ""


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it, by its words alone."""
    if not path or len(path) > LONGEST_MATCHED or not path.isprintable() or any(c in path for c in "\\~%$*?"):
        return False
    if ".." in path.split("/") or path.startswith("//"):
        return False
    path, folder = posixpath.normpath(path), posixpath.normpath(folder)
    if folder == ".":
        return not path.startswith("/")
    return path == folder or path.startswith(folder.rstrip("/") + "/")
