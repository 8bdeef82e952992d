"""JSON Schema of arguments, from the policy or from whoever offers a tool, checked with bounded effort.

A schema may come from a stranger. Only local references are followed, none in a circle; no pattern that could run for
ever is tried; and what a schema can grow to is bounded before it is used. Source: JSON Schema 2020-12.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

import msgspec

from bartizan.controls.chat.tool_rules_schema_keywords import (
    FOREIGN,
    KEYWORDS,
    is_sound,
    parts_in,
    patterns_in,
)
from bartizan.core.errors import printable
from bartizan.detectors.pattern_check import flaw

MOST_STEPS = 5_000
"""Keywords that a schema may come to with its references written out."""
LARGEST = 100_000
"""Bytes of a schema."""
MOST_WORK = 1_000_000
"""Keywords of the schema times values in the arguments."""


class UnusableSchema(Exception):
    """A schema that cannot be checked with bounded effort. The text says why."""


class Checker:
    """One schema, compiled."""

    def __init__(self, schema: dict[str, Any]) -> None:
        try:
            raw = msgspec.json.encode(schema)
        except (TypeError, ValueError, RecursionError):
            raise UnusableSchema("is no JSON") from None
        if len(raw) > LARGEST:
            raise UnusableSchema(f"is larger than {LARGEST} bytes")
        self._root = {k: v for k, v in schema.items() if k != "$id"}
        self.steps = _steps(self._root, self._root, (), {})
        properties = schema.get("properties")
        self.names = frozenset(properties) if isinstance(properties, dict) else frozenset()

    def fault(self, arguments: dict[str, Any], values: int) -> str:
        """What does not fit, in a line without values; empty where all does."""
        if self.steps * values > MOST_WORK:
            return "they are too many to be checked"
        broken = self._broken(self._root, arguments)
        if not broken:
            return ""
        if broken == "properties":
            parts = self._root["properties"]
            for name, part in parts.items():
                if name in arguments and (inner := self._broken(part, arguments[name])):
                    return f"'{printable(name, 80)}' breaks '{inner}'"
        return f"they break '{broken}'"

    def _fits(self, schema: Any, value: Any) -> bool:
        return not self._broken(schema, value)

    def _broken(self, schema: Any, value: Any) -> str:
        """The first keyword that a value breaks; empty where it fits."""
        if isinstance(schema, bool):
            return "" if schema else "false"
        keyword: str
        for keyword, given in schema.items():
            if keyword == "$ref":
                if broken := self._broken(_target(given, self._root), value):
                    return broken
            elif (check := KEYWORDS.get(keyword)) is not None and not check(given, value, schema, self._fits):
                return keyword
        return ""


class Schemas:
    """Compiled schemas, by their content. What cannot be used is remembered too."""

    def __init__(self, most: int = 1_000) -> None:
        self._made: dict[bytes, Checker | str] = {}
        self._most = most

    def checker(self, schema: dict[str, Any]) -> Checker:
        """The schema, compiled once. Raises UnusableSchema."""
        try:
            mark = hashlib.blake2b(msgspec.json.encode(schema), digest_size=16).digest()
        except (TypeError, ValueError, RecursionError):
            raise UnusableSchema("is no JSON") from None
        known = self._made.get(mark)
        if known is None:
            if len(self._made) >= self._most:
                self._made.clear()
            try:
                known = Checker(schema)
            except UnusableSchema as error:
                known = str(error)
            self._made[mark] = known
        if isinstance(known, str):
            raise UnusableSchema(known)
        return known


def _steps(schema: Any, root: Any, trail: tuple[int, ...], known: dict[int, int]) -> int:
    """How many keywords a schema comes to. Raises UnusableSchema."""
    if len(trail) > 64:
        raise UnusableSchema("is nested too deep")
    if isinstance(schema, bool):
        return 1
    if not isinstance(schema, dict):
        raise UnusableSchema("refers to what is no schema")
    mark = id(schema)
    if mark in trail:
        raise UnusableSchema("refers to itself")
    if mark not in known:
        trail = (*trail, mark)
        known[mark] = 1 + sum(_steps_of(k, v, root, trail, known) for k, v in schema.items())
        if known[mark] > MOST_STEPS:
            raise UnusableSchema("grows too large")
    return known[mark]


def _steps_of(keyword: str, given: Any, root: Any, trail: tuple[int, ...], known: dict[int, int]) -> int:
    """The same for one keyword: what it lists, and the schemas that it brings."""
    if keyword in FOREIGN:
        raise UnusableSchema(f"uses '{keyword}'")
    if not is_sound(keyword, given):
        raise UnusableSchema(f"says of '{keyword}' what it cannot say")
    for pattern in patterns_in(keyword, given):
        if found := flaw(pattern, may_be_empty=True):
            raise UnusableSchema(f"has a pattern that {found}")
    parts = [_target(given, root)] if keyword == "$ref" else parts_in(keyword, given)
    listed = len(given) if isinstance(given, list | dict) and keyword in KEYWORDS else 1
    return listed + sum(_steps(one, root, trail, known) for one in parts)


def _target(reference: str, root: Any) -> Any:
    if reference != "#" and not reference.startswith("#/"):
        raise UnusableSchema("refers to something outside of it")
    found = root
    for written in reference.split("/")[1:]:
        step = written.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise UnusableSchema("refers to what is not there")
    return cast(Any, found)
